"""The tables `[handover]` and below. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from annotated_types import Ge, Le
from pydantic import PlainValidator, WithJsonSchema

from syncer.config import units
from syncer.config.handover import Handover, ProgramName
from syncer.config.schema.handover_mapping import MappingTable
from syncer.config.schema.scalars import (
    Flag,
    Folder,
    Host,
    Patience,
    ShortName,
    Table,
    Text,
    Whole,
    at_least,
    key,
    table,
    words,
)

_DEFAULTS = Handover()
_MOST_OPTIONS: Final = 65_536
"""Letters of JSON that options for a program may have."""

RunSize = Annotated[int, *words(at_least(units.size, "1 MB", "1024 TB"), "1 GB")]


def _options(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("must be a table of options, as gallery-dl's own config has them")
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(
            "must hold text, numbers, true and false, lists and tables alone: they are passed on as JSON"
        ) from None
    if len(text) > _MOST_OPTIONS:
        raise ValueError("is too long")
    return MappingProxyType(value)


Options = Annotated[Mapping[str, object], PlainValidator(_options), WithJsonSchema({"type": "object"})]


class DomainTable(Table):
    """What holds for one domain and its sub-domains in place of "programs" above."""

    programs: list[ProgramName] = key(
        "Which programs are asked about URLs there, in this order. []: none, such a URL is tried as the link of a file.",
        example=["yt-dlp"],
    )


class GalleryDlTable(Table):
    """What holds for gallery-dl."""

    command: Folder | None = key(
        "The program. Without it: the one that is installed with syncer, else the one that PATH leads to.",
        default=None,
        example="~/.local/bin/gallery-dl",
    )
    own_config: Flag = key("Whether it reads your own config of it as well.", default=_DEFAULTS.gallery_dl.own_config)
    archive: Folder | None = key(
        'The file that your own gallery-dl has as "archive": what stands there is not fetched again, and what syncer delivers '
        "of its sites is added to it.",
        default=None,
        example="~/gallery-dl/archive.sqlite3",
    )
    options: Options = key(
        'Options of its own, as under "extractor" in its config. Its sleep and cookies come from syncer.',
        default={},
        example={"pixiv": {"ugoira": True}},
    )


class YtDlpTable(Table):
    """What holds for yt-dlp."""

    command: Folder | None = key(
        "The program. Without it: the one that is installed with syncer, else the one that PATH leads to.",
        default=None,
        example="~/.local/bin/yt-dlp",
    )
    own_config: Flag = key("Whether it reads your own config of it as well.", default=_DEFAULTS.yt_dlp.own_config)
    options: list[Text] = key(
        "Further words for its command line. What syncer sets itself (pace, cookies, proxy, names) counts before them.",
        default=[],
        example=["--format-sort", "res:1080"],
    )
    format: Text | None = key(
        "Which format of a video is taken, as for its --format. Without it: the best picture with the best sound where ffmpeg is "
        "installed, else the best that is one file.",
        default=None,
        example="bv*[height<=1080]+ba/b",
    )
    archive: Folder | None = key(
        "The file that your own yt-dlp has as --download-archive: what stands there is not downloaded again, and what syncer "
        "delivers is added to it.",
        default=None,
        example="~/videos/archive.txt",
    )
    generic: list[Host] = key(
        "Domains that it knows no site for, whose pages it may search for videos all the same.",
        default=[],
        example=["videos.example.org"],
    )
    subtitles: list[Text] = key(
        "Languages whose subtitles are put into the video, as it names them; needs ffmpeg.",
        default=[],
        example=["en", "de"],
    )
    thumbnail: Flag = key(
        "Whether the picture that stands for a video is delivered as a second file of its post.",
        default=_DEFAULTS.yt_dlp.thumbnail,
    )


class HandoverTable(Table):
    """What becomes of URLs that no site file knows: other programs may know them, if they are installed."""

    programs: list[ProgramName] = key(
        'Which programs are asked whether they know a URL, in this order. []: none. "gallery-dl" comes with '
        'pip install "syncer[gallery-dl]", "yt-dlp" with pip install "syncer[yt-dlp]".',
        default=list(_DEFAULTS.programs),
    )
    time: Patience = key(
        "The longest that one run of such a program may take.", default=units.write_duration(_DEFAULTS.time)
    )
    max_files: Annotated[Whole, Ge(1), Le(100_000)] = key(
        "How many files one run may bring.", default=_DEFAULTS.max_files
    )
    max_size: RunSize = key("How much one run may bring.", default=units.write_size(_DEFAULTS.max_size))
    domain: dict[Host, DomainTable] = table(example="example.org")
    gallery_dl: GalleryDlTable = table(alias="gallery-dl")
    yt_dlp: YtDlpTable = table(alias="yt-dlp")
    mapping: dict[ShortName, MappingTable] = table(example="pixiv")
