"""A downloader PNG of hydrus dropped into the inbox: taken into the person's sites folder, switched off until they say so.

Here, because the inbox must not know site files. The inbox job calls it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.errors import ItemError

if TYPE_CHECKING:
    from syncer.sites.hydrus.importer import ImportResult

MOST_WARNINGS = 20


def take(data: bytes, name: str, sites: Path) -> str:
    """Write the PNG's site files into `sites`, switched off, and return in words what they are and whom they would contact.

    Raises ItemError where it holds no downloader, or the folder cannot be written.
    """
    # Few ever drop one: what reads them need not lie in memory of a service that runs for months.
    from syncer.sites.hydrus import importer

    with tempfile.TemporaryDirectory(prefix="syncer-png-") as folder:
        # Read from a copy that no one else can change; the name stands in the files' first lines.
        copy = Path(folder) / (Path(name).name or "dropped.png")
        copy.write_bytes(data)
        try:
            done = importer.import_file(copy, sites, enabled=False)
        except OSError as error:
            raise ItemError(
                f"the sites folder {sites} cannot be written: {error.strerror}", "Mend its rights and drop it again"
            ) from error
    return words(name, sites, done)


def words(name: str, sites: Path, done: ImportResult) -> str:
    """Say what came of an imported PNG, with the next step."""
    counts = [
        (done.searches, "searches"),
        (done.url_classes, "URL classes"),
        (done.parsers, "parsers"),
        (done.logins, "logins"),
        (done.simple, "simple rules"),
    ]
    told = ", ".join(f"{number} {what}" for number, what in counts if number) or "nothing that a site file holds"
    lines = [f"{name}: a downloader of hydrus with {told}"]
    for file in done.written:
        stem = Path(file).stem
        lines.append(f"written to {sites / file}, switched off; `syncer sites enable {stem}` switches it on")
    if not done.written:
        lines.append(f"written: {why_nothing(sum(number for number, _ in counts) + done.domains, done.repeated)}")
    lines.append(f"switched on it would contact: {', '.join(done.hosts) or 'no one'}")
    lines += [f"note: {warning}" for warning in done.warnings[:MOST_WARNINGS]]
    return "\n".join(lines) + "\n"


def why_nothing(read: int, repeated: int) -> str:
    """Say why an import has written nothing: of `read` objects so many were there already, and the others were left out."""
    if not read:
        return "nothing, since nothing was read"
    if repeated == read:
        return "nothing, all of it was there already"
    if not repeated:
        return "nothing: none of it can stand in a site file, the notes say why"
    return f"nothing: {repeated} were there already, {read - repeated} cannot stand in a site file, the notes say why"
