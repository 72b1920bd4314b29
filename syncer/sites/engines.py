"""Which engine reads the pages of a site: the signs of its software in a page, and what the page tells of the site.

Here, because the signs stand in the engines' own files (`[engine]`, `signs` and `finds`), so that a person's engine is known
as well. Pure but for the reading of those files; `service.site_draft` uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from syncer.frozen import frozen
from syncer.sites import documents
from syncer.sites.load import ENGINES
from syncer.sites.patterns import Pattern

MOST = 50
"""Signs, and finds, of one engine that are looked for."""


@frozen
class Engine:
    """An engine, as far as its pages are known by it."""

    stem: str
    name: str
    signs: tuple[Pattern, ...]
    """Regular expressions; one that is found in the source of a page is enough."""
    finds: tuple[tuple[str, Pattern], ...]
    """For names of `[vars]`, what their first group finds on such a page."""


@frozen
class Kin:
    """An engine whose sign is on a page, and the `[vars]` that the page tells."""

    stem: str
    name: str
    variables: tuple[tuple[str, str], ...]


def read(folders: Sequence[Path]) -> tuple[Engine, ...]:
    """Read the engines of some folders of site files; a later folder's goes before an earlier one's of the same name."""
    found: dict[str, Engine] = {}
    for folder in folders:
        for file in documents.files_in(folder / ENGINES):
            engine = _engine(file)
            if engine is not None:
                found[engine.stem] = engine
    return tuple(found.values())


def _engine(file: Path) -> Engine | None:
    """Read what an engine file says of its pages; None where it says nothing, or cannot be read."""
    try:
        about = documents.read(file).data.get("engine")
    except documents.UnreadableError:
        return None
    if not isinstance(about, dict):
        return None
    signs, finds = about.get("signs"), about.get("finds")
    return Engine(
        file.stem,
        str(about.get("name", file.stem)),
        tuple(pattern for _, pattern in _patterns(enumerate(signs if isinstance(signs, list) else ()))),
        tuple((str(name), pattern) for name, pattern in _patterns(finds.items() if isinstance(finds, dict) else ())),
    )


def _patterns(sources: Any) -> Iterator[tuple[Any, Pattern]]:
    for number, (name, source) in enumerate(sources):
        if number == MOST or not isinstance(source, str):
            return
        try:
            yield name, Pattern(source)
        except ValueError:
            continue  # `sites new` goes on without it; the tests of the shipped files look whether all can be read.


def kin(text: str, engines: Sequence[Engine]) -> Kin | None:
    """Tell which engine's sign is on a page, that of the longest sign; None where none is. Raises ItemError as patterns do."""
    best: tuple[int, Engine] | None = None
    for engine in engines:
        for sign in engine.signs:
            match = sign.search(text)
            length = len(match.group() or "") if match is not None else 0
            if length and (best is None or length > best[0]):
                best = (length, engine)
    if best is None:
        return None
    variables = ((name, pattern.search(text)) for name, pattern in best[1].finds)
    told = tuple((name, match.groups()[0] or "") for name, match in variables if match is not None and match.groups())
    return Kin(best[1].stem, best[1].name, told)
