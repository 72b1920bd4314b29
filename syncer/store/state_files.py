"""The database's file in the state folder: made for its owner alone, and written anew where somebody has deleted it under a running syncer.

The open connection still has all of it then. Only `database` imports it, and calls it under its lock.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path


def make(path: Path) -> None:
    """Make the state folder and an empty database that only its owner can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def write_anew(connection: sqlite3.Connection, path: Path) -> None:
    """Lay what a connection holds at `path`, and close it; its own log is gone with it then. Raises sqlite3.Error, OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temp = path.with_name(f"{path.name}.new")
    temp.unlink(missing_ok=True)
    temp.touch(mode=0o600)  # SQLite would give the rights of the umask
    connection.execute("VACUUM INTO ?", (str(temp),))
    _flush(temp)
    # Closed first: it removes a log of its old name, which is the new one's, too.
    connection.close()
    temp.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
