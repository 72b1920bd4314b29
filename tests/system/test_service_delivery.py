"""A delivery broken off between any two of its steps is taken up at the next start, exactly once (promise 2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load
from syncer.config.settings import Config
from syncer.deliver.place import Target
from syncer.demo import house
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.errors import ItemError
from syncer.model import Tag
from syncer.service import delivery, requests_job, wish
from syncer.service.loop import Loop
from syncer.store import deliveries, jobs
from syncer.store.database import Database


class PowerCut(BaseException):
    """The machine stops here."""


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=3, posts=12)) as site:
        yield site


def _config(site: LocalSite, folder: Path, *, drains: bool = False) -> Config:
    folder.mkdir(exist_ok=True)
    text = f"""
        [folders]
        inbox = "inbox"
        state = "state"
        cache = "cache"
        sites = "sites"
        [import_folders.main]
        path = "import"
        profile = "hydrus"
        drains = {str(drains).lower()}
        [network]
        allow = ["{site.root.partition("//")[2]}"]
    """
    (folder / "config.toml").write_text(text, "utf-8")
    return load.load(folder / "config.toml")


WANTED = app.Wanted(inbox=False, checks=False, inline=True)


def _get(loop: Loop, url: str, **more: Any) -> dict[str, Any]:
    answer = requests_job.get(loop.runtime, {"text": url, "url": url, **more})
    loop.run_until(lambda: not wish.is_open(loop.runtime.db, answer["entry"]), patience=3600)
    return wish.outcome(loop.runtime.db, answer["entry"])


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _check_delivered(site: LocalSite, folder: Path, path: str) -> None:
    file = site.world.file(path)
    assert file is not None
    media, sidecar = _names(folder / "import")
    assert (folder / "import" / media).read_bytes() == file.data
    assert sidecar == f"{media}.json"
    assert json.loads((folder / "import" / sidecar).read_text("utf-8"))["file"]["name"] == media
    assert _names(folder / ".syncer-work-import") == ["this-is-syncers-work-folder.txt"]


def _cut(monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, *, after: bool) -> pytest.MonkeyPatch:
    real = getattr(holder, name)

    def cut(*given: Any, **named: Any) -> Any:
        if after:
            real(*given, **named)
        raise PowerCut

    monkeypatch.setattr(holder, name, cut)
    return monkeypatch


POINTS = [
    (Target, "write_part", False),
    (Target, "write_part", True),
    (deliveries, "stage", True),
    (Database, "_to_disk", False),
    (Database, "_to_disk", True),
    (Target, "lay_sidecars", False),
    (Target, "lay_sidecars", True),
    (Target, "lay_media", False),
    (Target, "lay_media", True),
    (deliveries, "placed", True),
]


@pytest.mark.parametrize(("holder", "name", "after"), POINTS, ids=lambda value: str(getattr(value, "__name__", value)))
def test_cut_between_two_steps(
    site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, after: bool
) -> None:
    config = _config(site, tmp_path)
    url = f"{site.root}/media/8.png"
    with monkeypatch.context() as patched:
        _cut(patched, holder, name, after=after)
        with pytest.raises(PowerCut), app.runner(config, WANTED, clock=VirtualClock()) as loop:
            _get(loop, url)
    with app.runner(config, WANTED, clock=VirtualClock(1_700_001_000)) as loop:
        loop.run_until(lambda: False)
        assert _get(loop, url)["outcome"] == "known"
        with loop.runtime.db.read() as tx:
            assert jobs.counts(tx) == {}
    _check_delivered(site, tmp_path, "/media/8.png")


def _staged_then_lost(site: LocalSite, config: Config, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Cut the power after the media was placed, and let the manager take it before the next start."""
    with monkeypatch.context() as patched:
        _cut(patched, Target, "lay_media", after=True)
        with pytest.raises(PowerCut), app.runner(config, WANTED, clock=VirtualClock()) as loop:
            _get(loop, url)
    folder = config.import_folders["main"].path
    for path in folder.iterdir():
        path.unlink()


def test_taken_by_the_manager_before_the_next_start(
    site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(site, tmp_path, drains=True)
    url = f"{site.root}/media/8.png"
    _staged_then_lost(site, config, monkeypatch, url)
    with app.runner(config, WANTED, clock=VirtualClock()) as loop:
        assert _get(loop, url)["outcome"] == "known"
    assert _names(tmp_path / "import") == []


@pytest.mark.parametrize("delivered", [True, False])
def test_no_one_can_tell_and_the_person_decides(
    site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delivered: bool
) -> None:
    config = _config(site, tmp_path)
    url = f"{site.root}/media/8.png"
    _staged_then_lost(site, config, monkeypatch, url)
    with app.runner(config, WANTED, clock=VirtualClock()) as loop:
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert jobs.counts(tx) == {"asks": 1}
            (unknown,) = deliveries.in_state(tx, "unknown")
        delivery.decide(loop.runtime, unknown.id, delivered=delivered)
        with pytest.raises(ItemError, match="no delivery"):
            delivery.decide(loop.runtime, unknown.id, delivered=delivered)
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert jobs.counts(tx) == {}
    names = _names(tmp_path / "import")
    assert names == [] if delivered else len(names) == 2


def test_a_foreign_file_has_the_name(site: LocalSite, tmp_path: Path) -> None:
    config = _config(site, tmp_path)
    with app.runner(config, WANTED, clock=VirtualClock()) as loop:
        _get(loop, f"{site.root}/media/8.png")
    (media, _) = _names(tmp_path / "import")
    (tmp_path / "other").mkdir()
    other = _config(site, tmp_path / "other")
    (tmp_path / "other" / "import").mkdir()
    foreign = tmp_path / "other" / "import" / media.upper()
    foreign.write_bytes(b"somebody's own")
    with app.runner(other, WANTED, clock=VirtualClock()) as loop:
        assert _get(loop, f"{site.root}/media/8.png")["outcome"] == "delivered"
    assert foreign.read_bytes() == b"somebody's own"
    assert len(_names(tmp_path / "other" / "import")) == 3


def test_again_delivers_under_a_new_name(site: LocalSite, tmp_path: Path) -> None:
    config = _config(site, tmp_path)
    url = f"{site.root}/media/8.png"
    with app.runner(config, WANTED, clock=VirtualClock()) as loop:
        assert _get(loop, url)["outcome"] == "delivered"
        for path in (tmp_path / "import").iterdir():
            path.unlink()
        assert _get(loop, url)["outcome"] == "known", "never brought back by itself"
        assert _names(tmp_path / "import") == []
        assert _get(loop, url, again=True)["outcome"] == "delivered"
    media, sidecar = _names(tmp_path / "import")
    assert sidecar == f"{media}.json"
    assert media.endswith("-2.png")


def test_the_same_bytes_at_two_urls_are_delivered_once(site: LocalSite, tmp_path: Path) -> None:
    config = _config(site, tmp_path)
    with app.runner(config, WANTED, clock=VirtualClock()) as loop:
        assert _get(loop, f"{site.root}/media/8.png")["outcome"] == "delivered"
        second = _get(loop, f"{site.root}/media/8.png?size=full")
    assert second["outcome"] == "known"
    assert len(_names(tmp_path / "import")) == 2


def test_tags_are_cleaned_before_they_reach_a_sidecar(site: LocalSite, tmp_path: Path) -> None:
    site.world.change(8, tags=(Tag("", "blue\u200b  eyes"), Tag("creator", "\u200e"), Tag("", "e\u0301toile")))
    place = house.prepare(tmp_path, site.root, links=False)
    with app.runner(load.load(place.config), WANTED, clock=VirtualClock()) as loop:
        assert _get(loop, f"{site.root}/post/8")["outcome"] == "delivered"
    (sidecar,) = (tmp_path / "import").glob("*.json")
    tags = json.loads(sidecar.read_text("utf-8"))["tags"]
    assert "blue eyes" in tags
    assert "étoile" in tags
    assert not [tag for tag in tags if tag.startswith("creator:")]
