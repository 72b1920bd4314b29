"""The tables `[[known]]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Literal

from syncer.config.schema.scalars import Folder, Spacing, Table, key

KnownKind = Literal["hydrus", "gallery-dl", "yt-dlp", "folder", "list"]


class KnownTable(Table):
    """A place that tells what you have already, or deleted; it is only read. Repeat the table for more.

    It is read before the first checks, and again and again: nothing that is there is fetched or delivered.
    """

    kind: KnownKind = key(
        "What lies there: hydrus (the folder of its database), gallery-dl or yt-dlp (its archive), folder (media files), "
        "list (URLs and hashes).",
        example="hydrus",
    )
    path: Folder = key("Where it is.", example="~/hydrus/db")
    every: Spacing = key("How often it is read again.", default="1 day")
