"""The tables `[[watchers]]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import ClassVar

from syncer.config.schema.check import TimingTable, in_words
from syncer.config.schema.options import OptionKeys
from syncer.config.schema.scalars import Flag, WebAddress, key


class WatcherTable(TimingTable, OptionKeys):
    """A thread that is checked until it dies. Repeat the table for more; links in the inbox make watchers too.

    The timing keys are those of [check.watchers], for this one alone; the keys of [options] can stand here, too.
    """

    shown: ClassVar[dict[str, object]] = in_words("thread")

    url: WebAddress = key("The thread's address.", example="https://boards.example.org/w/thread/123456")
    paused: Flag = key("Do not check it for now.", default=False)
