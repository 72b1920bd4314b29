"""Reading folders of site files: each file checked and compiled on its own, so that a broken one disables itself alone.

Here, between files and library. pydantic is loaded here, with the first file that was not found fine before.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.config import checked, texts
from syncer.frozen import frozen
from syncer.sites import checks, documents, partial
from syncer.sites.compile import NativeSite, compile_file
from syncer.sites.documents import Document, UnreadableError
from syncer.sites.problems import Problem, SiteFileError

ENGINES = "engines"
"""Sub-folder of a sites folder that holds its engine files."""
MAX_FILES = 20_000


@dataclass(slots=True)
class Loaded:
    """What was read, and what is wrong with it."""

    native: dict[str, NativeSite] = field(default_factory=dict)
    imported: dict[str, Any] = field(default_factory=dict)
    """Models of files in the chain dialect, by stem."""
    problems: list[Problem] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    shadowed: dict[str, Path] = field(default_factory=dict)
    """Files that a later folder's file of the same name replaces."""
    disabled: dict[str, Path] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)
    """Roots of sites that the config sets, by stem."""
    tables: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each file says that is TOML, laid over its engine."""
    told: list[tuple[str, str] | None] = field(default_factory=list)
    """What each file that is used says, with its name and root; None: that cannot be written down."""


def read_folders(folders: Sequence[Path], roots: Mapping[str, str]) -> Loaded:
    """Read all site files; never raises for what a file holds. Raises NotKeptError where only what is kept was asked for."""
    loaded = Loaded(roots=roots)
    missing: checked.NotKeptError | None = None
    for stem, file in _files(folders, loaded):
        loaded.files[stem] = file
        try:
            _read(stem, file, folders, roots.get(stem), loaded)
        except checked.NotKeptError as error:  # the others are read all the same: whoever checks this one has them then
            missing = error
    if missing is not None:
        raise missing
    return loaded


def _files(folders: Sequence[Path], loaded: Loaded) -> list[tuple[str, Path]]:
    """Find the site files, in order of name; a later folder's file replaces an earlier one's of the same stem."""
    found: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(_listed(folder, loaded))[:MAX_FILES]:
            if file.stem in found:
                loaded.shadowed[file.stem] = found[file.stem]
            found[file.stem] = file
    return sorted(found.items())


def _listed(folder: Path, loaded: Loaded) -> Iterator[Path]:
    try:
        yield from (file for file in folder.iterdir() if file.suffix == ".toml" and not file.name.startswith("."))
    except FileNotFoundError:
        return
    except OSError as error:
        loaded.problems.append(Problem(folder, None, "", f"the folder cannot be read: {error.strerror}"))


def _read(stem: str, file: Path, folders: Sequence[Path], root: str | None, loaded: Loaded) -> None:
    if texts.is_reserved(stem):
        text = f'"{stem}" has a meaning of its own and cannot be a site; give the file another name'
        loaded.problems.append(Problem(file, None, "", text))
        return
    try:
        document = documents.read(file)
        document = documents.with_engine(document, lambda name: _engine(name, folders))
    except UnreadableError as error:
        loaded.problems.append(error.problem)
        return
    except KeyError as error:
        text = f"no engine file {ENGINES}/{error.args[0]}.toml in {', '.join(str(folder) for folder in folders)}"
        loaded.problems.append(document.problem(("site", "engine"), text))
        return
    loaded.tables[stem] = document.whole
    site = document.whole.get("site")
    if isinstance(site, dict) and site.get("enabled") is False:
        loaded.disabled[stem] = file
        return
    loaded.told.append(_told(document, f"{stem} {root or ''}"))
    if isinstance(site, dict) and site.get("dialect") == "hydrus":
        _imported(stem, document, loaded)
    else:
        _native(stem, document, root, loaded)


def _engine(name: str, folders: Sequence[Path]) -> Document | None:
    if not name.replace("-", "").replace("_", "").isalnum():
        return None
    for folder in reversed(folders):
        file = folder / ENGINES / f"{name}.toml"
        if os.path.isfile(file):  # noqa: PTH113 - Path.is_file raises where the folder may not be entered
            return documents.read(file)
    return None


def _native(stem: str, document: Document, root: str | None, loaded: Loaded) -> None:
    engine = document.engine.text if document.engine is not None else None
    site, errors = _compiled(_Source(stem, document.text, engine, root, document))
    if site is not None:
        loaded.native[stem] = site
    loaded.problems.extend(document.problem(error.path, error.text, serious=site is None) for error in errors)


@frozen
class _Source:
    """All that a compiled site follows from; two are the same whose texts are."""

    stem: str
    text: str
    engine: str | None
    root: str | None
    document: Document = field(compare=False)


@functools.lru_cache(maxsize=documents.KEPT)
def _compiled(source: _Source) -> tuple[NativeSite | None, tuple[SiteFileError, ...]]:
    """Return the site, None where it cannot be used, and all that is wrong with it; what was seen before is not looked for again."""
    name, told = f"compiled {source.document.file}", _told(source.document, source.root or "")
    known = checked.recall(name, told)
    if isinstance(known, list) and not known[0]:
        return None, tuple(_errors(known[1]))
    model, errors = _checked(source.document, "native")
    if model is not None and isinstance(known, list):
        return compile_file(source.stem, model, source.root, is_fine=True)[0], tuple(_errors(known[1]))
    site: NativeSite | None = None
    if model is None:
        errors += _further(source.stem, source.document, source.root, errors)
    else:
        site, errors = compile_file(source.stem, model, source.root)
        site, errors = (None, [*errors, *checks.tables(model)]) if errors else (site, checks.check(site))
    checked.keep(name, [site is not None, _written(errors)], told)
    return site, tuple(errors)


def _checked(document: Document, dialect: str) -> tuple[Any, list[SiteFileError]]:
    """Return the tables of a document, None where its schema names mistakes, and those; what was checked before is not again."""
    told = _told(document, dialect)
    found = checked.recall(f"site {document.file}", told)
    if found is not None:
        return (None, _errors(found)) if isinstance(found, list) else (found, [])
    from syncer.sites.schema import validate

    model, errors = getattr(validate, dialect)(document.whole)
    checked.keep(f"site {document.file}", _written(errors) if model is None else model, told)
    return model, errors


def _written(errors: Iterable[SiteFileError]) -> list[list[object]]:
    return [[error.path, error.text] for error in errors]


def _errors(written: list[list[Any]]) -> list[SiteFileError]:
    return [SiteFileError(path, text) for path, text in written]


def _told(document: Document, more: str) -> tuple[str, str] | None:
    """Return what the tables of a document follow from; None for times and the like, which no table here takes."""
    try:
        return more, json.dumps(document.whole)
    except (TypeError, ValueError, RecursionError):
        return None


def _further(stem: str, document: Document, root: str | None, errors: list[SiteFileError]) -> list[SiteFileError]:
    """Return what else is wrong in a file that does not fit the schema: what compiling the rest of it finds."""
    from syncer.sites.schema import validate

    rest = partial.Rest(document.whole)
    model = rest.model(validate.native, errors)
    found = [] if model is None else compile_file(stem, model, root)[1]
    return [SiteFileError(rest.place(error.path), error.text) for error in found]


def _imported(stem: str, document: Document, loaded: Loaded) -> None:
    model, errors = _checked(document, "imported")
    loaded.problems.extend(document.problem(error.path, error.text) for error in errors)
    if model is not None:
        loaded.imported[stem] = model
