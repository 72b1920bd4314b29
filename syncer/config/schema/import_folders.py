"""The tables `[import_folders.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated

from annotated_types import MinLen

from syncer.config.schema.scalars import Flag, Folder, NameTemplate, Patience, Table, Text, key
from syncer.config.settings import MediaTime, Profile, SidecarNames


class ImportFolderTable(Table):
    """The folder that your media manager takes finished files from. The name in the brackets is yours to choose."""

    path: Folder = key("Where finished files go; not inside the inbox or the state.", example="~/syncer/import")
    profile: Profile = key(
        "Which program takes the files: hydrus, immich, photoprism, digikam, jellyfin, or plain for none of them. It "
        "says how files are named (hydrus: all flat, as site_post_index.ext; else in folders, as "
        "site/query/date_post_index.ext) and which sidecars lie beside them (docs/how-to/managers.md).",
        example="hydrus",
    )
    names: NameTemplate | None = key(
        "How files are named, with folders (docs/how-to/names.md). Without it: as the profile says.",
        default=None,
        example="{site}/{creator|'unknown'}/{date}_{post}_{index}.{ext}",
    )
    drains: Flag = key(
        "true if the manager removes what it took. A delivered file that is gone is then as it should be.",
        default=False,
    )
    json_sidecar: Flag = key(
        "Write NAME.EXT.json with tags, URLs and notes beside each file.", default=True, alias="json"
    )
    txt: Flag = key(
        "Write NAME.EXT.txt with a tag a line, NAME.EXT.urls.txt and NAME.EXT.notes.txt beside each file.",
        default=False,
    )
    sidecar_names: SidecarNames = key(
        '"full": a.jpg has a.jpg.json (and a.jpg.xmp, a.jpg.txt); "stem": it has a.json, for programs that look for that.',
        default="full",
    )
    media_time: MediaTime = key(
        'What a file is dated to on the disk: "delivery" (when it came) or "source" (when the site says that it was '
        "posted, where it does).",
        default="delivery",
    )
    hook: Annotated[list[Text], MinLen(1)] | None = key(
        "A program with its arguments, run after each delivered file, without a shell. {path} in an argument stands for "
        "the file; the environment tells more (docs/how-to/hook.md).",
        default=None,
        example=["/home/kim/bin/on-delivery", "{path}"],
    )
    hook_timeout: Patience = key("The longest time that it may take; then it is ended.", default="1 minute")
