"""Reading a page in a process of its own, with limits on time and memory: what is built to stall ends there.

Here because parsers, selectors and patterns cannot be stopped in a thread. Only pages that `effort` finds odd come here;
the child is a fork, so it knows the same site files and starts at once. Imported by library and answers.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from syncer.clock import worked
from syncer.errors import ItemError, SyncerError
from syncer.frozen import frozen
from syncer.sites import effort

Result = TypeVar("Result")

MEGABYTE = 1024 * 1024
SECONDS = 1.5
"""CPU time that a child has for a page of up to a million characters, on a fast machine; longer pages and slower machines
have more in proportion."""
MEMORY = 150 * MEGABYTE
"""Bytes that it may take beyond what it was born with; longer pages have more."""
PATIENCE = 15.0
"""Seconds after which it is given up, however little CPU time it got, for each second that it has."""
FAST = 0.008
"""Seconds of CPU time in which a fast machine does the piece of work by which machines are compared (it takes half of it)."""
ANSWER = 64 * MEGABYTE
"""Longer answers of a child are not read."""
ATTEMPTS = 2
"""A child can be born while another thread holds a lock that it needs; then it waits for ever, and a second one will not."""
AT_ONCE = 2
"""Children that may run at the same time."""

_places = threading.BoundedSemaphore(AT_ONCE)


@frozen
class Codec(Generic[Result]):
    """How a child writes its result as JSON data, and its parent reads it."""

    pack: Callable[[Result], Any]
    unpack: Callable[[Any], Result]


@frozen
class _Ended:
    """How a child ended: what it wrote, and its exit status (negative: the signal that ended it)."""

    answer: bytes
    status: int


def read(work: Callable[[], Result], size: int, codec: Codec[Result]) -> Result:
    """Do the reading of a page of `size` characters: here, and where it turns out to be odd, again in a child.

    Raises the ItemError of the reading, or one that says that the page costs too much.
    """
    try:
        with effort.begun(size):
            return work()
    except effort.OddPageError as odd:
        why = str(odd)
    if not hasattr(os, "fork"):
        return work()  # No such system is supported; a page that stalls it does so for good.
    return codec.unpack(_answer(work, max(1.0, size / 1e6), codec, why))


def _answer(work: Callable[[], Result], share: float, codec: Codec[Result], why: str) -> Any:
    ended = _Ended(b"", -signal.SIGKILL)
    seconds = SECONDS * share * _slowness()
    with _places:
        for _ in range(ATTEMPTS):
            ended = _run(work, share, seconds, codec)
            if ended.status != -signal.SIGKILL:
                break
    if ended.status != 0:
        raise _refusal(ended.status, share, seconds, why)
    try:
        answer = json.loads(ended.answer)
        kind, data = answer["kind"], answer["data"]
    except (ValueError, LookupError, TypeError) as error:
        raise ItemError(f"The page {why}, and what was read of it is no answer", "Nothing of it was taken.") from error
    if kind == "error":
        raise ItemError(*map(str, data))
    return data


@cache
def _slowness() -> float:
    """How much slower than a fast one this machine is: 1 or more, by the CPU time of a known piece of work."""
    taken: list[float] = []
    for _ in range(3):
        began = worked()
        json.loads("[" + "[1.5]," * 20_000 + "1]")
        taken.append(worked() - began)
    return max(1.0, min(taken) / FAST)


def _refusal(status: int, share: float, seconds: float, why: str) -> effort.HostileError:
    took = {
        -signal.SIGPROF: f"takes longer than {seconds:.1f} s to read",
        -signal.SIGXCPU: f"takes longer than {seconds:.1f} s to read",
        _NO_MEMORY: f"takes more than {MEMORY * share / MEGABYTE:.0f} MB to read",
        -signal.SIGKILL: "could not be read in time",
    }.get(status, f"crashes its reader (status {status})")
    return effort.HostileError(
        f"The page {why} and {took}",
        "It looks built to stall parsers, or the site has changed; nothing of it was taken.",
    )


_NO_MEMORY = 3


def _run(work: Callable[[], Result], share: float, seconds: float, codec: Codec[Result]) -> _Ended:
    """Fork, let the child read, and give what it wrote."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        _live(work, share, seconds, codec, theirs)
    os.close(theirs)
    try:
        answer = _collect(ours, PATIENCE * seconds)
    finally:
        os.close(ours)
    if answer is None:
        os.kill(child, signal.SIGKILL)
    return _Ended(answer or b"", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _collect(pipe: int, seconds: float) -> bytes | None:
    """Read to the end; None when that does not come in time, or more comes than any page gives."""
    pieces: list[bytes] = []
    size = 0
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while poll.poll(seconds * 1000):
        piece = os.read(pipe, MEGABYTE)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
        if size > ANSWER:
            break
    return None


def _live(work: Callable[[], Result], share: float, seconds: float, codec: Codec[Result], pipe: int) -> NoReturn:
    """All that the child does; it never comes back into the code that forked it."""
    status = 1
    try:
        _alone(pipe)
        _limit(share, seconds)
        effort.apart()
        answer = _tried(work, codec)
        with open(pipe, "w", encoding="ascii", closefd=False) as out:
            json.dump(answer, out)
        status = 0
    except MemoryError:
        status = _NO_MEMORY
    finally:
        os._exit(status)


def _tried(work: Callable[[], Result], codec: Codec[Result]) -> dict[str, Any]:
    try:
        return {"kind": "result", "data": codec.pack(work())}
    except SyncerError as error:
        return {"kind": "error", "data": [error.title, error.advice]}


def _alone(pipe: int) -> None:
    """Let go of what belongs to the parent: its files, locks and sockets, its signals, what it left to be collected."""
    gc.disable()
    gc.freeze()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    os.closerange(3, pipe)
    os.closerange(pipe + 1, 65536)


def _limit(share: float, seconds: float) -> None:
    import resource

    signal.setitimer(signal.ITIMER_PROF, seconds)
    _lower(resource.RLIMIT_CPU, int(seconds) + 1)
    _lower(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(OSError, ValueError, IndexError):  # Not every system tells, or limits, its address space.
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        _lower(resource.RLIMIT_AS, int(pages * resource.getpagesize() + MEMORY * share))


def _lower(kind: int, wanted: int) -> None:
    import resource

    soft, hard = resource.getrlimit(kind)
    if soft == resource.RLIM_INFINITY or wanted < soft:
        resource.setrlimit(kind, (wanted, hard))
