"""The tables `[[adopt]]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from syncer.config import adopted, units
from syncer.config.adopted import AdoptedFolder, Pattern
from syncer.config.schema.options import OptionKeys
from syncer.config.schema.scalars import Flag, Folder, Seconds, ShortName, SiteName, at_least, key, words

NamePattern = Annotated[Pattern, *words(adopted.pattern, "{site}_{post}_{md5}.{ext}")]
Settle = Annotated[Seconds, *words(at_least(units.duration, "0", "1 hour"), "30 seconds")]
_DEFAULTS: Final = AdoptedFolder("", Path())


class AdoptTable(OptionKeys):
    """A folder in which another program puts media: gallery-dl, yt-dlp, Grabber or any other. Repeat the table for more.

    What lies there goes through the same filters and the same known list as what syncer fetches, and is delivered with a sidecar
    (docs/how-to/adopt.md). The keys of [options] can stand here, too.
    """

    path: Folder = key("Where it is.", example="~/gallery-dl")
    name: ShortName | None = key(
        "Your name for it. Without it: that of the folder.", default=None, example="from-gallery-dl"
    )
    take: Literal["copy", "move"] = key(
        '"copy": what lies there stays. "move": what was delivered is taken away there, with the JSON beside it; what was '
        "known, skipped or faulty stays.",
        default="copy",
    )
    settle: Settle = key(
        "How long a file and what is beside it must have stayed the same.",
        default=units.write_duration(_DEFAULTS.settle),
    )
    recursive: Flag = key("Whether the folders below it are looked into.", default=_DEFAULTS.recursive)
    pattern: NamePattern | None = key(
        "How names are made, for files without JSON beside them. Fields: site, post, index, md5, sha1, sha256, date, rating, "
        "title, creator, series, character, tags, ext, and skip for what says nothing. With a slash it reads folders, too.",
        default=None,
        example="{site}_{post}_{md5}.{ext}",
    )
    site: SiteName | None = key(
        "Where files come from that do not tell, by the name of the site.", default=None, example="safebooru"
    )
    tag_files: Flag = key(
        "Whether NAME.EXT.txt beside a file is read as its tags, and NAME.txt where there is a pattern.",
        default=_DEFAULTS.tag_files,
    )
    paused: Flag = key("Do not look there for now.", default=False)
