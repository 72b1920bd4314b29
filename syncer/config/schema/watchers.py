"""The tables `[[watchers]]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from syncer.config.schema.scalars import Flag, Table, WebAddress, key


class WatcherTable(Table):
    """A thread that is checked until it dies. Repeat the table for more; links in the inbox make watchers too."""

    url: WebAddress = key("The thread's address.", example="https://boards.example.org/w/thread/123456")
    paused: Flag = key("Do not check it for now.", default=False)
