"""The table `[folders]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated

from syncer.config import units
from syncer.config.schema.scalars import Folder, Seconds, Table, at_least, key, words
from syncer.config.settings import DAY

Settle = Annotated[Seconds, *words(at_least(units.duration, "0", "1 hour"), "2 seconds")]
Keep = Annotated[int, *words(at_least(units.whole_seconds, "0", "3650 days"), "30 days")]


class FoldersTable(Table):
    """Where syncer reads and keeps things. `~` is your home; a relative path begins at this file's folder."""

    inbox: Folder = key("Drop links here: .url and .txt files.", default="~/syncer/inbox")
    state: Folder | None = key(
        "Database, cookies and backups; on a disk of this machine. "
        "Without it: syncer in $XDG_STATE_HOME, most often ~/.local/state/syncer.",
        default=None,
        example="~/.local/state/syncer",
    )
    cache: Folder | None = key(
        "What can be fetched again; may be deleted at any moment. "
        "Without it: syncer in $XDG_CACHE_HOME, most often ~/.cache/syncer.",
        default=None,
        example="~/.cache/syncer",
    )
    sites: Folder = key("Your own site files; one that is named like a shipped one takes its place.", default="sites")
    settle: Settle = key(
        "How long a file in the inbox must have stayed the same before it is read.", default=units.write_duration(2)
    )
    keep_done: Keep = key(
        "How long inbox/done/ keeps what was read, with its results. 0 days: for ever.",
        default=units.write_duration(30 * DAY),
    )
