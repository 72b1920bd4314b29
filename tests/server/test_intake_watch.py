"""Watching a real folder: every way a file can come gives a hint, and neither a removed folder nor an error ends it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

from syncer.intake.watch import FolderWatch

LONG = 10.0
"""Seconds until a hint that never comes is missed; a hint ends the wait at once."""
SHORT = 0.3


class Ear:
    """Hears hints."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.broken = False

    def __call__(self) -> None:
        self.event.set()
        if self.broken:
            raise RuntimeError("a hint that fails")

    def heard(self, seconds: float = LONG) -> bool:
        heard = self.event.wait(seconds)
        self.event.clear()
        return heard


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def watch(inbox: Path, ear: Ear) -> Iterator[FolderWatch]:
    watching = FolderWatch(inbox, ear, mounts="")
    assert watching.check() == f"watching {inbox}"
    assert ear.heard()
    yield watching
    watching.stop()


def _write(inbox: Path) -> None:
    (inbox / "a.txt").write_text("x")


def _rename(inbox: Path) -> None:
    (inbox / "a.txt.part").write_text("x")
    (inbox / "a.txt.part").rename(inbox / "a.txt")


def _move_in(inbox: Path) -> None:
    (inbox.parent / "elsewhere.txt").write_text("x")
    (inbox.parent / "elsewhere.txt").rename(inbox / "a.txt")


def _link_in(inbox: Path) -> None:
    (inbox.parent / "elsewhere.txt").write_text("x")
    os.link(inbox.parent / "elsewhere.txt", inbox / "a.txt")


def _move_folder_in(inbox: Path) -> None:
    (inbox.parent / "label").mkdir()
    (inbox.parent / "label" / "a.txt").write_text("x")
    (inbox.parent / "label").rename(inbox / "label")


def _odd_name(inbox: Path) -> None:
    Path(os.fsdecode(os.fsencode(inbox) + b"/\xff\xfe.txt")).write_text("x")


@pytest.mark.parametrize("come", [_write, _rename, _move_in, _link_in, _move_folder_in, _odd_name])
def test_every_way_a_file_can_come_gives_a_hint(
    inbox: Path, ear: Ear, watch: FolderWatch, come: Callable[[Path], None]
) -> None:
    come(inbox)
    assert ear.heard()
    assert watch.check() == ""
    assert watch.deaf == ""


def test_a_file_in_a_new_folder_gives_a_hint(inbox: Path, ear: Ear, watch: FolderWatch) -> None:
    (inbox / "label").mkdir()
    assert ear.heard()
    (inbox / "label" / "a.txt").write_text("x")
    assert ear.heard()


def test_what_is_none_of_ours_gives_no_hint(inbox: Path, ear: Ear, watch: FolderWatch) -> None:
    (inbox / ".hidden.txt").write_text("x")
    (inbox / "a.txt.part").write_text("x")
    assert not ear.heard(SHORT)


def test_what_we_put_away_ourselves_gives_no_hint(inbox: Path, ear: Ear) -> None:
    (inbox / "done").mkdir()
    (inbox / "a.txt").write_text("x")
    watching = FolderWatch(inbox, ear, mounts="")
    watching.check()
    assert ear.heard()
    (inbox / "a.txt").rename(inbox / "done" / "a.txt")
    (inbox / "done" / "a.txt.result.txt").write_text("x")
    assert not ear.heard(SHORT)
    watching.stop()


def test_an_error_in_the_hint_leaves_the_watch_alive(
    inbox: Path, ear: Ear, watch: FolderWatch, caplog: pytest.LogCaptureFixture
) -> None:
    ear.broken = True
    _write(inbox)
    assert ear.heard()
    ear.broken = False
    (inbox / "b.txt").write_text("x")
    assert ear.heard()
    assert watch.check() == ""
    assert "could not be told" in caplog.text


def test_a_folder_that_was_removed_and_made_again_is_watched_again(
    inbox: Path, ear: Ear, watch: FolderWatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    inbox.rmdir()
    assert "is not there" in watch.check()
    assert watch.check() == ""
    assert watch.deaf
    inbox.mkdir()
    ear.event.clear()
    assert watch.check() == f"watching {inbox} again"
    assert ear.heard(), "what came while nobody listened is looked at"
    assert watch.check() == ""
    _write(inbox)
    assert ear.heard()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_folder_that_was_replaced_between_two_looks_is_watched_again(
    inbox: Path, ear: Ear, watch: FolderWatch
) -> None:
    inbox.rmdir()
    inbox.mkdir()
    # Its number may be the old one: then the removal itself tells.
    ear.heard(SHORT)
    assert watch.check() == f"watching {inbox} again"
    ear.event.clear()
    _write(inbox)
    assert ear.heard()


def test_a_new_folder_with_the_number_of_the_old_one_is_noticed(
    inbox: Path, ear: Ear, watch: FolderWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = watch._armed
    monkeypatch.setattr(watch, "_target", lambda: same)
    inbox.rmdir()
    inbox.mkdir()
    assert ear.heard()
    assert watch.check() == f"watching {inbox} again"


def test_a_folder_that_was_moved_away_is_no_longer_watched(inbox: Path, ear: Ear, watch: FolderWatch) -> None:
    inbox.rename(inbox.with_name("old"))
    inbox.mkdir()
    assert "again" in watch.check()
    ear.event.clear()
    _write(inbox)
    assert ear.heard()


def test_threads_that_died_are_replaced(inbox: Path, ear: Ear, watch: FolderWatch) -> None:
    for observer in watch._observers:
        observer.stop()
        observer.join()
    assert watch.check() == f"watching {inbox} again"
    ear.event.clear()
    _write(inbox)
    assert ear.heard()


def test_without_events_it_says_so_once_and_does_not_fail(
    inbox: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, *args: object, **kwargs: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    watching = FolderWatch(inbox, ear, mounts="")
    with monkeypatch.context() as patch:
        patch.setattr(Observer, "schedule", full)
        assert "inotify watch limit reached" in watching.check()
        assert watching.check() == ""
        assert "by time only" in watching.deaf
    assert watching.check() == f"watching {inbox}"
    watching.stop()


def test_a_network_mount_is_polled(inbox: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.intake.watch._POLL_SECONDS", 0.05)
    watching = FolderWatch(inbox, ear, mounts=f"nas:/x {os.path.realpath(inbox)} nfs4 rw 0 0\n")
    watching.check()
    assert [isinstance(observer, PollingObserver) for observer in watching._observers] == [True]
    ear.event.clear()
    _write(inbox)
    assert ear.heard()
    assert watching.check() == ""
    watching.stop()


def test_a_network_mount_inside_is_polled_beside_the_events_of_the_rest(inbox: Path, ear: Ear) -> None:
    (inbox / "far").mkdir()
    watching = FolderWatch(inbox, ear, mounts=f"nas:/x {os.path.realpath(inbox)}/far cifs rw 0 0\n")
    watching.check()
    assert [isinstance(observer, PollingObserver) for observer in watching._observers] == [True, False]
    watching.stop()


def test_stopping_ends_all_threads_and_may_be_done_twice(inbox: Path, ear: Ear) -> None:
    before = threading.active_count()
    watching = FolderWatch(inbox, ear)
    watching.check()
    assert threading.active_count() > before
    observers = list(watching._observers)
    watching.stop()
    watching.stop()
    assert not any(observer.is_alive() for observer in observers)


def test_watchdog_is_not_imported_before_a_watch_is_armed() -> None:
    code = "import sys, syncer.intake.watch; sys.exit(any(name.startswith('watchdog') for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)
