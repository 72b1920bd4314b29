"""Adds and removes queries in a list, as a person would: every other line, the remarks and the line ends stay.

Each new text is read again and compared with what was meant before it is saved, whole or not at all. The editor imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from syncer.config import changes, lists, paths, replace, source
from syncer.errors import ConfigError


def add(path: Path, queries: Sequence[str]) -> None:
    """Add queries at the end of the list at `path`; raises ReadOnlyError, ConfigError or TryLaterError as `rewrite.apply`."""

    def new(raw: bytes) -> bytes:
        windows = raw.count(b"\r\n") == raw.count(b"\n") > 0
        end = b"\r\n" if windows else b"\n"
        added = b"".join(query.encode() + end for query in queries)
        return raw + (b"" if not raw or raw.endswith(b"\n") else end) + added

    _change(path, new, lambda before: [*before, *queries])


def remove(path: Path, queries: Collection[str]) -> bool:
    """Remove queries from the list at `path` wherever they stand; False where they do not. Raises as `add`."""
    gone = {(query,) for query in queries}

    def new(raw: bytes) -> bytes:
        return b"".join(line for line in raw.splitlines(keepends=True) if lists.listed(line, "").queries not in gone)

    return _change(path, new, lambda before: [each for each in before if (each,) not in gone])


def _change(path: Path, new: Callable[[bytes], bytes], meant: Callable[[list[str]], list[str]]) -> bool:
    before = changes.fingerprint([paths.real(path)])
    try:
        raw = source.plain_bytes(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Mend its rights or path") from error
    old = lists.listed(raw, path.name)
    wanted = meant(list(old.queries))
    if not old.why and wanted == list(old.queries):
        return False
    text = new(raw)
    if old.why or list(lists.listed(text, path.name).queries) != wanted:
        raise ConfigError(
            f"{path.name} is written in a way that cannot be changed without changing more than was asked",
            "Nothing was saved; save it as UTF-8, or make this change by hand",
        )
    replace.save(path, raw, text, before)
    return True
