"""Importing a downloader PNG of hydrus: read it, write site files, and say what was done and what it would contact.

Here, as the package's one door. The command line and the inbox use it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from syncer.frozen import frozen
from syncer.sites.hydrus.classes import entry
from syncer.sites.hydrus.grouping import by_site, hosts_of, stem
from syncer.sites.hydrus.names import names_of, site_files
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


@frozen
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
    warnings = list(unreadable)
    names = names_of(present)
    place = Place(into, present, png.name, enabled)
    files: list[Written] = []
    left_out: list[str] = list(downloader.warnings)
    repeated = 0
    for site, definitions in by_site(downloader.definitions, png.stem).items():
        carried = [found for item in definitions if (found := _carried(item, left_out)) is not None]
        entries = [found for item in carried if (found := names.admit(item)) is not None]
        repeated += len(carried) - len(entries)
        if entries:
            files.append(compose(site, stem(site), entries, place, left_out))
            warnings.extend(left_out)
            warnings.extend(f"{item.table.get('name', '')}: {remark}" for item in entries for remark in item.comments)
            left_out.clear()
    warnings.extend(left_out)
    put(files)
    counts = Counter(_COUNTED[type(definition)] for definition in downloader.definitions)
    hosts = {host for definition in downloader.definitions for host in hosts_of(definition)}
    return ImportResult(
        written=tuple(sorted(file.path.name for file in files)),
        **{name: counts[name] for name in dict.fromkeys(_COUNTED.values())},
        warnings=tuple(warnings),
        hosts=tuple(sorted(hosts)),
        repeated=repeated,
    )


def _carried(definition: Definition, left_out: list[str]) -> Entry | None:
    """Write one object as a site file says it; None, with the reason noted, when it has no place in one."""
    from syncer.sites.schema import validate

    try:
        written = entry(definition)
        _model, errors = validate.imported({"site": {"name": "", "dialect": "hydrus"}, written.kind: [written.table]})
        if errors:
            raise CannotCarryError(errors[0].text)
    except CannotCarryError as error:
        name = definition.domain if isinstance(definition, DomainPackage) else definition.name
        left_out.append(f'"{name}" was left out: {error}')
        return None
    return written
