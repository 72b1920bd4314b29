"""Opens another program's SQLite database so that nothing of it can be changed, also while that program runs.

Only the readers of `had` import it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.errors import UsageError

BUSY_SECONDS = 20.0


@contextmanager
def reading(path: Path, what: str) -> Iterator[sqlite3.Connection]:
    """Give a connection that can only read the database at `path`; `what` names it in messages. Raises UsageError."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    except sqlite3.Error as error:
        raise UsageError(f"{path} cannot be opened: {error}", f"Name {what}") from error
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield connection
    except sqlite3.Error as error:
        raise UsageError(
            f"{path} cannot be read: {error}", f"Name {what}; close the program that uses it, if it stays so"
        ) from error
    finally:
        connection.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all tables."""
    return {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
