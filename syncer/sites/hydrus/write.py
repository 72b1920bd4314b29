"""Site files out of a downloader's objects: new ones, or more for those that are there; all of them or none.

Here, as the one place of this package that touches the person's sites folder. Only the importer uses it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites.hydrus import toml
from syncer.sites.hydrus.names import SiteFile
from syncer.sites.hydrus.toml import Entry, Table

_ORDER = ("search", "search_group", "url", "parser", "login", "domain", "simple")
_HEADING = (
    "# Imported from a downloader of hydrus. The chains below do exactly what they do there; the keys are explained in\n"
    "# docs/site-files.md, `syncer sites match URL` and `syncer sites parse PAGE` show what comes of them.\n"
)


@frozen
class Written:
    """A site file that is to be put in place."""

    path: Path
    text: str


@frozen
class Place:
    """Where a downloader's objects are to go."""

    folder: Path
    present: Mapping[str, SiteFile]
    """The folder's site files by stem."""
    source: str
    """Name of the PNG."""
    enabled: bool


def compose(site: str, stem: str, entries: Sequence[Entry], place: Place, left_out: Sequence[str] = ()) -> Written:
    """Lay out the objects of a site as a file of its own, or behind what its file already holds.

    Only an imported file that is switched on or off as wanted is added to, and nothing in it is changed; beside any
    other file of that name a further one is made. What was left out of the downloader is said in remarks.
    Raises ItemError when what was written would not be read the same.
    """
    ordered = sorted(entries, key=lambda entry: _ORDER.index(entry.kind))
    name, number = stem, 1
    while _taken(name, place):
        number += 1
        name = f"{stem}-{number}"
    if name in place.present:
        return _more(place.present[name], ordered, (f"From {place.source}:", *left_out))
    table: Table = {"name": site, "dialect": "hydrus"}
    if not place.enabled:
        table["enabled"] = False
    table["source"] = [place.source]
    text = _HEADING + _remarks(left_out) + toml.site_table(table) + toml.entries(ordered)
    _check(text, {"site": table}, ordered, f"{name}.toml")
    return Written(place.folder / f"{name}.toml", text)


def _taken(name: str, place: Place) -> bool:
    """Tell whether something of that name is there to which objects must not be added."""
    file = place.present.get(name)
    if file is None:
        return os.path.lexists(place.folder / f"{name}.toml")
    return not (file.imported and file.site.get("enabled", True) is place.enabled)


def _remarks(texts: Sequence[str]) -> str:
    return "".join(f"{line}\n" for text in texts for line in toml.comment(text))


def _more(file: SiteFile, entries: Sequence[Entry], remarks: Sequence[str]) -> Written:
    """Write objects behind those that a file has."""
    text = f"{file.text.rstrip()}\n\n{_remarks(remarks)}{toml.entries(entries).lstrip()}"
    _check(text, file.content, entries, file.path.name)
    return Written(file.path, text)


def _check(text: str, before: Mapping[str, Any], entries: Sequence[Entry], name: str) -> None:
    """Read the file's text again and compare it with what it must say."""
    expected: dict[str, Any] = {
        kind: list(value) if isinstance(value, list) else value for kind, value in before.items()
    }
    for entry in entries:
        expected.setdefault(entry.kind, []).append(entry.table)
    try:
        same = tomllib.loads(text) == expected
    except (tomllib.TOMLDecodeError, RecursionError):
        same = False
    if not same:
        raise ItemError(
            f"{name} would not say what the downloader says", "Please report this downloader; nothing was written"
        )


def put(files: Sequence[Written]) -> None:
    """Write all the files, or, when one cannot be written, none; raises ItemError."""
    temporary: list[tuple[Path, Path]] = []
    before: list[tuple[Path, str | None]] = []
    try:
        for file in files:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.append((_temporary(file), file.path))
        for new, target in temporary:
            text = target.read_text(encoding="utf-8") if target.exists() else None
            new.replace(target)
            before.append((target, text))
    except OSError as error:
        _restore(before)
        title = f"{files[0].path.parent} cannot be written: {error.strerror or error}"
        raise ItemError(title, "Check its rights and the free space; nothing in it was changed") from error
    finally:
        for new, _target in temporary:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)


def _restore(before: Sequence[tuple[Path, str | None]]) -> None:
    """Bring back what was there before, as far as the disk lets us."""
    for path, text in before:
        with contextlib.suppress(OSError):
            if text is None:
                path.unlink()
            else:
                _temporary(Written(path, text)).replace(path)


def _temporary(file: Written) -> Path:
    """Write a file's text beside its place and bring it to the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{file.path.stem}-", suffix=".tmp", dir=file.path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(file.text)
        stream.flush()
        os.fsync(stream.fileno())
        os.fchmod(stream.fileno(), 0o644)
    return Path(name)
