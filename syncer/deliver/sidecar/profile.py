"""Says which sidecars a media manager's profile has beside each media file, and what names it can bear.

One line a profile, so that a new one is a row here and a writer beside `json`. Pure; the service imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from syncer.deliver.naming import INSTEAD
from syncer.deliver.sidecar import json as json_sidecar
from syncer.deliver.sidecar import nfo, txt, xmp
from syncer.errors import ConfigError
from syncer.frozen import frozen
from syncer.model import Delivery

JSON_SUFFIX: Final = ".json"
NFO_SUFFIX: Final = f"{INSTEAD}.nfo"

Writer = tuple[str, Callable[[Delivery], bytes]]
"""A suffix as `naming.sidecar` knows it, and what writes the file; b"" = there is nothing to write."""


@frozen
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
    "jellyfin": Profile(((NFO_SUFFIX, nfo.render),)),
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
    return tuple((suffix, _renamed(suffix, text, old, new)) for suffix, text in written)


def _renamed(suffix: str, text: str, old: str, new: str) -> str:
    if is_json(suffix):
        return json_sidecar.renamed(text, old, new)
    return nfo.renamed(text, old, new) if suffix == NFO_SUFFIX else text


def is_json(suffix: str) -> bool:
    """Tell whether a sidecar is the JSON, by its suffix."""
    return suffix.removeprefix(INSTEAD) == JSON_SUFFIX


class Wanted(Protocol):
    """What an import folder says of its sidecars; `config.settings.ImportFolder` has it."""

    @property
    def profile(self) -> str:
        """Return the name of its profile."""

    @property
    def json(self) -> bool:
        """Tell whether it wants the JSON."""

    @property
    def txt(self) -> bool:
        """Tell whether it wants the texts."""

    @property
    def sidecar_names(self) -> str:
        """Return `full` (NAME.EXT.json) or `stem` (NAME.json)."""


def suffixes(folder: Wanted, extension: str) -> frozenset[str]:
    """Return the suffixes of all sidecars that a folder's files can have; which of them one has depends on what is told of it."""
    return frozenset(suffix for suffix, _ in _writers(folder, extension))


def sidecars(folder: Wanted, delivery: Delivery) -> tuple[tuple[str, bytes], ...]:
    """Return the sidecars of a delivery into a folder: suffix (see `naming.sidecar`) and content. May be empty. Raises ConfigError."""
    written = ((suffix, write(delivery)) for suffix, write in _writers(folder, delivery.file.extension))
    return tuple((suffix, data) for suffix, data in written if data)


def _writers(folder: Wanted, extension: str) -> tuple[Writer, ...]:
    writers = (
        *(((JSON_SUFFIX, json_sidecar.render),) if folder.json else ()),
        *(_TXT if folder.txt else ()),
        *profile(folder.profile).writers,
    )
    if folder.sidecar_names == "full":
        return writers
    return tuple((_by_stem(suffix, extension), write) for suffix, write in writers)


def _by_stem(suffix: str, extension: str) -> str:
    """Return a suffix that takes the place of the media's extension, unless that were the media's own name."""
    return suffix if suffix.startswith(INSTEAD) or suffix == f".{extension}" else INSTEAD + suffix
