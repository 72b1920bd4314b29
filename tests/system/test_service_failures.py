"""Every failure against the running service: what becomes of the job, what rests, and in which words. `-s` prints the table."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from syncer.service import page_fetch
from tests.server.test_fetch_wire import Wire, read_request

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

FILES = tuple(f"/media/{number}.png" for number in (2, 5, 6, 8, 10, 11))
POSTS = tuple(f"/api/post/{number}.json" for number in (2, 5, 6, 8, 10, 11))
MIN, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Case:
    """A failure, and what must be done about it."""

    name: str
    fault: str
    cause: str
    state: str
    """What becomes of the first job: `later`, `failed`, `gone` or `delivered`."""
    wait: float
    counts: bool
    rests: str = ""
    """What rests: `domain`, `all`, or "" = nothing."""
    after: int = 6
    """So many of six files are asked for before it rests."""
    rest: float = 0
    words: str = ""
    details: tuple[tuple[str, Any], ...] = ()
    paths: tuple[str, ...] = FILES


def _later(name: str, fault: str, cause: str, wait: float, *, counts: bool = True, **more: Any) -> Case:
    return Case(name, fault, cause, "later", wait, counts, **more)


def _slow(name: str, fault: str, seconds: float, **details: Any) -> Case:
    return _later(name, fault, "slow_down", seconds, counts=False, rests="domain", after=1, rest=seconds,
                  words="asks for fewer requests", details=tuple(details.items()))  # fmt: skip


def _ended(name: str, fault: str, cause: str, state: str, words: str, **more: Any) -> Case:
    return Case(name, fault, cause, state, 0, False, words=words, **more)


CASES = [
    _later("offline", "", "offline", 15, counts=False, rests="all", after=1, rest=15, words="no connection to the net"),
    _later("DNS", "", "dns", MIN, rests="domain", after=1, rest=MIN, words="name cannot be found"),
    _later("refused", "", "refused", 30, rests="domain", after=1, rest=30, words="cannot be reached"),
    _later("TLS", "", "tls", 5 * MIN, rests="domain", after=1, rest=5 * MIN, words="not secure"),
    _later("timeout", "silent", "timeout", 30, rests="domain", after=3, rest=30, words="did not answer in time"),
    _later("broke in the middle", "reset", "dropped", 5, rests="domain", after=3, rest=5, words="closed the conn"),
    _later("drip", "drip", "drip", MIN, rests="domain", after=3, rest=MIN, words="so slowly", details=(("bytes", 40),)),
    _slow("429, seconds", "429", 700, retry=700),
    _slow("429, date", "429", 1, retry="Wed, 21 Oct 2015 07:28:00 GMT"),
    _slow("429, zero", "429_zero", 1),
    _slow("429, ten years", "429_huge", DAY),
    _slow("429, without", "429_missing", 2 * MIN),
    _slow("503, seconds", "503", 700, retry=700),
    _slow("403, seconds", "403", 700, retry=700),
    _slow("509", "509", 2 * MIN),
    _slow("529", "529", 2 * MIN),
    _later("503", "503", "unavailable", MIN, rests="domain", after=1, rest=MIN, words="not available now"),
    _later("500", "500", "server_error", 30, rests="domain", after=3, rest=30, words="error of its own"),
    _later("502", "502", "unavailable", MIN, rests="domain", after=1, rest=MIN, words="not available now"),
    _later("401", "401", "unauthorised", HOUR, rests="domain", after=2, rest=HOUR, words="wants a login"),
    _ended("403", "403", "forbidden", "failed", "refuses it", rests="domain", after=5, rest=5 * MIN),
    _ended("404", "404", "not_found", "gone", "does not exist"),
    _ended("410", "410", "gone", "gone", "removed for good"),
    _ended("451", "451", "legal", "gone", "legal reasons"),
    _later("browser check", "challenge", "challenge", HOUR, counts=False, rests="domain", after=1, rest=HOUR,
           words="see a browser"),
    _later("login page for content", "login_page", "login_page", HOUR, rests="domain", after=2, rest=HOUR,
           words="its login page", paths=POSTS),
    _later("login page for a file", "login_page", "login_page", HOUR, rests="domain", after=2, rest=HOUR,
           words="its login page"),
    _later("HTML for JSON", "html_instead", "html_for_json", MIN, rests="domain", after=3, rest=MIN,
           words='a page titled "Limit reached"', paths=POSTS),
    _later("HTML for a file", "html_as_image", "html_for_media", MIN, rests="domain", after=3, rest=MIN,
           words="web page came where a file", paths=POSTS, details=(("files", True),)),
    _later("wrong length", "truncated", "wrong_length", 10, rests="domain", after=5, rest=10,
           words="fewer bytes came", details=(("bytes", 0),)),
    _later("cut gzip", "cut_gzip", "cut_gzip", 10, rests="domain", after=5, rest=10, words="broke off"),
    _later("wrong hash", "wrong_md5", "wrong_hash", MIN, words="another hash", paths=POSTS, details=(("files", True),)),
    _ended("redirect loop", "redirect_loop", "redirect_loop", "failed", "in circles"),
    _ended("bad redirect", "redirect_javascript", "bad_redirect", "failed", "to nowhere"),
    _ended("private address", "redirect_private", "blocked_address", "failed", "is private", paths=FILES[:1], after=1),
]  # fmt: skip


@pytest.fixture(scope="module")
def table() -> Iterator[list[tuple[str, ...]]]:
    rows: list[tuple[str, ...]] = []
    yield rows
    head = ("failure", "cause", "job", "try", "what rests", "words")
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        sys.stdout.write("\n" + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


@pytest.fixture(scope="module")
def plain() -> Iterator[Wire]:
    """Give a server that does not speak TLS."""
    with Wire(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as wire:
        yield wire


def _unreachable(case: Case, place: Place, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the root of a site that cannot be reached in the way of the case."""
    kinds = {"offline": socket.EAI_AGAIN, "DNS": socket.EAI_NONAME}
    if case.name in kinds:
        monkeypatch.setattr(socket, "getaddrinfo", _raise(socket.gaierror(kinds[case.name], "no such name")))
        return "http://media.example.org"
    if case.name == "refused":
        with socket.create_server(("127.0.0.1", 0)) as free:
            return f"http://127.0.0.1:{free.getsockname()[1]}"
    return place.site.root


def _raise(error: OSError) -> Any:
    def raises(*given: object, **named: object) -> None:
        raise error

    return raises


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_failure(
    place: Place, monkeypatch: pytest.MonkeyPatch, case: Case, table: list[tuple[str, ...]], plain: Wire
) -> None:
    details = dict(case.details)
    pattern = "/media/*" if details.pop("files", False) or case.paths[0] in FILES else "/api/post/*"
    if case.fault:
        place.site.misbehave(pattern, case.fault, **details)
    place.read_timeout = "100 ms" if case.name == "timeout" else "5 s"
    if case.name == "drip":
        monkeypatch.setattr(page_fetch.meter, "__call__", lambda meter, number: place.advance(10))
    root = f"https://127.0.0.1:{plain.port}" if case.name == "TLS" else _unreachable(case, place, monkeypatch)
    (place.inbox / "links.txt").write_text("".join(f"{root}{path}\n" for path in case.paths), "utf-8")
    with place.runner(checks=False) as loop:
        place.advance(100)  # so that nobody was reached a moment ago
        asked_at = place.clock.now()
        loop.run_until(lambda: False, patience=0.5)
        row, seen = _first(loop, case)
        rests = [(pause.context, round(pause.until - place.clock.now())) for pause in loop.runtime.ledger.pauses()]
    # A drip lasts so long that the first job may be due again.
    assert (row["outcome"] or row["state"].replace("waiting", "later")) == case.state
    assert row["cause"] == case.cause
    assert row["tries"] == int(case.counts)
    assert case.words in row["why"], row["why"]
    if case.state == "later":
        assert abs(row["not_before"] - asked_at - case.wait) < 12 + (60 if case.name == "drip" else 0)
    assert seen == case.after
    _check_rest(case, rests)
    done = f"waits {case.wait:g} s" if case.state == "later" else case.state
    what = f"{case.rests} after {case.after}: {case.rest:g} s" if case.rests else ""
    table.append((case.name, row["cause"], done, "yes" if row["tries"] else "no", what, row["why"]))


def _first(loop: Loop, case: Case) -> tuple[Any, int]:
    """Return the first job that met the failure, and how many did."""
    with loop.runtime.db.read() as tx:
        rows = tx.rows("SELECT * FROM jobs WHERE cause = ? AND cause <> '' ORDER BY id", (case.cause,))
    assert rows
    return rows[0], len(rows)


def _check_rest(case: Case, rests: list[tuple[str, int]]) -> None:
    if not case.rests:
        assert rests == []
        return
    ((context, seconds),) = rests
    assert context.startswith("domain:" if case.rests == "domain" else "everything")
    assert abs(seconds - case.rest) <= (40 if case.name == "drip" else 12)


def test_offline_uses_up_no_tries_however_long(make_place: MakePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    place = make_place()
    (place.inbox / "links.txt").write_text("".join(f"{place.site.root}{path}\n" for path in FILES), "utf-8")
    connect, calls = socket.socket.connect, list[float]()

    def away(sock: socket.socket, address: Any) -> None:
        calls.append(place.clock.now())
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    with place.runner(checks=False) as loop:
        place.advance(100)
        monkeypatch.setattr(socket.socket, "connect", away)
        began = place.clock.now()
        while place.clock.now() < began + 12 * HOUR:
            loop._rest(min(loop.turn(), 60))
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT max(tries) FROM jobs") == 0
            assert tx.value("SELECT count(*) FROM jobs WHERE state = 'done'") == 0
        assert 100 < len(calls) < 200, "asked every five minutes, not more often"
        monkeypatch.setattr(socket.socket, "connect", connect)
        loop.run_until(lambda: False, patience=600)
    assert len(place.media()) == len(FILES)


def test_a_domain_that_is_down_costs_ever_fewer_requests_and_the_others_go_on(make_place: MakePlace) -> None:
    place = make_place(posts=40)
    place.site.misbehave("/media/*", "503")
    numbers = [file.path for file in place.world.expected("scenery")][:20]
    (place.inbox / "links.txt").write_text("".join(f"{place.site.root}{path}\n" for path in numbers), "utf-8")
    with place.runner(checks=False) as loop:
        began = place.clock.now()
        while place.clock.now() < began + DAY:
            loop._rest(min(loop.turn(), 60))
        assert 20 <= len(place.site.log) <= 35, "about one an hour"
        place.site.behave()
        loop.run_until(lambda: False, patience=DAY)
        with loop.runtime.db.read() as tx:
            failed = tx.value("SELECT count(*) FROM jobs WHERE outcome = 'failed'")
    assert len(place.media()) == 20 - failed
    assert failed <= 6, "five tries each, about one an hour"


@pytest.mark.parametrize("paths", [FILES, POSTS], ids=["files", "pages"])
def test_one_success_ends_the_row(place: Place, paths: tuple[str, ...]) -> None:
    """Broken files and pages between good ones are their own fault: the domain is not let rest for them."""
    for path in paths[::2]:
        place.site.misbehave(path, "500", times=1)
    (place.inbox / "links.txt").write_text("".join(f"{place.site.root}{path}\n" for path in paths), "utf-8")
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False, patience=1)
        assert loop.runtime.ledger.pauses() == ()
        assert [entry.status for entry in place.site.log if entry.path in paths].count(200) == 3


def test_a_kept_connection_that_is_closed_in_place_of_an_answer_costs_no_try(place: Place) -> None:
    """The second request is booked like any other, and goes over a new connection, as all do for a while."""
    asked, files = list[bytes](), iter(file.data for file in place.world.expected())

    def serve(connection: socket.socket) -> None:
        asked.append(read_request(connection))
        body = next(files)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        asked.extend(filter(None, [read_request(connection)]))

    with Wire(serve) as wire, place.runner(checks=False) as loop:
        (place.inbox / "links.txt").write_text("".join(f"{wire.url}{number}.png\n" for number in range(6)), "utf-8")
        loop.run_until(lambda: False, patience=4)
        with loop.runtime.db.read() as tx:
            row = tx.row("SELECT sum(tries) AS tries, count(*) AS number FROM jobs WHERE outcome = 'delivered'")
        assert row is not None
        assert (row["tries"], row["number"]) == (0, 6)
        assert loop.runtime.ledger.pauses() == ()
        assert loop.runtime.ledger.used(f"domain:127.0.0.1:{wire.port}", "month")[0] == len(asked) == 7
        assert wire.calls == 6
    place.check_whole()
