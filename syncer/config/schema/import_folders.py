"""The tables `[import_folders.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from syncer.config.schema.scalars import Flag, Folder, Table, key
from syncer.config.settings import Profile


class ImportFolderTable(Table):
    """The folder that your media manager takes finished files from. The name in the brackets is yours to choose."""

    path: Folder = key("Where finished files go; not inside the inbox or the state.", example="~/syncer/import")
    profile: Profile = key(
        'How files are named. "hydrus": all flat, as site_post_index.ext; '
        '"plain": in folders, as site/query/date_post_index.ext.',
        example="hydrus",
    )
    drains: Flag = key(
        "true if the manager removes what it took. A delivered file that is gone is then as it should be.",
        default=False,
    )
    json_sidecar: Flag = key(
        "Write NAME.EXT.json with tags, URLs and notes beside each file.", default=True, alias="json"
    )
