"""One try to fetch a file into its part: what is asked for, what is done with the answer, and what stays on the disk after a failure.

Apart from the client, which speaks HTTP; here a file's parts are kept. `client` runs it, the jobs of `service` say what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from syncer.clock import Clock
from syncer.fetch import resume
from syncer.fetch.body import Source
from syncer.fetch.failure import FailureKind, FetchError, fail
from syncer.fetch.part import Part
from syncer.fetch.resume import Decision, Partial, Way

NOTE_AFTER: Final = 1024 * 1024
"""Bytes of one try after which its part is noted, so that not even a kill loses it; smaller files come again sooner than that."""

ANEW: Final = Decision(Way.ANEW)
WITH_BODY: Final = frozenset({200, 203})
TO_A_RANGE: Final = frozenset({206, 416}) | resume.NO_TO_A_RANGE


@dataclass(frozen=True, slots=True)
class Keep:
    """What a caller knows of a file's part, and where it notes what becomes of it."""

    note: Callable[[Partial | None], None]
    """Is told what is on the disk whenever that changes; None = nothing."""
    partial: Partial | None = None
    hashed: bool = False
    """The site gives the hash of the whole file, and the caller compares it."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file."""

    size: int
    sha256: str
    md5: str
    length_known: bool
    resumed: bool
    """A part of it came in an earlier try."""


class Download:
    """One try; a context that keeps or removes the part when it fails."""

    def __init__(self, path: Path, keep: Keep | None, clock: Clock, check: Callable[[], None]) -> None:
        """Take up what is there. Raises FetchError (disk, aborted)."""
        self._keep = keep
        self._clock = clock
        self._part = Part(path)
        self._poured = self._refused = self._noted = False
        self._validator: str | None = None
        self._total: int | None = None
        self._have = 0
        partial = keep.partial if keep is not None else None
        if keep is not None and partial is not None and resume.usable(partial, clock.now(), hashed=keep.hashed):
            try:
                self._have = self._part.take_up(partial, check)
            except BaseException:
                self._part.close()
                raise
        self._partial = partial if self._have else None

    @property
    def asks(self) -> tuple[tuple[str, str], ...]:
        """Return the headers that ask for the rest of the file; none where all of it is wanted."""
        return resume.asking(self._partial, self._have) if self._partial is not None else ()

    def is_for_it(self, status: int) -> bool:
        """Tell whether an answer of this status has to do with the file's bytes; a redirect has not."""
        return status in WITH_BODY or (self._partial is not None and status in TO_A_RANGE)

    def take(self, status: int, headers: Mapping[str, str], body: Callable[[int], Source]) -> Fetched:
        """Write the answer to the part; `body` gives its body, told how many bytes are there already. Raises FetchError."""
        decision = ANEW if self._partial is None else resume.decide(status, headers, self._partial, self._have)
        if decision.way is Way.REFUSED:
            self._refused = True
            raise fail(FailureKind.RANGE, decision.why, status=status)
        if decision.way is Way.WHOLE:
            return self._fetched(length_known=True, resumed=True)
        goes_on = decision.way is Way.APPEND
        source = body(self._part.size if goes_on else 0)
        self._total = source.announced if decision.end is None else decision.total
        self._validator = self._known_by(headers, goes_on)
        if not goes_on:
            self._part.begin()
        self._pour(source, decision)
        if not self._part.size:
            raise fail(FailureKind.EMPTY, f"status {status}", status=status)
        known = source.length_known if decision.end is None else decision.total is not None
        return self._fetched(length_known=known, resumed=goes_on)

    def _known_by(self, headers: Mapping[str, str], goes_on: bool) -> str | None:
        if self._keep is None:
            return None
        if goes_on and self._partial is not None:
            return self._partial.validator
        return resume.validator(headers, hashed=self._keep.hashed)

    def _pour(self, source: Source, decision: Decision) -> None:
        began = self._part.size
        self._poured = True

        def grown(size: int) -> None:
            if not self._noted and self._keep is not None and size - began >= NOTE_AFTER:
                self._note_early(flushed=self._partial.size if began and self._partial is not None else 0)

        self._part.pour(source, grown)
        size, whole = self._part.size, decision.total
        if decision.end is not None and size != decision.end:
            raise fail(FailureKind.WRONG_LENGTH, f"{decision.end - began:,} bytes were to come, {size - began:,} came")
        if whole is not None and size != whole:
            raise fail(FailureKind.WRONG_LENGTH, f"{whole:,} bytes in all, {size:,} came so far")

    def _note_early(self, flushed: int) -> None:
        self._noted = True
        if self._keep is not None and self._validator is not None:
            facts = self._part.facts(self._validator, self._total, self._clock.now(), flushed=flushed)
            self._keep.note(facts)

    def _fetched(self, *, length_known: bool, resumed: bool) -> Fetched:
        part = self._part
        return Fetched(part.size, part.sha256, part.md5, length_known, resumed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is not None and (self._poured or self._refused):
                self._after(error)
        finally:
            self._part.close()

    def _after(self, error: BaseException) -> None:
        """Keep what came before a transfer broke; remove it where it is of no use."""
        broke = isinstance(error, FetchError) and error.failure.kind in resume.BROKE
        if broke and self._keep is not None and self._validator is not None and self._part.size:
            self._keep.note(self._part.facts(self._validator, self._total, self._clock.now()))
            return
        self._part.drop()
        if isinstance(error, FetchError) and self._keep is not None and (self._noted or self._partial is not None):
            self._keep.note(None)
