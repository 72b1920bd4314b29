"""Reads an import folder as hydrus does: which files count as media, and what its routers make of the sidecars.

Written from what hydrus's documentation and its behaviour say, not from the writer; the routers are the four of docs/how-to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

SIDECARS = (".txt", ".json", ".xml")


@dataclass
class Imported:
    """A file as hydrus would have it."""

    tags: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    notes: dict[str, str] = field(default_factory=dict)
    modified: dict[str, int] = field(default_factory=dict)
    """Domain -> time."""


def queued(folder: Path) -> list[Path]:
    """Return what would be queued as media: all but sidecars that share a base name, up to its first dot, with media beside them."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    media = {(path.parent, base(path)) for path in found if not path.name.endswith(SIDECARS)}
    return [path for path in found if not (path.name.endswith(SIDECARS) and (path.parent, base(path)) in media)]


def base(path: Path) -> str:
    return path.name.partition(".")[0]


def by_json(media: Path, *, now: float) -> Imported:
    """Read `NAME.EXT.json` by the routers tags/*, urls/*, notes/* and source_times/DOMAIN."""
    sidecar = media.with_name(f"{media.name}.json")
    data = json.loads(sidecar.read_bytes().decode("utf-8", "strict"))
    imported = Imported()
    for row in data["tags"]:
        take_tag(imported, row)
    for row in data["urls"]:
        imported.urls.add(row)
    for row in data["notes"]:
        take_note(imported, row)
    for domain, seconds in data["source_times"].items():
        assert isinstance(seconds, int)
        if seconds <= now:
            imported.modified[domain] = seconds
    return imported


def by_text(media: Path) -> Imported:
    """Read `.txt`, `.urls.txt` and `.notes.txt`; the notes with four bars on a line as separator."""
    imported = Imported()
    for suffix, separator in ((".txt", None), (".urls.txt", None), (".notes.txt", "\n||||\n")):
        sidecar = media.with_name(f"{media.name}{suffix}")
        if not sidecar.exists():
            continue
        text = sidecar.read_bytes().decode("utf-8", "strict")
        rows = text.splitlines() if separator is None else text.split(separator)
        for row in filter(None, (each.strip() for each in rows)):
            if suffix == ".txt":
                take_tag(imported, row)
            elif suffix == ".urls.txt":
                imported.urls.add(row)
            else:
                take_note(imported, row)
    return imported


def take_tag(imported: Imported, row: str) -> None:
    """Clean a tag: lower case, blanks, a leading colon means that there is no namespace."""
    tag = " ".join(row.lower().split())[:1024].lstrip("-")
    if tag.startswith(":") and tag.count(":") == 1:
        tag = f":{tag}"
    if tag and not tag.startswith("system:"):
        imported.tags.add(tag)


def take_note(imported: Imported, row: str) -> None:
    """Take `name: text`; the first colon with a blank parts the two."""
    name, colon, text = row.strip().partition(": ")
    if colon and name and text:
        imported.notes[name.replace(":\\ ", ": ")] = text
