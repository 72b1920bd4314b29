"""Layers of options in the whole service: each holds for what it is for, the most specific wins, and follows keep theirs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from syncer import asking
from syncer.config import load
from syncer.errors import ConfigError, ItemError
from syncer.service import snapshot
from tests.system.conftest import Place


def sidecars(place: Place) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(place.imports.rglob("*.json"))]


def tags_of(place: Place) -> set[str]:
    """Return the tags that all files have and that the site does not give."""
    found = [set(each["tags"]) for each in sidecars(place)]
    assert found
    return {tag for tag in set.intersection(*found) if tag.startswith("layer:")}


SUBSCRIPTION = """
[[subscriptions]]
name = "landscapes"
site = "demo"
first_limit = 3
extend_add_tags = ["layer:subscription"]
queries = [{ q = "scenery", extend_add_tags = ["layer:query"] }]
"""
LAYERS = """
[options]
add_tags = ["layer:base"]
[options.subscription]
extend_add_tags = ["layer:kind"]
[options.gallery]
extend_add_tags = ["layer:gallery"]
[options.url]
extend_add_tags = ["layer:url"]
[options.site.demo]
extend_add_tags = ["layer:site"]
[options.site.demoapi]
add_tags = ["layer:another"]
[options.class."demo/post"]
extend_add_tags = ["layer:class"]
[options.class."demo/search page"]
extend_add_tags = ["layer:page"]
[inbox.favourites]
extend_add_tags = ["layer:label"]
"""


@pytest.mark.parametrize(
    ("follow", "url", "label", "expected"),
    [
        (True, "", "", {"base", "kind", "site", "class", "subscription", "query"}),
        (False, "post", "", {"base", "url", "site", "class"}),
        (False, "search", "", {"base", "gallery", "site", "class"}),
        (False, "post", "Favourites", {"base", "url", "site", "class", "label"}),
    ],
)
def test_each_layer_holds_for_what_it_is_for(
    place: Place, *, follow: bool, url: str, label: str, expected: set[str]
) -> None:
    place.options = LAYERS
    if url:
        folder = place.inbox / label
        folder.mkdir(exist_ok=True)
        links = {"post": f"{place.site.root}/post/2", "search": "demo: scenery"}
        (folder / "links.txt").write_text(links[url] + "\n", "utf-8")
    place.once(patience=4000, more=SUBSCRIPTION if follow else "")
    assert tags_of(place) == {f"layer:{each}" for each in expected}
    # What was searched names folders by default, whoever searched it.
    assert {each["from"]["query"] for each in sidecars(place)} == {"" if url == "post" else "scenery"}


def test_a_query_that_is_gone_keeps_its_last_options_for_what_is_queued(place: Place) -> None:
    place.options, place.bandwidth = LAYERS, ""
    with place.runner(more=SUBSCRIPTION) as loop:
        loop.run_until(lambda: bool(waiting(loop)), patience=4000)
        assert waiting(loop)
    delivered = len(place.media())
    place.options = '[options]\nadd_tags = ["layer:later"]\n'
    place.once(patience=4000, more="")
    assert len(place.media()) > delivered
    newest = [each for each in sidecars(place) if "layer:later" in each["tags"]]
    assert newest
    assert all({"layer:subscription", "layer:query"} <= set(each["tags"]) for each in newest)


def waiting(loop: Any) -> int:
    with loop.runtime.db.read() as tx:
        return int(tx.value("SELECT count(*) FROM jobs WHERE kind <> 'listing' AND state <> 'done'"))


def test_a_file_of_rules_is_read_live_and_its_faults_are_told_with_line(place: Place) -> None:
    rules = place.folder / "never.txt"
    rules.write_text("# what I do not want\nno such tag\n", "utf-8")
    place.options = '[options]\nblacklist_from = "never.txt"\n'
    with place.runner() as loop:
        config = loop.runtime.snapshot.config
        assert [file.rules for file in config.rule_files] == [("no such tag",)]
        assert place.get(loop, f"{place.site.root}/post/2")["outcome"] == "delivered"
        tag = next(tag for tag in sidecars(place)[0]["tags"] if ":" not in tag)
        rules.write_text(f"{tag}\n", "utf-8")
        from syncer.service.reload import Reload

        assert Reload(loop.runtime).again()
        done = place.get(loop, f"{place.site.root}/post/2", again=True)
        assert done["outcome"] == "skipped"
        assert f'blacklist_from rule "{tag}"' in done["words"]
    rules.write_text("fine\n-only what is not there\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        place.config()
    assert any("options.blacklist_from: never.txt:2: " in problem for problem in caught.value.problems)
    rules.unlink()
    with pytest.raises(ConfigError) as caught:
        place.config()
    assert "never.txt" in caught.value.problems[0]


def test_limits_that_let_nothing_in_and_folders_that_are_not_there_are_told(tmp_path: Path) -> None:
    text = """
[folders]
inbox = "inbox"
[import_folders.main]
path = "import"
profile = "plain"
[options.gallery]
min_width = 10
max_width = 9
[[subscriptions]]
name = "a"
site = "demo"
queries = [{ q = "x", import_folder = "mian" }]
"""
    with pytest.raises(ConfigError) as caught:
        load.parse(text, tmp_path / "config.toml")
    first, second = caught.value.problems
    assert first.endswith("options.gallery.min_width: is more than max_width, so that nothing is let in")
    assert second.endswith('import_folder: there is no import folder "mian"; did you mean "main"?')


def test_labels_are_told_apart_without_capitals_and_are_no_folders_of_the_inbox_itself(place: Place) -> None:
    place.options = "[inbox.Birds]\nnotes = false\n[inbox.birds]\nnotes = true\n[inbox.Again]\nnotes = true\n"
    with pytest.raises(ConfigError) as caught:
        place.config()
    twin, own = caught.value.problems
    assert "inbox.birds: two tables are for this folder of the inbox" in twin
    assert 'inbox.Again: "Again" is a folder of the inbox\'s own and no label' in own


def test_explain_names_the_layer_of_every_value(place: Place) -> None:
    place.options = LAYERS
    config = place.config(SUBSCRIPTION)
    url = f"{place.site.root}/post/2"
    told = asking.explain(config, url)["options"]
    assert told["add_tags"]["layer"] == "base + kind url + site demo + class demo/post"
    assert told["min_size"] == {"value": 0, "layer": "default"}
    told = asking.explain(config, url, "Landscapes")["options"]
    assert told["add_tags"]["layer"].endswith('class demo/post + subscription "landscapes"')
    told = asking.explain(config, url, "landscapes: Scenery")["options"]
    assert told["add_tags"]["layer"].endswith('subscription "landscapes" + query "scenery"')
    with pytest.raises(ItemError, match='Did you mean "scenery"'):
        asking.explain(config, url, "landscapes: scenry")
    told = asking.explain(config, url, label="favourites")["options"]
    assert told["add_tags"]["layer"].endswith("class demo/post + inbox favourites")
    with pytest.raises(ItemError, match="Did you mean"):
        asking.explain(config, url, "landscape")


def test_layers_for_sites_and_classes_that_are_not_there_are_told(place: Place) -> None:
    place.handover = "[handover]"
    place.options = '[options.site.dmeo]\nnotes = false\n[options.class."demo/pots"]\nnotes = false\n'
    place.options += '[options.class."nosite/post"]\nnotes = false\n[options.site.faraway]\nnotes = false\n'
    found = asking.check(place.config())
    told = found["problems"]
    assert [each for each in (*told, *found["notes"]) if "faraway" in each] == [
        '[options.site.faraway]: no site file is called so; it holds for what gallery-dl or yt-dlp call "faraway"'
    ]
    assert '[options.site.dmeo]: there is no site file "dmeo"; `syncer sites list` names all' in told
    assert any(each.endswith('no URL class "pots"; did you mean "demo/post"?') for each in told)
    assert any(each.startswith('[options.class."nosite/post"]: there is no site file "nosite"') for each in told)


@pytest.mark.parametrize(
    ("age", "same", "word"),
    [(-1000, False, "is newer: compare them"), (1000, False, "is older"), (0, True, "is the same")],
)
def test_a_site_file_that_stands_in_for_a_shipped_one_is_named(
    place: Place, *, age: int, same: bool, word: str
) -> None:
    shipped = snapshot.shipped_sites() / "safebooru.toml"
    own = place.folder / "sites" / "safebooru.toml"
    text = shipped.read_text("utf-8")
    own.write_text(text if same else f"# mine\n{text}", "utf-8")
    os.utime(own, (shipped.stat().st_mtime + age,) * 2)
    notes = asking.check(place.config())["notes"]
    assert [note for note in notes if note.startswith(f"{own} stands in for the shipped safebooru.toml, which {word}")]
