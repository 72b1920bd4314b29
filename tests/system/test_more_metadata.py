"""The same bytes at a second site: the sidecar that is still there gets what both tell, and nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import Place
from tests.system.test_service_truth import post_with


def two_sites(place: Place) -> tuple[str, str]:
    """Return the same picture's posts at two sites, by their URLs; each has another file URL, and one site gives no hash."""
    file = place.folder / "sites" / "demo.toml"
    text = file.read_text("utf-8")
    assert ', parts.md5 = { attr = "data-md5" }' in text
    file.write_text(text.replace(', parts.md5 = { attr = "data-md5" }', ""), "utf-8")
    for _ in range(2):
        post_with(place)
    return f"{place.site.root}/api/post/13.json", f"{place.site.root}/post/14"


def sidecar(place: Place) -> tuple[Path, dict[str, Any]]:
    (path,) = place.imports.glob("*.json")
    return path, json.loads(path.read_text("utf-8"))


def test_the_sidecar_gets_what_both_posts_tell(place: Place) -> None:
    first, second = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        path, before = sidecar(place)
        done = place.get(loop, second)
        assert done["outcome"] == "known"
        assert "its sidecar has what both posts tell" in place.words("known")
        _, after = sidecar(place)
        assert path.with_suffix("").stat().st_size == after["file"]["size"]
        assert (after["post_url"], after["file_url"]) == (before["post_url"], before["file_url"])
        assert set(before["tags"]) <= set(after["tags"])
        assert {f"{place.site.root}/post/14", f"{place.site.root}/media/14.png"} <= set(after["urls"])
        assert after["from"] == before["from"]
        # What both tell is known now: a third telling changes nothing.
        text = path.read_bytes()
        place.get(loop, second, again=False)
        assert path.read_bytes() == text
    place.check_no_parts()


@pytest.mark.parametrize("what", ["taken", "edited sidecar", "other media", "no sidecar wanted"])
def test_what_the_person_or_the_manager_did_is_left_alone(place: Place, what: str) -> None:
    first, second = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        path, _ = sidecar(place)
        media = path.with_suffix("")
        if what == "taken":
            media.unlink()
            path.unlink()
        elif what == "edited sidecar":
            path.write_text("{}", "utf-8")
        elif what == "other media":
            media.write_bytes(b"x" * media.stat().st_size)
        else:
            path.unlink()
            path.write_bytes(b"")
        before = {each.name: each.read_bytes() for each in place.imports.iterdir()}
        assert place.get(loop, second)["outcome"] == "known"
        assert {each.name: each.read_bytes() for each in place.imports.iterdir()} == before
    place.check_no_parts()
