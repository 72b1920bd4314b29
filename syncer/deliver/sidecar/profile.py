"""Says which sidecars a media manager's profile has beside each media file, and what names it can bear.

One line a profile, so that a new one is a row here and a writer beside `json`. Pure; the service imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syncer.deliver.sidecar import json as json_sidecar
from syncer.deliver.sidecar import nfo, txt, xmp
from syncer.errors import ConfigError
from syncer.model import Delivery

JSON_SUFFIX: Final = ".json"

Writer = tuple[str, Callable[[Delivery], bytes]]
"""A suffix as `naming.sidecar` knows it, and what writes the file; b"" = there is nothing to write."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a media manager reads: writers beside the JSON; whether a stem may hold dots."""

    writers: tuple[Writer, ...] = ()
    dots: bool = True
    """hydrus takes all up to the first dot for a file's name when it looks for sidecars."""


PROFILES: Final[Mapping[str, Profile]] = {
    "hydrus": Profile(dots=False),
    "immich": Profile(((".xmp", xmp.writer(xmp.IMMICH)),)),
    "photoprism": Profile(((".xmp", xmp.writer(xmp.PHOTOPRISM)),)),
    "digikam": Profile(((".xmp", xmp.writer(xmp.DIGIKAM)),)),
    "jellyfin": Profile((("^.nfo", nfo.render),)),
    "plain": Profile(),
}

_TXT: Final[tuple[Writer, ...]] = ((".txt", txt.tags), (".urls.txt", txt.urls), (".notes.txt", txt.notes))


def profile(name: str) -> Profile:
    """Return a profile by its name in the config. Raises ConfigError."""
    if name not in PROFILES:
        raise ConfigError(f"There is no profile {name!r}", f"Use one of: {', '.join(PROFILES)}.")
    return PROFILES[name]


def renamed(written: Iterable[tuple[str, str]], old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Return sidecars, as suffix and text, of a media that had to take another name."""
    return tuple(
        (suffix, json_sidecar.renamed(text, old, new) if suffix == JSON_SUFFIX else text) for suffix, text in written
    )


def suffixes(name: str, *, json: bool = True, txt: bool = False) -> frozenset[str]:
    """Return the suffixes of all sidecars that a profile can write; which of them a file has depends on what is told of it."""
    return frozenset(suffix for suffix, _ in _writers(name, json=json, txt=txt))


def sidecars(name: str, delivery: Delivery, *, json: bool = True, txt: bool = False) -> tuple[tuple[str, bytes], ...]:
    """Return the sidecars of a delivery under a profile: suffix (see `naming.sidecar`) and content.

    `json`, `txt`: whether the import folder wants the JSON, and the texts. May be empty. Raises ConfigError.
    """
    written = ((suffix, write(delivery)) for suffix, write in _writers(name, json=json, txt=txt))
    return tuple((suffix, data) for suffix, data in written if data)


def _writers(name: str, *, json: bool, txt: bool) -> tuple[Writer, ...]:
    return (
        *(((JSON_SUFFIX, json_sidecar.render),) if json else ()),
        *(_TXT if txt else ()),
        *profile(name).writers,
    )
