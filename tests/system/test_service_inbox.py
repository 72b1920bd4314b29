"""The inbox in the running service: every way in which a file can come, change, vanish or be a nuisance."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncer import app
from syncer.demo.media import Picture, render
from syncer.intake import linkfile
from syncer.intake.inbox import Inbox
from syncer.intake.settle import Patience
from syncer.service import inbox_job
from syncer.service.reload import Reload
from syncer.store import entries

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import Place


class PowerCut(BaseException):
    """The machine stops here."""


def _link(place: Place, number: int) -> str:
    return f"{place.site.root}/media/{number}.png\n"


def _drop(place: Place, name: str, *numbers: int) -> Path:
    path = place.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_link(place, number) for number in numbers), "utf-8")
    return path


def _entries(loop: Loop) -> int:
    with loop.runtime.db.read() as tx:
        return int(tx.value("SELECT count(*) FROM entries"))


def _left(place: Place) -> list[str]:
    return sorted(path.name for path in place.inbox.iterdir() if path.is_file() and not path.is_symlink())


def _settling(place: Place, loop: Loop) -> None:
    """Let the service wait for quiet as it does in life."""
    assert loop.inbox is not None
    loop.inbox._own_patience = Patience(quiet=2.0)


def test_a_file_that_is_still_written_is_waited_for_and_read_whole(place: Place) -> None:
    with place.runner(checks=False) as loop:
        _settling(place, loop)
        path = _drop(place, "slow.txt", 2)
        os.utime(path, (place.clock.now(), place.clock.now()))
        for number in (5, 8, 10):
            loop._rest(min(loop.turn(), 1.5))
            assert _entries(loop) == 0
            with path.open("a", encoding="utf-8") as file:
                file.write(_link(place, number))
            os.utime(path, (place.clock.now(), place.clock.now()))
            assert loop.inbox is not None
            loop.inbox.look()
        loop.run_until(lambda: False)
        assert _entries(loop) == 4
    assert len(place.media()) == 4
    assert _left(place) == []


def test_a_line_that_comes_after_the_file_was_put_away_is_read_too(place: Place) -> None:
    with place.runner(checks=False) as loop:
        path = _drop(place, "slow.txt", 2)
        with path.open("a", encoding="utf-8") as writer:
            loop.run_until(lambda: False)
            assert (place.inbox / "done" / "slow.txt").exists()
            writer.write(_link(place, 5))
            writer.flush()
            assert loop.inbox is not None
            loop.inbox.look()
            loop.run_until(lambda: False)
    assert len(place.media()) == 2
    assert _left(place) == []


def _rename(place: Place, make: Path) -> None:
    temporary = _drop(place, "a.txt.part", 5)
    temporary.rename(place.inbox / "a.txt")


def _move_in(place: Place, make: Path) -> None:
    (make / "a.txt").write_text(_link(place, 5), "utf-8")
    (make / "a.txt").rename(place.inbox / "a.txt")


def _hard_link(place: Place, make: Path) -> None:
    (make / "a.txt").write_text(_link(place, 5), "utf-8")
    os.link(make / "a.txt", place.inbox / "a.txt")


def _folder(place: Place, make: Path) -> None:
    (make / "set").mkdir()
    (make / "set" / "a.txt").write_text(_link(place, 5), "utf-8")
    (make / "set").rename(place.inbox / "set")


@pytest.mark.parametrize("way", [_rename, _move_in, _hard_link, _folder], ids=lambda way: way.__name__)
def test_every_way_in(place: Place, tmp_path: Path, way: Callable[[Place, Path], None]) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with place.runner(checks=False) as loop:
        way(place, elsewhere)
        loop.run_until(lambda: False)
        assert place.entry(loop, 1).outcome == "delivered"
    if way is _folder:
        assert (place.inbox / "done" / "set" / "a.txt.result.txt").exists()
    elif way is _hard_link:
        assert (elsewhere / "a.txt").read_text("utf-8"), "the other name keeps its content"
    assert place.posts() == [5] or place.media()


def test_odd_files_stop_no_other(place: Place, tmp_path: Path) -> None:
    (place.inbox / "binary.txt").write_bytes(render(Picture("png", 1, 20, 20)))
    (place.inbox / "zeros.txt").write_bytes(b"\0" * 5000)
    (place.inbox / "empty.txt").touch()
    (place.inbox / "words.txt").write_text("nothing to see here\n", "utf-8")
    huge = place.inbox / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    (place.inbox / "link.txt").symlink_to(tmp_path / "nowhere.txt")
    os.mkfifo(place.inbox / "pipe.txt")
    (place.inbox / os.fsdecode(b"bad\xff.txt")).write_text(_link(place, 5), "utf-8")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(place.inbox)
        try:
            listening.bind("s.txt")
        finally:
            os.chdir(here)
        _drop(place, "good.txt", 8)
        place.once(patience=120)
    assert len(place.media()) == 2
    failed = {path.name for path in (place.inbox / "failed").iterdir()}
    assert {"binary.txt", "zeros.txt", "words.txt", "huge.txt"} <= failed
    for name in ("binary.txt", "huge.txt", "words.txt"):
        assert (place.inbox / "failed" / f"{name}.reason.txt").read_text("utf-8").strip()
    assert "larger than 10 MB" in (place.inbox / "failed" / "huge.txt.reason.txt").read_text("utf-8")
    assert (place.inbox / "link.txt").is_symlink()
    assert "symbolic link" in place.words("notice")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(16, "Device or resource busy")])
def test_a_file_that_cannot_be_read_now_is_read_later(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    real = os.open
    left = 3

    def refusing(path: str, *given: int, **named: int) -> int:
        nonlocal left
        if str(path).endswith("locked.txt") and left:
            left -= 1
            raise error
        return real(path, *given, **named)

    monkeypatch.setattr(os, "open", refusing)
    _drop(place, "locked.txt", 5)
    _drop(place, "other.txt", 8)
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
        assert len(place.media()) == 1
        assert _left(place) == ["locked.txt"]
        until = place.clock.now() + 120
        while place.clock.now() < until and _left(place):
            loop._rest(loop.turn())
        assert place.clock.now() < until - 60, "not only at the next look at everything"
        loop.run_until(lambda: False)
    assert len(place.media()) == 2
    assert left == 0


def test_a_file_that_vanishes_is_no_fault(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Inbox.read

    def vanishing(self: Inbox, seen: object) -> object:
        (place.inbox / "away.txt").unlink(missing_ok=True)
        return real(self, seen)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(Inbox, "read", vanishing)
    _drop(place, "away.txt", 5)
    _drop(place, "b.txt", 8)
    place.once()
    assert len(place.media()) == 1


def test_an_exception_in_one_file_stops_no_other(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = linkfile.read

    def broken(name: str, *given: object) -> object:
        if name == "bad.txt":
            raise ZeroDivisionError("odd")
        return real(name, *given)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(linkfile, "read", broken)
    _drop(place, "bad.txt", 5)
    _drop(place, "good.txt", 8)
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
        assert len(place.media()) == 1
        assert "bad.txt could not be taken in: ZeroDivisionError" in place.words("notice")
        monkeypatch.undo()
        place.advance(120)
        loop.run_until(lambda: False)
    assert len(place.media()) == 2


@pytest.mark.parametrize("cut", ["before the move", "after the move"])
def test_cut_between_accept_and_move_is_accepted_once(place: Place, monkeypatch: pytest.MonkeyPatch, cut: str) -> None:
    path = place.inbox / "a.txt"
    path.write_text(_link(place, 5) + f"{place.site.root}/media/999.png\n{place.site.root}/api/nothing\n", "utf-8")
    place.site.misbehave("/media/999.png", "403")
    with monkeypatch.context() as patched:
        if cut == "before the move":

            def finish(self: Inbox, *given: object) -> None:
                raise PowerCut

            patched.setattr(Inbox, "finish", finish)
        else:

            def moved(*given: object) -> None:
                raise PowerCut

            patched.setattr(entries, "moved", moved)
        with pytest.raises(PowerCut):
            place.once()
    with place.runner(checks=False) as loop:
        assert _entries(loop) == 3
        loop.run_until(lambda: False, patience=120)
        assert _entries(loop) == 3
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM inbox_files WHERE state <> 'closed'") == 0
    assert _left(place) == []
    result = (place.inbox / "done" / "a.txt.result.txt").read_text("utf-8")
    assert "queued as a file" in result
    assert "403" in (place.inbox / "failed" / "a.txt").read_text("utf-8")
    assert place.site.log.paths().count("/media/5.png") == 1


def test_the_same_name_with_other_content_and_the_same_file_dropped_again(place: Place) -> None:
    _drop(place, "a.txt", 5)
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
        _drop(place, "a.txt", 8)
        assert loop.inbox is not None
        loop.inbox.look()
        loop.run_until(lambda: False)
        assert sorted(path.name for path in (place.inbox / "done").iterdir()) == [
            "a (1).txt", "a (1).txt.result.txt", "a.txt", "a.txt.result.txt",
        ]  # fmt: skip
        # Back from done/: the very same file, and this time its line is known.
        (place.inbox / "done" / "a.txt").rename(place.inbox / "a.txt")
        loop.inbox.look()
        loop.run_until(lambda: False)
        assert _entries(loop) == 3
        assert place.entry(loop, 3).outcome == "known"
    assert len(place.media()) == 2
    assert _left(place) == []


def test_labels_are_kept(place: Place) -> None:
    _drop(place, "favourites/birds/a.txt", 5)
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT label FROM inbox_files") == "favourites/birds"
    assert (place.inbox / "done" / "favourites" / "birds" / "a.txt.result.txt").exists()


def test_the_inbox_is_removed_and_made_again(place: Place) -> None:
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
        for name in ("done", "failed"):
            (place.inbox / name).rmdir()
        place.inbox.rmdir()
        place.advance(61)
        loop.run_until(lambda: False)
        assert "the inbox" in place.words("notice")
        assert not place.inbox.exists(), "it may be a drive that is away"
        place.inbox.mkdir()
        _drop(place, "a.txt", 5)
        place.advance(61)
        loop.run_until(lambda: False)
    assert len(place.media()) == 1
    assert (place.inbox / "done" / "a.txt").exists()


def test_events_come_again_after_the_watching_died(place: Place) -> None:
    wanted = app.Wanted(checks=False, watch=True, inline=True, patience=Patience(0, 0, 0))
    with app.runner(place.config(), wanted, clock=place.clock, tell=place.events.append) as loop:
        assert loop.inbox is not None
        loop.turn()
        watch = loop.watch
        assert watch is not None
        (observer,) = watch._observers
        observer.stop()
        observer.join(5)
        _drop(place, "a.txt", 5)
        place.advance(61)
        loop.turn()
        assert watch.deaf == ""
        assert watch._observers[0].is_alive()
        assert watch._observers[0] is not observer
        for _ in range(5):
            loop.turn()
    assert len(place.media()) == 1


def test_thousands_of_lines_come_in_at_once(place: Place) -> None:
    lines = "".join(f"{place.site.root}/media/{number}.jpg\n" for number in range(3000))
    (place.inbox / "many.txt").write_text(lines + lines, "utf-8")
    with place.runner(checks=False) as loop:
        loop.runtime.dispatch.only = ()
        turns = 1
        while loop.turn() == 0:
            turns += 1
        assert turns == 6, "500 at a time"
        assert _entries(loop) == 3000, "twins are dropped"


def test_thousands_dropped_at_once_hold_nothing_else_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_job, "AT_ONCE", 2)
    with place.runner(checks=False) as loop:
        for number in range(5):
            _drop(place, f"{number}.txt", number + 2)
        taken = [_entries(loop)]
        while taken[-1] < 5:
            assert loop.turn() == 0.0 or len(taken) > 2
            taken.append(_entries(loop))
        assert taken == [0, 2, 4, 5]
        # What came first was not left waiting until the last line was accepted.
        assert place.site.log.paths()
        loop.run_until(lambda: False, patience=60)
        assert _left(place) == []
        assert len(place.media()) == 5


def test_an_inbox_that_is_away_is_looked_for_often(place: Place) -> None:
    with place.runner(checks=False) as loop:
        assert loop.inbox is not None
        loop.inbox.turn()
        place.inbox.rename(place.folder / "away")
        loop.inbox.look()
        assert 0 < loop.inbox.turn() <= 5, place.words("notice")
        (place.folder / "away").rename(place.inbox)
        _drop(place, "a.txt", 5)
        place.advance(5)
        loop.run_until(lambda: False)
    assert len(place.media()) == 1


def test_a_single_run_clears_done_too(place: Place) -> None:
    old = _drop(place, "done/old.txt", 5)
    kept = _drop(place, "done/kept.txt", 6)
    place.clock.set(old.stat().st_ctime + 31 * 86_400)
    os.utime(kept, (place.clock.now(), place.clock.now()))
    place.once()
    assert (old.exists(), kept.exists()) == (False, True)


def test_another_settle_holds_from_the_reload_on(place: Place) -> None:
    with app.runner(place.config(), app.Wanted(checks=False, inline=True), clock=place.clock) as loop:
        path = place.write_config()
        path.write_text(path.read_text("utf-8").replace('settle = "0"', 'settle = "30 seconds"'), "utf-8")
        Reload(loop.runtime).now()
        _drop(place, "a.txt", 5)
        os.utime(place.inbox / "a.txt", (place.clock.now(), place.clock.now()))
        assert loop.inbox is not None
        loop.inbox.turn()
        assert loop.inbox.unsettled_rest() == pytest.approx(30)
