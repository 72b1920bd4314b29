"""A wish for what is queued already says so: the file comes once, as the first wish wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncer.service import requests_job
from syncer.service.explain import explain
from syncer.service.looking import Look
from syncer.store import known
from syncer.store.database import Named

if TYPE_CHECKING:
    from tests.system.conftest import Place


def test_a_later_wish_is_told_for_whom_it_is_queued_and_where_it_goes(place: Place) -> None:
    post, file = f"{place.site.root}/post/7", f"{place.site.root}/media/8.png"
    with place.runner(checks=False) as loop:

        def get(url: str, **more: str) -> str:
            return str(requests_job.get(loop.runtime, {"text": url, "url": url, **more})["words"])

        assert get(post) == "queued as a post"
        assert get(file, into=str(place.folder / "first")) == "queued as a file"
        words = f"queued already for the earlier wish {post}: it comes once, for both, under the options of that"
        assert get(post) == words
        other = place.folder / "other"
        assert get(post, into=str(other)) == (
            f"{words}, and goes into {place.imports}, not {other}; `syncer get --again --into {other}` brings it there then, too"
        )
        assert f"goes into {place.folder / 'first'}, not {place.imports};" in get(file)
        runtime = loop.runtime
        (told,) = explain(Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock), post)["queued"]
        assert told["for"] == [f"the earlier wish {post}"] * 3
        assert told["goes_into"] == str(place.imports)
        loop.run_until(lambda: False)
        assert explain(Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock), post)["queued"] == []
        assert len(place.media()) == 1


def test_who_wants_it_again_gets_it_also_where_the_first_wish_would_have_known_it(place: Place) -> None:
    file = place.world.file("/media/8.png")
    assert file is not None
    url = f"{place.site.root}/media/8.png"
    with place.runner(checks=False) as loop:
        with loop.runtime.db.write(Named.IMPORT_KNOWN) as tx:
            known.add_new(tx, [(f"sha256:{file.sha256}", "skipped", "deleted elsewhere")])
        requests_job.get(loop.runtime, {"text": url, "url": url})
        assert place.get(loop, url, again=True)["outcome"] == "delivered"


def test_what_a_subscription_has_queued_is_called_by_its_name(place: Place) -> None:
    place.bandwidth = ""
    more = '[[subscriptions]]\nname = "land"\nsite = "demo"\nqueries = ["scenery"]\n'
    with place.runner(more=more) as loop:

        def first() -> str:
            with loop.runtime.db.read() as tx:
                return str(tx.value("SELECT url FROM jobs WHERE state = 'waiting' AND kind <> 'listing'") or "")

        loop.run_until(lambda: bool(first()), patience=3600)
        words = requests_job.get(loop.runtime, {"text": first(), "url": first()})["words"]
        assert words.startswith('queued already for the subscription "land", query "scenery": it comes once')
