"""URLs that no site file knows, handed to the gallery-dl that is really installed, against the local site."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncer import asking
from syncer.fetch.cookie import Cookie
from syncer.model import MediaFile, Origin, Post, Tag
from syncer.service import downloads, enqueue, preview, queue_faults, queue_verbs, requests_job, status
from syncer.service.enqueue import Wish
from syncer.store.database import Named

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace, Place

KNOWN = """
[handover]
programs = ["gallery-dl"]
[handover.gallery-dl.options.moebooru.local]
root = "{root}"
pattern = '127\\.0\\.0\\.1:{port}'
"""


def config(place: Place, more: str = "") -> str:
    """Return a config by which gallery-dl takes the local site for one of its boorus."""
    place.handover = ""
    return KNOWN.format(root=place.site.root, port=place.site.root.rpartition(":")[2]) + more


def sidecars(place: Place) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(place.imports.glob("*.json"))]


def asked(place: Place, path: str) -> int:
    return sum(target.startswith(path) for target in place.site.log.targets())


def test_a_listing_that_gallery_dl_knows_comes_through_our_own_hands(make_place: MakePlace) -> None:
    place = make_place(posts=30)
    url = f"{place.site.root}/post?tags=scenery"
    with place.runner(more=config(place)) as loop:
        loop.runtime.client.jars.give([Cookie("session", "s3cret", "127.0.0.1")], "A browser")
        got = place.get(loop, url)
        assert got["outcome"] == "delivered", got
        assert place.get(loop, url)["files"] == got["files"][:0], "all of it is known"
    truth = [post for post in place.world.search("scenery") if post.files and not post.deleted(place.world.start)]
    images = {post.id: post.files[0] for post in truth if post.files[0].extension != "mp4"}
    assert len(got["files"]) == len(images)
    for each in sidecars(place):
        post = place.world.post(int(each["from"]["post"]))
        assert post is not None
        assert each["file"]["sha256"] == images[post.id].sha256
        assert each["from"]["site"] == "local"
        assert each["source_time"] == int(post.time)
        # What it runs and where it lies gallery-dl has told, so that its pages are those of every such booru.
        assert each["post_url"] == f"{place.site.root}/post/show/{post.id}"
        assert set(each["tags"]) >= {tag.text for tag in post.tags if not tag.namespace and ":" not in tag.text}
    # It was lent our cookies and the browser's name that they hold with.
    listed = [logged for logged in place.site.log if logged.target.startswith("/post.json")]
    assert {(each.headers["cookie"], each.headers["user-agent"]) for each in listed} == {
        ("session=s3cret", "A browser")
    }
    # Our own fetch took the files: each once, with our name.
    agents = {logged.headers["user-agent"] for logged in place.site.log if logged.target.startswith("/media/")}
    assert agents == {"A browser"}
    assert all("cookie" in each.headers for each in place.site.log if each.target.startswith("/media/"))
    assert asked(place, "/media/") == len(images)


def test_two_wishes_for_one_listing_are_one_download_and_the_second_is_told_so(place: Place) -> None:
    url = f"{place.site.root}/post?tags=scenery"
    with place.runner(checks=False, more=config(place)) as loop:
        first, second = (requests_job.get(loop.runtime, {"text": url, "url": url})["entry"] for _ in range(2))
        loop.run_until(lambda: False, patience=60)
        assert place.entry(loop, first).outcome == "delivered"
        told = place.entry(loop, second)
    assert (told.state, told.outcome) == ("settled", "known")
    assert told.why == f"queued already for the earlier wish {url}: it comes once, for both, under the options of that"
    assert asked(place, "/post.json") == 1


KEYED = """[site]
name = "Keyed"
root = "{root}"
wants = "a key of yours"
[[url]]
name = "search"
kind = "gallery"
match = "/post?tags={{tags}}"
parser = "any"
[[url]]
name = "page"
kind = "post"
match = "/board/"
parser = "any"
[parser.any]
each = "article"
get = [{{ what = "post", attr = "id" }}]
"""


def test_a_site_that_wants_a_key_is_left_to_another_program_until_it_has_one(make_place: MakePlace) -> None:
    place = make_place(posts=6)
    (place.folder / "sites" / "keyed.toml").write_text(KEYED.format(root=place.site.root), "utf-8")
    with place.runner(checks=False, more=config(place)) as loop:
        assert place.get(loop, f"{place.site.root}/post?tags=scenery")["outcome"] == "delivered"
        got = place.get(loop, f"{place.site.root}/board/")
        assert (got["outcome"], "It needs a key of yours" in got["words"]) == ("failed", True)
    assert asked(place, "/board/") == 0


def test_the_url_of_one_post_is_told_where_the_program_tells_none(place: Place) -> None:
    url = f"{place.site.root}/post/show/7"
    with place.runner(more=config(place)) as loop:
        seen = preview.preview(loop.runtime, {"text": url, "url": url})
        assert [(each["post"], each["url"], each["would"]) for each in seen["posts"]] == [("7", url, "take")]
        assert place.get(loop, url)["outcome"] == "delivered"
    (told,) = sidecars(place)
    assert told["post_url"] == url
    assert told["from"]["post"] == "7"


def test_a_url_that_no_program_knows_is_tried_as_a_file(place: Place) -> None:
    with place.runner(more=config(place)) as loop:
        got = place.get(loop, f"{place.site.root}/board/")
    assert got["outcome"] == "failed"
    assert "not a media file" in got["words"]


def test_what_its_site_answers_becomes_a_fault_of_ours(place: Place) -> None:
    place.site.misbehave("/post.json*", "429_missing")
    with place.runner(more=config(place)) as loop:
        got = place.get(loop, f"gallery-dl: {place.site.root}/post?tags=scenery", patience=1)
        assert got["outcome"] == "waits"
        assert "fewer requests" in got["words"]
        assert asked(place, "/post.json") == 1, "nobody asks on against a site's word"
        # What waits is a piece of a listing: people read which one, and name it by the URL that they know.
        url = f"{place.site.root}/post?tags=scenery"
        piece = f"posts 1 to 50 of {url}, by gallery-dl"
        db = loop.runtime.db
        (job,) = queue_verbs.listing(db)["jobs"]
        (group,) = queue_faults.faults(db)["faults"]
        trouble = asking.explain(loop.runtime.snapshot.config, url)["trouble"]
        (download,) = downloads.everything(db, None)["downloads"]
        assert {job["what"], group["what"], trouble["what"], download["next_page"]} == {piece}
        assert piece in "\n".join(each["what"] for each in status.status(db, running=True)["waits"])
        assert piece in [event.subject for event in place.events if event.kind == "waits"]
        assert not [event for event in place.events if "#handover" in f"{event.subject} {event.text}"]
        assert queue_verbs.put_first(loop.runtime, {"what": url})["jobs"] == [job["job"]]


def test_a_query_of_gallery_dl_is_checked_like_any_other(make_place: MakePlace) -> None:
    place = make_place(posts=30, live=86_400.0)
    url = f"{place.site.root}/post?tags=scenery"
    subscription = f'[[subscriptions]]\nname = "far"\nsite = "gallery-dl"\nqueries = ["{url}"]\nfirst_limit = 10\n'
    subscription += 'every = "1 day"\n'
    more = config(place, subscription)
    place.once(more=more)
    first = place.posts()
    assert len(first) >= 8
    place.advance(3 * 86_400)
    place.once(more=more)
    came = set(place.posts()) - set(first)
    assert came
    assert min(came) > 30, "only what is new since"
    assert all(each["from"]["name"] == "far" for each in sidecars(place))
    place.check_whole()


def test_a_program_that_is_not_there_is_named_with_the_command_that_installs_it(place: Place) -> None:
    place.handover = ""
    more = '[handover]\nprograms = ["gallery-dl"]\n[handover.gallery-dl]\ncommand = "nowhere/gallery-dl"\n'
    with place.runner(more=more) as loop:
        got = place.get(loop, f"{place.site.root}/board/")
        assert got["outcome"] == "failed"
        assert 'pip install "syncer[gallery-dl]"' in got["words"]
        got = place.get(loop, f"gallery-dl: {place.site.root}/post?tags=scenery")
        assert "nowhere/gallery-dl is no program. The config names it" in got["words"]


def test_a_program_that_writes_garbage_is_asked_again_in_a_minute(place: Place) -> None:
    real = shutil.which("gallery-dl", path=Path(sys.executable).parent)
    broken, program = place.folder / "broken", place.folder / "it"
    assert real is not None
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] || [ ! -e {broken} ] || exec echo "Segmentation something"\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    broken.touch()
    url = f"{place.site.root}/post/show/7"
    with place.runner(more=config(place, f'[handover.gallery-dl]\ncommand = "{program}"\n')) as loop:
        got = place.get(loop, url, patience=1)
        assert got["outcome"] == "waits"
        assert 'gallery-dl cannot be asked: it writes "Segmentation something"' in got["words"]
        assert asked(place, "/post/show/") == 0, "it is not taken for a file meanwhile"
        broken.unlink()
        loop.run_until(lambda: False, patience=90)
        assert place.entry(loop, 1).outcome == "delivered"


def test_a_program_that_repeats_what_it_was_told_in_confidence_is_not_repeated(place: Place) -> None:
    program = place.folder / "it"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exec echo 1.32.0\n'
        'for each; do [ "$each" = -E ] && printf "Names:\\n  %s\\n" "\\"far\\" / \\"tag\\"" && exit 0; done\n'
        'echo "[gallery-dl][error] no luck with $(cat cookies.txt | tail -n 1 | cut -f 7) and my-own-word" >&2\nexit 1\n'
    )
    program.chmod(0o755)
    more = (
        f'[handover.gallery-dl]\ncommand = "{program}"\n[handover.gallery-dl.options.far]\npassword = "my-own-word"\n'
    )
    place.handover = ""
    with place.runner(more=f'[handover]\nprograms = ["gallery-dl"]\n{more}') as loop:
        loop.runtime.client.jars.give([Cookie("session", "of-the-cookie", "127.0.0.1")], "A browser")
        got = place.get(loop, f"gallery-dl: {place.site.root}/post?tags=scenery", patience=1)
        assert "no luck with (hidden) and (hidden)" in got["words"], got
    assert "my-own-word" not in place.words() + repr(got)


@pytest.mark.skipif(
    not os.environ.get("SYNCER_HANDOVER"), reason="its own downloader starts slowly; `make handover` runs it"
)
def test_a_file_that_only_it_can_fetch_is_looked_at_and_delivered_like_any_other(make_place: MakePlace) -> None:
    place = make_place(posts=60, tiny=False)
    number = next(post.id for post in place.world.search() if any(file.extension == "mp4" for file in post.files))
    post = place.world.post(number)
    assert post is not None
    file = next(file for file in post.files if file.extension == "mp4")
    place.options = '[options]\ntypes = ["video"]'
    with place.runner(more=config(place)) as loop:
        wish = Wish("follow:x", Origin("url"))
        url = f"handover:gallery-dl:ytdl:{place.site.root}{file.path}"
        with loop.runtime.db.write(Named.ACCEPT) as tx:
            found = Post("far", "7", f"{place.site.root}/p/7", (MediaFile(url),), tags=(Tag("", "sea"),))
            enqueue.post(tx, loop.runtime.snapshot, wish, "post:far/7", found)
        loop.run_until(lambda: bool(place.media()), patience=90)
    (told,) = sidecars(place)
    assert told["file"]["sha256"] == file.sha256
    assert told["tags"] == ["sea"]
    assert told["from"]["post"] == "7"
    assert told["urls"] == [f"{place.site.root}/p/7", f"{place.site.root}{file.path}"]
    assert list(place.imports.parent.glob(".syncer-work-*/*.run")) == []
