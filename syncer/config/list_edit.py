"""Adds and removes a query in a list, as a person would: every other line, the remarks and the line ends stay.

Each new text is read again and compared with what was meant before it is saved, whole or not at all. The editor imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from syncer.config import changes, lists, replace, source
from syncer.errors import ConfigError, UsageError


def add(path: Path, query: str) -> Path:
    """Add a query at the end of the list at `path`; return it.

    Raises UsageError for a query that cannot stand in a list, ConfigError or TryLaterError as `edit.change`.
    """
    if query.startswith("#"):
        raise UsageError(f'"{query}" cannot stand in {path.name}: such a line is a remark', "Write it in `queries`")

    def new(raw: bytes) -> bytes:
        windows = raw.count(b"\r\n") == raw.count(b"\n") > 0
        end = b"\r\n" if windows else b"\n"
        return raw + (b"" if not raw or raw.endswith(b"\n") else end) + query.encode() + end

    _change(path, new, lambda before: [*before, query])
    return path


def remove(path: Path, query: str) -> bool:
    """Remove a query from the list at `path` wherever it stands; False where it does not. Raises as `add`."""

    def new(raw: bytes) -> bytes:
        return b"".join(line for line in raw.splitlines(keepends=True) if lists.listed(line, "").queries != (query,))

    return _change(path, new, lambda before: [each for each in before if each != query])


def _change(path: Path, new: Callable[[bytes], bytes], meant: Callable[[list[str]], list[str]]) -> bool:
    before = changes.fingerprint([path.resolve()])
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
