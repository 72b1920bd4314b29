"""Reads an archive of gallery-dl: a database of lines that name a site and a post, such as `danbooru123` or `site_name45_1`.

Which part is the site and which the post is for those to say who know the sites. Only `had` imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from syncer.errors import UsageError
from syncer.intake.had import Had
from syncer.intake.had_sqlite import reading, tables

_CURE = 'the file that "archive" names in gallery-dl\'s config'


def read(path: Path) -> Iterator[Had]:
    """Yield the lines of the archive at `path`. Raises UsageError."""
    if not path.is_file():
        raise UsageError(f"{path} is no file", f"Name {_CURE}")
    with reading(path, _CURE) as connection:
        if "archive" not in tables(connection):
            raise UsageError(f"{path} is no archive of gallery-dl", f"Name {_CURE}")
        for row in connection.execute("SELECT entry FROM archive"):
            yield Had(entry=str(row[0]))
