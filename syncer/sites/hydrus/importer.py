"""Importing a downloader PNG of hydrus: read it, write site files, and say what was done and what it would contact.

Here, as the package's one door. The command line and the inbox use it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from syncer.sites.hydrus.classes import entry
from syncer.sites.hydrus.grouping import by_site, hosts_of, stem
from syncer.sites.hydrus.names import Names, names_of, site_files
from syncer.sites.hydrus.objects import (
    Definition,
    DomainPackage,
    Login,
    NestedSearch,
    Parser,
    Search,
    SimpleRule,
    UrlClass,
)
from syncer.sites.hydrus.png import payload
from syncer.sites.hydrus.read import read
from syncer.sites.hydrus.steps import CannotCarryError
from syncer.sites.hydrus.toml import Entry
from syncer.sites.hydrus.write import Place, Written, compose, put

_COUNTED: dict[type, str] = {
    UrlClass: "url_classes",
    Parser: "parsers",
    Search: "searches",
    NestedSearch: "searches",
    Login: "logins",
    DomainPackage: "domains",
    SimpleRule: "simple",
}


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of one PNG; the counts are of the objects in it, also of those that were there already."""

    written: tuple[str, ...]
    """Names of the files that are new or have more in them, within the folder."""
    url_classes: int
    parsers: int
    searches: int
    logins: int
    domains: int
    simple: int
    warnings: tuple[str, ...]
    hosts: tuple[str, ...]
    """What a site file made of it would contact."""
    repeated: int = 0
    """How many of the objects were there already."""


def import_file(png: Path, into: Path, *, enabled: bool = True) -> ImportResult:
    """Import a downloader PNG into a folder of site files, which is made if it is missing.

    With `enabled` false the files say so and are used by nobody until that is changed. Raises ItemError when the PNG
    holds no downloader, is over a limit, or the files cannot be written; then nothing was written.
    """
    downloader = read(payload(png))
    present, unreadable = site_files(into)
    warnings = [*downloader.warnings, *unreadable]
    names = names_of(present)
    place = Place(into, present, png.name, enabled)
    files: list[Written] = []
    admitted = 0
    for site, definitions in by_site(downloader.definitions, png.stem).items():
        entries = [found for item in definitions if (found := _admit(item, names, warnings)) is not None]
        admitted += len(entries)
        if entries:
            files.append(compose(site, stem(site), entries, place))
    put(files)
    counts = Counter(_COUNTED[type(definition)] for definition in downloader.definitions)
    hosts = {host for definition in downloader.definitions for host in hosts_of(definition)}
    return ImportResult(
        written=tuple(sorted(file.path.name for file in files)),
        **{name: counts[name] for name in dict.fromkeys(_COUNTED.values())},
        warnings=tuple(warnings),
        hosts=tuple(sorted(hosts)),
        repeated=len(downloader.definitions) - admitted,
    )


def _admit(definition: Definition, names: Names, warnings: list[str]) -> Entry | None:
    """Write one object, unless it is there already or has no place in a site file."""
    try:
        written = entry(definition)
    except CannotCarryError as error:
        name = definition.domain if isinstance(definition, DomainPackage) else definition.name
        warnings.append(f'"{name}" was left out: {error}')
        return None
    warnings.extend(f"{written.table.get('name', '')}: {remark}" for remark in written.comments)
    return names.admit(written)
