"""Reads a folder of media: every file's hashes, and the URLs in a sidecar of syncer beside it.

Links are not followed out of the folder, sidecars and hidden files are no media. Only `had` imports it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from syncer import sums
from syncer.errors import UsageError
from syncer.intake.had import Had

_SIDECARS: Final = frozenset({".json", ".txt", ".xmp", ".nfo", ".xml", ".part", ".tmp"})
_MOST: Final = 4 * 1024 * 1024
"""Larger sidecars are not ours."""


def read(path: Path) -> Iterator[Had]:
    """Yield the files below `path`; one that cannot be read is passed over. Raises UsageError."""
    if not path.is_dir():
        raise UsageError(f"{path} is no folder", "Name the folder in which your media lie")
    return _files(path)


def _files(folder: Path) -> Iterator[Had]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(place, name)
            if name.startswith(".") or file.suffix.lower() in _SIDECARS:
                continue
            try:
                # A pipe or a device would be waited for without end.
                hashes = _hashes(file) if stat.S_ISREG(file.lstat().st_mode) else ()
            except OSError:
                continue
            if hashes:
                yield Had(_urls(file.with_name(f"{name}.json")), hashes=hashes)


def _hashes(file: Path) -> tuple[tuple[str, str], ...]:
    with file.open("rb") as opened:
        found = sums.of(opened)
    return (("sha256", found.sha256), ("md5", found.md5)) if found.size else ()


def _urls(sidecar: Path) -> tuple[str, ...]:
    """Return the URLs of post and file that a sidecar of syncer names; other sources prove nothing."""
    try:
        seen = sidecar.stat()
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > _MOST:
            return ()
        told: Any = json.loads(sidecar.read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()
    if not isinstance(told, dict) or told.get("syncer") != 1:
        return ()
    return tuple(url for url in (told.get("post_url"), told.get("file_url")) if isinstance(url, str) and url)
