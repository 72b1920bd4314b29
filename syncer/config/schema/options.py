"""The table `[options]`, the base layer. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import MinLen

from syncer.config.schema.scalars import ShortName, Size, Table, TagRule, key
from syncer.config.settings import DEFAULT_TYPES

ThreadTitle = Literal["no", "tag", "note", "both"]
TypeGroup = Literal["image", "animation", "video", "audio", "document", "archive", "application"]


class OptionsTable(Table):
    """What is let in. What is not is skipped, and `syncer explain URL` says by which rule."""

    types: Annotated[list[TypeGroup], MinLen(1)] = key(
        "Kinds of files, told by their content: image, animation, video, audio, document, archive, application.",
        default=list(DEFAULT_TYPES),
    )
    min_size: Size = key("Smaller files are skipped. 1 KB is 1024 bytes.", default="0 B", example="10 KB")
    thread_title: ThreadTitle = key(
        'What a file of a watched thread gets of the thread\'s title: a "tag" (thread:...), a "note", "both" or "no".',
        default="no",
    )
    blacklist: list[TagRule] = key(
        "Posts whose tags meet one of these rules are skipped. A comma means and, a minus means not: "
        '"hair, -red hair" skips every hair that is not red.',
        default=[],
        example=["ai generated", "hair, -red hair"],
    )
    import_folder: ShortName = key(
        'Name of the import folder that takes the files. Without it: the one called "main", else the first.',
        default="main",
    )
