"""What the commands for authors of site files do: list, try out, import, switch on and off.

Here, because they join site files, config and the person's folder; what needs no folder is answered by `sites.answers`.
The command line uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from syncer.clock import SystemClock
from syncer.config import replace, toml_text
from syncer.config.settings import Config
from syncer.config.source import BOM
from syncer.errors import ConfigError, ItemError, SyncerError, UsageError
from syncer.service import snapshot
from syncer.sites import documents
from syncer.sites import library as site_library
from syncer.sites.documents import UnreadableError
from syncer.sites.library import Library
from syncer.sites.register import Site
from syncer.store import site_log
from syncer.store.database import FILE_NAME, Database
from syncer.store.site_log import Logged

OFF = "# Switches the shipped site file of this name off; `syncer sites enable` takes this file away again.\n"
COUNTS = ("url_classes", "parsers", "searches", "logins", "domains", "simple")


def library_in(folder: Path) -> Library:
    """Return the site files of one folder and no others. Raises ItemError where it is none."""
    if not folder.is_dir():
        raise ItemError(
            f"{folder} is no folder with site files", "Name the folder that `syncer sites import` wrote into"
        )
    return site_library.load([folder])


def library_of(config: Config) -> Library:
    """Return the shipped site files and the person's own, as a runner uses them."""
    return snapshot.build(config).library


def overview(library: Library, own: Path, logged: Mapping[str, Logged] | None = None) -> list[dict[str, Any]]:
    """Return every site file with its state: `on`, `off`, or `broken` (the file cannot be used until it is mended).

    `logged` is what the store knows of the sites' pages.
    """
    found = [_line(site, own) for site in library.sites.values()]
    known = {site.file for site in library.sites.values()}
    broken: dict[Path, list[str]] = {}
    for problem in library.problems:
        if problem.file not in known and problem.file.suffix == ".toml":
            broken.setdefault(problem.file, []).append(str(problem))
    found += [_broken(file, problems, own) for file, problems in broken.items()]
    return [
        each | _pages((logged or {}).get(each["name"], Logged(each["name"])))
        for each in sorted(found, key=lambda each: str(each["name"]))
    ]


def logged(state: Path) -> dict[str, Logged]:
    """Return what became of the pages of each site, as the store in the state folder knows it."""
    if not (state / FILE_NAME).exists():
        return {}
    with closing(Database.open(state, SystemClock(), read_only=True)) as db, db.read() as tx:
        return site_log.everything(tx)


def _pages(kept: Logged) -> dict[str, Any]:
    fault = {"at": kept.fault_at, "why": kept.fault, "advice": kept.advice, "url": kept.url}
    return {"last_success": kept.read_at or None, "last_fault": fault if kept.fault_at else None}


def _line(site: Site, own: Path) -> dict[str, Any]:
    return {
        "name": site.stem,
        "title": site.name,
        "about": site.about,
        "wants": site.wants,
        "limits": site.limits,
        "state": "on" if site.enabled else "off",
        "file": str(site.file),
        "yours": site.file.parent == own,
        "shadows": str(site.shadows) if site.shadows else None,
        "dialect": site.dialect,
        "searches": list(site.searches),
        "hosts": list(site.domains),
        "samples": site.samples,
        "problems": [str(problem) for problem in site.problems],
    }


def _broken(file: Path, problems: list[str], own: Path) -> dict[str, Any]:
    return {
        "name": file.stem, "title": file.stem, "about": "", "wants": "", "limits": "", "state": "broken", "file": str(file),
        "yours": file.parent == own, "shadows": None, "dialect": "", "searches": [], "hosts": [], "samples": 0, "problems": problems,
    }  # fmt: skip


def trial(library: Library, name: str, own: Path) -> dict[str, Any]:
    """Return what a site file's own samples say of it: how many were tried, and what is wrong. Raises UsageError."""
    site = next((each for each in overview(library, own) if each["name"] == name), None)
    if site is None:
        raise UsageError(f"There is no site file {name}.toml", "`syncer sites list` names all")
    apart, found = library.try_samples(name)
    problems, tried = [*site["problems"], *map(str, found)], site["samples"] + apart
    if site["dialect"] == "hydrus":
        tables = _tables(Path(site["file"]))
        for text in _examples(library, name, tables):
            tried += 1
            problems += [text] if text else []
    return {"name": name, "file": site["file"], "state": site["state"], "tried": tried, "problems": problems}


def trials(library: Library, own: Path) -> dict[str, Any]:
    """Return the trials of all site files (`sites`), with what is wrong with any of them (`problems`)."""
    tried = [trial(library, each["name"], own) for each in overview(library, own)]
    return {"sites": tried, "problems": [problem for each in tried for problem in each["problems"]]}


def _examples(library: Library, name: str, tables: dict[str, Any]) -> Iterator[str]:
    """Yield for each example URL of an imported file what is wrong with it, "" where nothing is."""
    for entry in _of(tables, "url"):
        example, wanted = str(entry.get("example", "")), str(entry.get("name", ""))
        if not example:
            continue
        found = library.recognise(example)
        if found is None:
            yield f'{name}.toml: url "{wanted}": its own example {example} matches no class'
        elif (found.site, found.url_class) != (name, wanted):
            yield f'{name}.toml: url "{wanted}": its example {example} matches "{found.site}/{found.url_class}" first'
        else:
            yield ""


def _tables(file: Path) -> dict[str, Any]:
    try:
        return documents.read(file).data
    except UnreadableError:
        return {}


def _of(tables: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = tables.get(key, [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def write_new(own: Path, name: str, text: str) -> Path:
    """Write a drafted site file into the person's folder. Raises UsageError where one of that name is there already."""
    file = own / f"{name}.toml"
    try:
        own.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise UsageError(
            f"{file} is there already", "Show the draft with --print and take over what you need"
        ) from None
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {error.strerror}", "Mend the folder's rights, or use --print"
        ) from error
    return file


def import_all(paths: Sequence[Path], into: Path) -> dict[str, Any]:
    """Import downloader PNGs, and all those in folders, into a folder of site files.

    One PNG that cannot be read raises its ItemError; of several each is tried, and `failed` names those that could not be.
    """
    from syncer.sites.hydrus import importer

    files = list(_pngs(paths))
    if not files:
        raise ItemError("There is no PNG in what was named", "Name downloader PNGs, or folders that hold some")
    total: dict[str, Any] = {"written": [], **dict.fromkeys(COUNTS, 0), "warnings": [], "hosts": [], "repeated": 0}
    failed: list[dict[str, str]] = []
    for file in files:
        try:
            _add(total, asdict(importer.import_file(file, into)))
        except SyncerError as error:
            if len(files) == 1:
                raise
            failed.append({"file": str(file), "error": str(error)})
    total["written"], total["hosts"] = sorted(set(total["written"])), sorted(set(total["hosts"]))
    return {**total, "into": str(into), **({"failed": failed} if failed else {})}


def _add(total: dict[str, Any], one: dict[str, Any]) -> None:
    for key, value in one.items():
        total[key] += list(value) if isinstance(value, tuple) else value


def _pngs(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix.lower() == ".png" and each.is_file())
        else:
            yield path


def switch(config: Config, name: str, *, on: bool) -> str:
    """Switch a site file on or off in the person's folder; return in words what was done.

    A shipped file is never touched: one that switches it off is written beside it, and taken away again. Raises
    UsageError where there is no such site file, ConfigError where the folder cannot be written.
    """
    own = config.folders.sites / f"{name}.toml"
    shipped = snapshot.shipped_sites() / f"{name}.toml"
    try:
        if own.is_file():
            return _switch_own(own, shipped, on=on)
        if not shipped.is_file() or Path(name).name != name:
            raise UsageError(f"There is no site file {name}.toml", "`syncer sites list` names all")
        if on:
            return f"{name} is on already"
        own.parent.mkdir(parents=True, exist_ok=True)
        replace.write(own, f'{OFF}[site]\nname = "{name}"\nenabled = false\n'.encode())
        return f"{name} is off, by {own}"
    except OSError as error:
        raise ConfigError(
            f"{own} cannot be written: {error.strerror}", "Give yourself the right to write there"
        ) from error


def _switch_own(own: Path, shipped: Path, *, on: bool) -> str:
    try:
        site = documents.read(own).data.get("site")
    except UnreadableError as error:
        raise ItemError(
            f"{error.problem}", f"Mend that first; `syncer sites test {own.stem}` says when it is done"
        ) from error
    text = own.read_bytes().decode("utf-8")
    if text.startswith(OFF) and shipped.is_file() and on:
        own.unlink()
        return f"{own.stem} is on: the shipped file is used again"
    if not isinstance(site, dict):
        raise ItemError(
            f"{own} has no table [site]", f"Mend that first; `syncer sites test {own.stem}` says what it needs"
        )
    if site.get("enabled", True) is on:
        return f"{own.stem} is {'on' if on else 'off'} already"
    replace.write(own, _with_enabled(own, text, on=on).encode(), like=own)
    return f"{own.stem} is {'on' if on else 'off'}; a running syncer notices it by itself"


def _with_enabled(file: Path, text: str, *, on: bool) -> str:
    """Return the text with `[site] enabled` set, everything else as it was. Raises ItemError where that cannot be done."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    by_hand = f"Write enabled = {str(on).lower()} below [site] by hand"
    mark, plain, ends = BOM if text.startswith(BOM) else "", text.removeprefix(BOM), "\n"
    if "\r\n" in plain and plain.count("\r\n") == plain.count("\n"):
        plain, ends = plain.replace("\r\n", "\n"), "\r\n"
    try:
        meant = toml_text.read(plain)
        edited: Any = tomlkit.parse(plain)
        meant = {**meant, "site": {**meant["site"], "enabled": on}}
        edited["site"]["enabled"] = on
        new = str(tomlkit.dumps(edited))
        same = toml_text.read(new) == meant
    except (TOMLKitError, ValueError, LookupError, TypeError, RecursionError):
        same = False
    if not same:
        # tomlkit can move keys when it writes (python-poetry/tomlkit#145).
        raise ItemError(f"{file} cannot be edited without changing more than that", by_hand)
    return mark + new.replace("\n", ends)
