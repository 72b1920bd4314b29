"""Long lists are taken in piece by piece: nothing else is held up, and a kill between two pieces neither loses nor doubles a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syncer.service import inbox_pieces
from syncer.store import entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syncer.service.loop import Loop
    from tests.system.conftest import Place


class PowerCut(BaseException):
    """The machine stops here."""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_pieces, "LINES", 3)


def drop(place: Place, name: str, *lines: str) -> Path:
    path = place.inbox / name
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def texts(loop: Loop) -> list[str]:
    with loop.runtime.db.read() as tx:
        return [row["text"] for row in tx.rows("SELECT text FROM entries ORDER BY id")]


def post(place: Place, number: int) -> str:
    return f"{place.site.root}/media/{number}.png"


def test_others_come_between_two_pieces(place: Place) -> None:
    lines = [post(place, number) for number in range(900, 907)]
    long = drop(place, "a-long.txt", *lines, lines[0])
    with place.runner(checks=False) as loop:
        loop.runtime.dispatch.hold(3600, "nothing is fetched here")
        assert loop.turn() == 0
        assert texts(loop) == lines[:3]
        drop(place, "short.txt", post(place, 5))
        assert loop.inbox is not None
        loop.inbox.look()
        loop.turn()
        assert texts(loop) == [*lines[:6], post(place, 5)]
        assert long.exists()
        assert not [event for event in place.events if event.kind == "accepted" and event.subject == "a-long.txt"]
        loop.turn()
        assert sorted(texts(loop)) == sorted([*lines, post(place, 5)])
        assert not long.exists()
        assert ("a-long.txt", "7 lines") in [(each.subject, each.text) for each in place.events]
    result = (place.inbox / "done" / "a-long.txt.result.txt").read_text("utf-8").splitlines()[1:]
    assert [line.partition(": ")[0] for line in result] == [f"line {number}" for number in range(1, 9)]
    assert result[0] == f"line 1: {lines[0]}: queued as a file"
    assert result[7].endswith("the same as on line 1")


def cut_in(number: int) -> Callable[[pytest.MonkeyPatch], None]:
    """Cut the power at the line of that number, in the middle of its piece."""

    def patch(patched: pytest.MonkeyPatch) -> None:
        real, left = entries.add, number

        def add(*given: Any) -> int:
            nonlocal left
            left -= 1
            if not left:
                raise PowerCut
            return real(*given)

        patched.setattr(entries, "add", add)

    return patch


def cut_behind(number: int) -> Callable[[pytest.MonkeyPatch], None]:
    """Cut the power when so many pieces are in the store."""

    def patch(patched: pytest.MonkeyPatch) -> None:
        real, left = inbox_pieces.take, number

        def take(*given: Any) -> Any:
            nonlocal left
            left -= 1
            done = real(*given)
            if not left:
                raise PowerCut
            return done

        patched.setattr(inbox_pieces, "take", take)

    return patch


CUTS = [cut_in(1), cut_in(4), cut_in(5), cut_behind(1), cut_behind(2), cut_behind(3)]


@pytest.mark.parametrize("cut", CUTS, ids=[f"in {n}" for n in (1, 4, 5)] + [f"behind {n}" for n in (1, 2, 3)])
def test_it_goes_on_where_it_was_cut_off(
    place: Place, monkeypatch: pytest.MonkeyPatch, cut: Callable[[pytest.MonkeyPatch], None]
) -> None:
    lines = [post(place, number) for number in range(900, 906)]
    # Two links on a line, and words that are none: what was told of them must be found again, too.
    both = f"{post(place, 906)} {post(place, 907)}"
    drop(place, "a.txt", *lines[:2], both, "no link at all", *lines[2:])
    with monkeypatch.context() as patched, place.runner(checks=False) as loop:
        loop.runtime.dispatch.hold(3600, "nothing is fetched here")
        cut(patched)
        with pytest.raises(PowerCut):
            loop.run_until(lambda: False)
        assert (place.inbox / "a.txt").exists()
    with place.runner(checks=False) as loop:
        loop.runtime.dispatch.hold(3600, "nothing is fetched here")
        loop.run_until(lambda: False)
        assert texts(loop) == [*lines[:2], post(place, 906), post(place, 907), *lines[2:]]
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM inbox_told") == 0
    assert not (place.inbox / "a.txt").exists()
    result = (place.inbox / "done" / "a.txt.result.txt").read_text("utf-8").splitlines()[1:]
    numbers = [line.partition(": ")[0] for line in result]
    assert numbers == ["line 1", "line 2", "line 3", "line 3", *(f"line {number}" for number in range(4, 9))]
    assert "line 4: no link at all: rejected" in result[4]


def test_a_site_file_that_came_meanwhile_shifts_no_line(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a query of a known site is several links where nobody knows the site."""
    late, kept = place.folder / "sites" / "demoapi.toml", place.folder / "demoapi.toml"
    late.rename(kept)
    odd = "demoapi: source:http://a.example/1 or http://a.example/2"
    lines = [post(place, number) for number in range(900, 906)]
    drop(place, "a.txt", odd, *lines)
    place.more = ""
    config = place.write_config().read_text("utf-8").replace(f'[site.demoapi]\nroot = "{place.site.root}"\n', "")
    with monkeypatch.context() as patched:
        patched.setattr("tests.system.conftest.CONFIG", config.replace("{", "{{").replace("}", "}}"))
        with place.runner(checks=False) as loop:
            loop.runtime.dispatch.hold(3600, "nothing is fetched here")
            cut_behind(1)(patched)
            with pytest.raises(PowerCut):
                loop.run_until(lambda: False)
            first = texts(loop)
    kept.rename(late)
    with place.runner(checks=False) as loop:
        loop.runtime.dispatch.hold(3600, "nothing is fetched here")
        loop.run_until(lambda: False)
        assert texts(loop) == [*first, *lines[len(first) - 2 :]]
        assert len(set(texts(loop))) == len(texts(loop)) == 8
