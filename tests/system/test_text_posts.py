"""Posts without files, delivered as text where an option says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.config import load
from syncer.errors import ConfigError
from syncer.service import queue_faults
from tests.system.conftest import MakePlace, Place

TEXTS = '[import_folders.texts]\npath = "texts"\nprofile = "plain"\nnames = "{site}_{post}"\n'


def texts(place: Place) -> list[Path]:
    return sorted((place.folder / "texts").glob("*.txt"))


def test_a_text_post_is_delivered_once_with_its_sidecar(make_place: MakePlace) -> None:
    place = make_place(posts=30, tiny=False)
    place.options = '[options]\ntext_posts = "texts"\nadd_tags = ["kept"]\n'
    post = place.world.post(29)
    assert post is not None
    with place.runner(more=TEXTS) as loop:
        asked = len(place.site.log)
        assert place.get(loop, f"{place.site.root}/post/29")["outcome"] == "delivered"
        assert place.site.log.paths()[asked:] == ["/post/29"]
        (path,) = texts(place)
        said = path.read_text("utf-8")
        assert path.name == "demo_29.txt"
        assert said.startswith(f"{post.title}\n\n")
        assert said.endswith(f"\n\n{place.site.root}/post/29\n")
        assert all(line in said for note in post.notes for line in note.text.splitlines())
        sidecar = json.loads(path.with_name(f"{path.name}.json").read_text("utf-8"))
        assert (sidecar["tags"][-1], sidecar["file"]["type"], sidecar["from"]["post"]) == ("kept", "text/plain", "29")
        assert sidecar["urls"][0] == f"{place.site.root}/post/29"
        assert sidecar["file"]["size"] == path.stat().st_size
        # It is known by that: the listing that shows it brings the others alone.
        assert place.get(loop, f"{place.site.root}/post/29")["outcome"] == "known"
        assert place.get(loop, "demo: ", limit=3)["outcome"] == "delivered"
        assert texts(place) == [path]
    assert {each.name.partition("_0.")[0] for each in place.imports.iterdir()} >= {"demo_30", "demo_28"}


def test_without_the_option_it_is_left_out_and_with_it_decided_anew(make_place: MakePlace) -> None:
    place = make_place(posts=30, tiny=False)
    with place.runner(more=TEXTS) as loop:
        done = place.get(loop, f"{place.site.root}/post/29")
        assert (done["outcome"], "text alone" in done["words"]) == ("skipped", True)
    place.options = '[options]\ntext_posts = "texts"\n'
    with place.runner(more=TEXTS) as loop:
        assert queue_faults.retry(loop.runtime, {"rule": "no file"})["skipped"] == 1
        loop.run_until(lambda: bool(texts(place)))
    assert len(texts(place)) == 1
    assert list(place.imports.iterdir()) == []


def test_a_folder_for_hydrus_is_refused(place: Place) -> None:
    for value in ("true", '"main"'):
        place.options = f"[options]\ntext_posts = {value}\n"
        with pytest.raises(ConfigError) as caught:
            load.load(place.write_config())
        assert "takes no text files" in str(caught.value.problems)
