"""The table `[cookies]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from syncer.config.schema.scalars import Folder, Table, key


class CookiesTable(Table):
    """Logins that your browser has made. Use a throwaway account: sites may close one that downloads."""

    files: list[Folder] = key(
        "Files of cookies (cookies.txt, or JSON of a browser's extension) that are read at the start and whenever they "
        "change. They stay yours and are never written.",
        default=[],
        example=["~/cookies.txt"],
    )
