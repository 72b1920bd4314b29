"""A site that changed is told at its file: when a page was last read, what was last wrong, and how to look at it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncer.cli import main
from syncer.service import site_tools, status

if TYPE_CHECKING:
    from tests.system.conftest import Place

DAY = 86_400
SUBSCRIPTION = '[[subscriptions]]\nname = "views"\nsite = "{site}"\nqueries = ["scenery"]\n'


def listed(place: Place, name: str, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """Return what `sites list` says of a site, as data and as text."""
    capsys.readouterr()
    assert main.main(["sites", "list", "--json", "--config", str(place.write_config())]) == 0
    sites = json.loads(capsys.readouterr().out)["data"]["sites"]
    assert main.main(["sites", "list", "--config", str(place.write_config())]) == 0
    return next(one for one in sites if one["name"] == name), capsys.readouterr().out


@pytest.mark.parametrize(
    ("site", "path", "fault", "words"),
    [
        ("demo", "/posts*", "site_changed", "no post at all where 12 posts were known"),
        ("demoapi", "/api/posts.json*", "site_changed", "nothing on the page could be read"),
        ("demoapi", "/api/posts.json*", "html_instead", "a web page came where data was due"),
    ],
)
def test_a_fault_is_shown_until_a_page_is_read_again(
    place: Place, capsys: pytest.CaptureFixture[str], site: str, path: str, fault: str, words: str
) -> None:
    place.once(more=SUBSCRIPTION.format(site=site))
    first = place.clock.now()
    told, _ = listed(place, site, capsys)
    assert told["last_success"] == pytest.approx(first, abs=60)
    assert told["last_fault"] is None
    place.site.misbehave(path, fault)
    place.advance(91 * DAY)
    with place.runner() as loop:
        loop.run_until(lambda: False, patience=60)
        needs = [one for one in status.status(loop.runtime.db, running=False)["needs_you"] if one["what"] == "site"]
    assert [one["subject"] for one in needs] == [f"site {site}"]
    assert words in needs[0]["why"]
    told, text = listed(place, site, capsys)
    assert told["last_success"] == pytest.approx(first, abs=60)
    assert words in told["last_fault"]["why"]
    assert f"last fault {text.partition('last fault ')[2][:20]}" in text
    place.site.behave()
    place.advance(2 * DAY)
    with place.runner() as loop:
        loop.run_until(lambda: False, patience=60)
        assert not [one for one in status.status(loop.runtime.db, running=False)["needs_you"] if one["what"] == "site"]
    told, _ = listed(place, site, capsys)
    assert told["last_success"] == pytest.approx(place.clock.now(), abs=120)
    assert words in told["last_fault"]["why"]


def test_the_advice_is_a_command_that_shows_the_page(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.once(more=SUBSCRIPTION.format(site="demo"))
    place.site.misbehave("/posts*", "site_changed")
    place.advance(91 * DAY)
    place.once()
    advice = site_tools.logged(place.state)["demo"].advice
    command = advice.split("`")[1]
    program, *words = shlex.split(command)
    assert (program, *words[:2]) == ("syncer", "sites", "parse")
    assert Path(words[2]).is_file()
    capsys.readouterr()
    assert main.main([*words, "--config", str(place.write_config())]) == 0
    assert "nothing was found in this page" in capsys.readouterr().out


def test_a_page_of_which_items_cannot_be_read_counts_as_both(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    file = place.folder / "sites" / "demo.toml"
    text = file.read_text("utf-8")
    broken = text.replace(
        'css = "a.thumb", attr = "href"', 'css = "a.thumb", attr = "href", steps = [{ format = "mailto:{}" }]'
    )
    assert broken != text
    file.write_text(broken, "utf-8")
    place.once(more=SUBSCRIPTION.format(site="demo"))
    told, _ = listed(place, "demo", capsys)
    assert "could not be read" in told["last_fault"]["why"]


def test_a_download_of_a_post_counts(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with place.runner() as loop:
        place.get(loop, f"{place.site.root}/post/5")
    assert listed(place, "demo", capsys)[0]["last_success"]
    place.site.misbehave("/post/6", "site_changed")
    with place.runner() as loop:
        place.get(loop, f"{place.site.root}/post/6")
    assert "finds no post on this page" in listed(place, "demo", capsys)[0]["last_fault"]["why"]
