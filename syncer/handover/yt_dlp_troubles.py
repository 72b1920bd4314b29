"""What yt-dlp's error messages mean where they are its own; what servers and libraries say, `troubles` knows.

Pure; `yt_dlp` imports it.
"""

from __future__ import annotations

import re
from typing import Final

from syncer.handover import find, troubles
from syncer.handover.base import BROKEN, UNSUPPORTED, Ran, Tool, Trouble

NOT_YET: Final = "not_yet"
"""The kind of failure of what is still being made: a live stream."""
_GENERIC: Final = (
    "None of its sites knows it: name the domain under [handover.yt-dlp] generic, and it may search the page for videos"
)
_FFMPEG: Final = (
    "Install ffmpeg, which puts picture and sound together, or choose another format under [handover.yt-dlp]"
)
_FORMAT: Final = "Choose another format under [handover.yt-dlp]"
_PLACE: Final = "The site shows it in other countries alone; [network] proxy can name a way through one of them"

_TABLE: Final[tuple[tuple[str, str, str], ...]] = (
    (r"unsupported url|no suitable extractor", UNSUPPORTED, _GENERIC),
    (r"requested format is not available|no video formats|ffmpeg is not installed", "format", _FORMAT),
    (
        (
            r"live event will begin|premieres? (?:in|will)|is upcoming|will begin (?:in|at)|has not (?:yet )?started|"
            r"is not (?:currently|yet) live|not yet available|offline"
        ),
        NOT_YET,
        "",
    ),
    (r"not a bot|captcha|cloudflare", "challenge", troubles.COOKIES),
    (r"\bdrm\b", "gone", ""),
    (r"not available (?:in|from) your|your (?:country|location|region)|geo.?(?:restrict|block)", "legal", _PLACE),
    (
        r"video is private|private video|has been removed|removed by|deleted|terminated|no longer available|does not exist",
        "not_found",
        "",
    ),
    (
        # These want a login for the one video, which says nothing about the others of the site.
        (
            r"confirm your age|age.?restricted|inappropriate for some|members.only|members on level|join this channel|"
            r"subscribers?\b|purchase|rental|\bpaid\b|premium|requires payment"
        ),
        "forbidden",
        troubles.COOKIES,
    ),
    (r"sign in|log ?in|logged.?in|cookies|account|password", "unauthorised", troubles.COOKIES),
    (r"video unavailable|is not available|copyright", "not_found", ""),
    (r"no space left|disk quota", "disk", ""),
    (r"fragment \d+ not found|did not get any data blocks|giving up after \d+ fragment", "wrong_length", ""),
    (r"unable to extract|failed to (?:parse|extract)|please report this issue|nsig|signature", "extractor", ""),
)
"""Pattern, kind and advice; the first that is found counts. Where a server's own status is told, that counts before."""
_COMPILED: Final = tuple((re.compile(pattern, re.IGNORECASE), kind, advice) for pattern, kind, advice in _TABLE)
_STATUS: Final = re.compile(r"http error \d{3}", re.IGNORECASE)
_PIECE: Final = re.compile(r"\[download\] Got error: .* Giving up after", re.DOTALL)
_BUSY: Final = re.compile(r"http error (?:429|5\d\d)", re.IGNORECASE)
_TAIL: Final = re.compile(
    r";? please report this issue on .*|\. ?Use --cookies.*|\. ?See +https?://.*", re.IGNORECASE | re.DOTALL
)
_PART: Final = re.compile(r"\A(?:\[[^\]]*\] )?")
_URLS: Final = re.compile(r"https?://\S+")


def ended(tool: Tool, ran: Ran, *, ffmpeg: bool) -> Trouble | None:
    """Return why a run did not work; None where it said nothing against it."""
    said = ran.err.decode("utf-8", "replace")
    errors = [line.removeprefix("ERROR: ").strip() for line in said.split("\n") if line.startswith("ERROR: ")]
    if ran.code == 0:
        return None
    if ran.fault or not errors:
        return troubles.ended(tool.name, ran.code, ran.fault, said, find.renew(tool))
    first = errors[0]
    if len(errors) > 1 and _PIECE.search(first) and not _BUSY.search(first):
        first = errors[1]  # a piece that is not there says nothing about the whole
    return read(tool, first, ffmpeg=ffmpeg)


def read(tool: Tool, said: str, *, ffmpeg: bool) -> Trouble:
    """Return what an error message means."""
    # The name of its part, and what it tells its own users to do, say nothing about what went wrong.
    bare = _URLS.sub("URL", _PART.sub("", said))
    if _STATUS.search(bare):
        return troubles.read(tool.name, bare, find.renew(tool))
    for pattern, kind, advice in _COMPILED:
        if pattern.search(bare):
            return _trouble(tool, kind, _TAIL.sub("", _PART.sub("", said)), advice, ffmpeg=ffmpeg)
    return troubles.read(tool.name, said, find.renew(tool))


def _trouble(tool: Tool, kind: str, said: str, advice: str, *, ffmpeg: bool) -> Trouble:
    words = f"{tool.name}: {troubles.plain(said)}"
    if kind == "format":
        return Trouble(BROKEN, words, _FORMAT if ffmpeg else _FFMPEG)
    if kind == "extractor":
        renewed = f"The site may have changed since {tool.name} {tool.version} was made: `{find.renew(tool)}`, then `syncer queue retry`"
        return Trouble(BROKEN, words, renewed)
    return Trouble(kind, words, advice)
