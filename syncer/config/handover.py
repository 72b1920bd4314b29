"""What the config says about handing URLs over to other programs; times in seconds, sizes in bytes.

Plain dataclasses apart from the schema, like `settings`, which holds one `Handover`. Everybody above the lowest floor may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from syncer.config.field_map import NONE, FieldMap
from syncer.frozen import frozen

_MB: Final = 1024**2

ProgramName = Literal["gallery-dl", "yt-dlp"]
GALLERY_DL: Final = "gallery-dl"
YT_DLP: Final = "yt-dlp"
PROGRAMS: Final[tuple[ProgramName, ...]] = ("gallery-dl", "yt-dlp")
"""All programs that URLs can be handed to, in the order in which they are asked."""

LEAST: Final[Mapping[str, tuple[int, ...]]] = {"gallery-dl": (1, 31), "yt-dlp": (2024, 1)}
"""The first versions that understand what they are asked; pyproject.toml says the same or more."""
OLD: Final = 120 * 86_400
"""Seconds after which a program is called old: sites change faster than that."""

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@frozen
class GalleryDlSettings:
    """What the config says about gallery-dl alone."""

    command: Path | None = None
    """The program; None = that of our own environment, else the one that PATH leads to."""
    own_config: bool = False
    """It reads the person's own config of it, too."""
    archive: Path | None = None
    """The file of the person's own `archive`; None = none."""
    options: Mapping[str, object] = field(default_factory=lambda: _NOTHING, repr=False)
    """As under "extractor" in its own config."""


@frozen
class YtDlpSettings:
    """What the config says about yt-dlp alone."""

    command: Path | None = None
    own_config: bool = False
    options: tuple[str, ...] = field(default=(), repr=False)
    """Further words of its command line."""
    format: str | None = None
    """Which of its formats it takes, as its own `--format`; None = the best, in one file without ffmpeg."""
    archive: Path | None = None
    """The file of the person's own `--download-archive`; None = none."""
    generic: tuple[str, ...] = ()
    """Hosts whose pages it may search for videos with its generic extractor; a name stands for its sub-domains too."""
    subtitles: tuple[str, ...] = ()
    """Languages of subtitles that are put into the video, which needs ffmpeg; () = none."""
    thumbnail: bool = False
    """The picture that stands for a video is delivered as well."""


@frozen
class Handover:
    """Which URLs go to which programs, and what these may take."""

    programs: tuple[ProgramName, ...] = PROGRAMS
    """In the order in which they are asked; () = no URL is handed over."""
    time: float = 3600.0
    """The longest that one run may take."""
    max_files: int = 200
    """So many files may one run lay into its private folder."""
    max_size: int = 20 * 1024 * _MB
    """So many bytes may lie there at once."""
    domains: Mapping[str, tuple[ProgramName, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Programs of single hosts in place of those above; a name stands for its sub-domains too."""
    gallery_dl: GalleryDlSettings = field(default_factory=GalleryDlSettings)
    yt_dlp: YtDlpSettings = field(default_factory=YtDlpSettings)
    mappings: Mapping[str, FieldMap] = field(default_factory=lambda: MappingProxyType({}))
    """What the person says of the metadata of single sites, by the programs' names for them in small letters."""

    def mapping(self, category: str) -> FieldMap:
        """Return what the person says of a site's metadata; `category` as `handover.mapping` reads it from there."""
        return self.mappings.get(category.casefold(), NONE)
