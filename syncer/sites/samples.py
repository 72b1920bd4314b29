"""What a site file's samples promise of a page, held against what its parser really finds there.

Here so that a site file that stopped fitting says so by itself. Only library imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from syncer.errors import ItemError
from syncer.model import Page, Recognised
from syncer.sites import documents
from syncer.sites.documents import Document, UnreadableError
from syncer.sites.problems import Problem

FOLDER = "samples"
"""Sub-folder of a sites folder with the samples that are too long for the site files; `sites test` alone reads them."""
_LATE = 2**33
"""A time behind every time in a sample's page, in seconds since 1970."""

FINDS: Mapping[str, Callable[[Page], Any]] = {
    "posts": lambda page: len(page.posts),
    "ids": lambda page: [post.id for post in page.posts],
    "urls": lambda page: [post.url for post in page.posts],
    "files": lambda page: [media.url for post in page.posts for media in post.files],
    "names": lambda page: [media.name for post in page.posts for media in post.files],
    "hashes": lambda page: [":".join(pair) for post in page.posts for media in post.files for pair in media.hashes],
    "follow": lambda page: [url for post in page.posts for url in post.follow],
    "tags": lambda page: sorted({str(tag) for post in page.posts for tag in post.tags}),
    "notes": lambda page: [f"{note.name}: {note.text}" for post in page.posts for note in post.notes],
    "sources": lambda page: [url for post in page.posts for url in post.sources],
    "times": lambda page: [post.time for post in page.posts],
    "vetoes": lambda page: [post.veto for post in page.posts],
    "next": lambda page: list(page.next),
    "last": lambda page: page.last,
    "total": lambda page: page.total,
    "galleries": lambda page: list(page.galleries),
    "faults": lambda page: list(page.faults),
    "archived": lambda page: page.archived,
    "title": lambda page: page.title or next((post.title for post in page.posts), ""),
}
"""What a sample's `finds` may name, and how it is read off a page; tags of all posts together, sorted."""


def differences(finds: Mapping[str, Any], page: Page) -> Iterator[tuple[str, str]]:
    """Yield each key of `finds` that the page does not bear out, with the reason in words."""
    for key, wanted in finds.items():
        read = FINDS.get(key)
        if read is None:
            yield key, f"nothing is called so; there are {', '.join(FINDS)}"
            continue
        found = read(page)
        expected = sorted(wanted) if key == "tags" and isinstance(wanted, list) else wanted
        if found != expected:
            yield key, f"the page gives {found!r}, not {expected!r}"


def of_file(beside: Path) -> tuple[Document | None, Sequence[Any], tuple[Problem, ...]]:
    """Read the samples in `samples/NAME.toml` beside the site file NAME.toml: its text, the samples, what is wrong with it.

    Gives nothing where there is no such file.
    """
    from syncer.sites.schema import validate

    file = beside.parent / FOLDER / beside.name
    if not file.is_file():
        return None, (), ()
    try:
        document = documents.read(file)
    except UnreadableError as error:
        return None, (), (error.problem,)
    model, errors = validate.samples(document.whole)
    return document, model.sample if model else (), tuple(document.problem(each.path, each.text) for each in errors)


def of_page(
    sample: Any, url: str, recognised: Recognised | None, parse: Callable[[Recognised, str, str, int], Page]
) -> Iterator[tuple[str, str]]:
    """Yield what the page of a sample does not bear out: the key and the reason; nothing where it has none."""
    if sample.page is None:
        return
    if recognised is None or recognised.parser is None:
        yield "finds", f"no class with a parser reads {url}"
        return
    try:
        page = parse(recognised, sample.page, recognised.fetch_url, _LATE)
    except ItemError as error:
        yield "finds", str(error)
        return
    yield from ((f"finds.{key}", text) for key, text in differences(sample.finds, page))
