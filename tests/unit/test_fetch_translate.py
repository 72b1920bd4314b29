"""What the libraries raise, under our names; and the watch over one transfer."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl

import pytest
import urllib3.exceptions

from syncer.clock import VirtualClock
from syncer.fetch.failure import FailureKind, FetchError, fail
from syncer.fetch.transfer import Pace, Transfer, Transfers
from syncer.fetch.translate import ERRORS, translate

PACE = Pace(deadline=100.0, slow_window=10.0, slow_rate=50.0)


def transfer() -> Transfer:
    return Transfer(PACE, VirtualClock())


def wrapped(error: Exception) -> Exception:
    return urllib3.exceptions.ProtocolError("Connection aborted.", error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "refused"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "dropped"),
        (BrokenPipeError(errno.EPIPE, "pipe"), "dropped"),
        (http.client.RemoteDisconnected("gone"), "dropped"),
        (http.client.BadStatusLine("x"), "bad_answer"),
        (http.client.LineTooLong("header line"), "bad_answer"),
        (http.client.IncompleteRead(b"abc", 7), "wrong_length"),
        (TimeoutError("timed out"), "timeout"),
        (urllib3.exceptions.ReadTimeoutError(None, "", "x"), "timeout"),  # type: ignore[arg-type]  # no pool needed
        (ssl.SSLCertVerificationError(1, "expired"), "tls"),
        (ssl.SSLEOFError(8, "eof"), "dropped"),
        (urllib3.exceptions.SSLError(ssl.SSLError(1, "bad")), "tls"),
        (urllib3.exceptions.InvalidHeader("two lengths"), "bad_answer"),
        (urllib3.exceptions.LocationParseError("x"), "bad_request"),
        (ValueError("Invalid header value"), "bad_request"),
        (UnicodeEncodeError("latin-1", "空", 0, 1, "no"), "bad_request"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "dns"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), "offline"),
        (OSError(errno.ENETUNREACH, "no route"), "offline"),
        (OSError(errno.EHOSTUNREACH, "no route"), "offline"),
        (OSError(errno.EMFILE, "too many"), "dropped"),
        (fail(FailureKind.DRIP, "slow"), "drip"),
    ],
)
def test_kinds(error: Exception, kind: str) -> None:
    for seen in (error, wrapped(error)):
        assert translate(seen, transfer(), others_reached=False).kind == kind


def test_where_others_are_reached_it_is_the_host() -> None:
    for error, kind in (
        (socket.gaierror(socket.EAI_AGAIN, "try again"), FailureKind.DNS),
        (OSError(errno.ENETUNREACH, "no route"), FailureKind.REFUSED),
    ):
        assert translate(error, transfer(), others_reached=True).kind is kind


def test_causes_of_urllib3_are_looked_through() -> None:
    try:
        try:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(None, "x") from error  # type: ignore[arg-type]  # none needed
    except urllib3.exceptions.HTTPError as error:
        assert translate(error, transfer(), others_reached=False).kind is FailureKind.REFUSED  # noqa: PT017 its cause


def test_everything_is_an_abort_once_it_was_cut() -> None:
    cut = transfer()
    cut.abort()
    for error in (ConnectionResetError(), http.client.IncompleteRead(b"", 5), ValueError("I/O on closed file")):
        assert translate(error, cut, others_reached=True).kind is FailureKind.ABORTED


def test_errors_of_ours_pass_through_the_net() -> None:
    assert not issubclass(FetchError, ERRORS)


def test_words_tell_how_far_it_came() -> None:
    watched = transfer()
    assert translate(ConnectionResetError(), watched, others_reached=True).detail == "before it answered"
    watched.count(1234)
    assert translate(ConnectionResetError(), watched, others_reached=True).detail == "after 1,234 bytes"
    in_pieces = translate(http.client.IncompleteRead(b""), watched, others_reached=True)
    assert in_pieces.detail == "it broke off without its end, after 1,234 bytes"


def test_a_drip_is_too_slow_over_a_whole_window() -> None:
    clock = VirtualClock()
    watched = Transfer(PACE, clock)
    clock.advance(30)  # a server may think before it answers
    watched.count(1)
    for _ in range(9):
        clock.advance(1)
        watched.count(10)
    clock.advance(1)
    with pytest.raises(FetchError) as caught:
        watched.count(10)
    assert caught.value.failure.kind is FailureKind.DRIP
    assert caught.value.failure.detail == "100 bytes in 10.0 s"


def test_slow_but_steady_is_no_drip_and_ends_at_the_deadline() -> None:
    clock = VirtualClock()
    watched = Transfer(PACE, clock)
    for _ in range(99):
        clock.advance(1)
        watched.count(60)
    assert watched.left() == pytest.approx(1)
    clock.advance(1)
    with pytest.raises(FetchError, match="not done after 100 s"):
        watched.count(60)
    with pytest.raises(FetchError, match="not done after 100 s"):
        watched.left()


def test_a_line_that_comes_after_the_cut_is_not_used() -> None:
    watched = transfer()
    watched.abort()
    with socket.socket() as line, pytest.raises(FetchError, match="aborted"):
        watched.attach(line)
    watched.attach(None)


def test_one_transfer_a_thread_and_none_after_the_end() -> None:
    running = Transfers()
    with running.run(transfer()) as mine:
        assert running.current() is mine
        assert len(running) == 1
        running.abort()
        with pytest.raises(FetchError, match="aborted"):
            mine.count(1)
    assert len(running) == 0
    with pytest.raises(FetchError, match="aborted"), running.run(transfer()):
        pytest.fail("nothing may start")
