"""What a native site file says that compiles but cannot work: searches without class, classes without parser, cycles.

Here because such files fail silently for months otherwise (a subscription that finds nothing). Pure; imported by load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from syncer.errors import ItemError
from syncer.model import UrlKind
from syncer.sites.compile import NativeSite
from syncer.sites.index import NativeIndex
from syncer.sites.problems import SiteFileError

MAX_FETCHES = 8
"""Longer chains of fetch URLs are taken for a cycle."""


def check(site: NativeSite) -> list[SiteFileError]:
    """Give what is wrong with a compiled file; it can be used all the same, apart from what is named."""
    index = NativeIndex(site.classes)
    return [*tables(site.settings), *_searches(site, index), *samples(site, index, site.settings.sample)]


def tables(file: Any) -> Iterator[SiteFileError]:
    """Give what is wrong with the tables of a `schema.native.NativeFile` among each other."""
    seen: set[tuple[str, str]] = set()
    for table, entries in (("url", file.url), ("search", file.search)):
        for number, entry in enumerate(entries):
            if (table, entry.name) in seen:
                text = f'a second [[{table}]] is named "{entry.name}"; names must differ'
                yield SiteFileError((table, number, "name"), text)
            seen.add((table, entry.name))
    for number, entry in enumerate(file.url):
        if entry.kind != UrlKind.FILE and entry.parser is None and entry.fetch is None:
            yield SiteFileError(("url", number), 'has no "parser" and no "fetch": nothing can read its pages')


def _searches(site: NativeSite, index: NativeIndex) -> Iterator[SiteFileError]:
    for number, search in enumerate(site.searches):
        if not search.sample:
            continue
        try:
            found = search.urls(search.sample)
        except ItemError as error:
            yield SiteFileError(("search", number, "sample"), str(error))
            continue
        for url in found:
            hit = next(index.hits(url), None)
            if hit is None or hit.url_class.kind is not UrlKind.GALLERY:
                what = "no [[url]]" if hit is None else f'"{hit.url_class.name}", which is no gallery'
                text = f"gives {url}, which matches {what} of this file; a subscription to it would find nothing"
                yield SiteFileError(("search", number, "url"), text)


def rooted(site: NativeSite, url: str) -> str:
    """Give a sample's URL at the root in force: it may be relative, or begin with the file's own root."""
    own = (site.settings.site.root or "").rstrip("/")
    if own and url.startswith(f"{own}/"):
        url = url.removeprefix(own)
    return site.root + url if url.startswith("/") else url


def samples(site: NativeSite, index: NativeIndex, given: Sequence[Any]) -> Iterator[SiteFileError]:
    """Give what the samples of a file say of its URLs that is not so."""
    for number, sample in enumerate(given):
        hit = next(index.hits(rooted(site, sample.url)), None)
        name = hit.url_class.name if hit is not None else None
        if hit is None or (sample.class_ is not None and sample.class_ != name):
            text = f"{sample.url} matches {name or 'no class'}" + (
                f', not "{sample.class_}"' if sample.class_ is not None else ""
            )
            yield SiteFileError(("sample", number, "class" if sample.class_ is not None else "url"), text)
            continue
        answers = {
            "fetch": hit.url_class.request(hit.url_class.normal(hit.parts, hit.fields, for_server=True), hit.fields),
            "next": hit.url_class.next_page(hit.parts, hit.fields) if hit.url_class.next is not None else sample.next,
        }
        for key, got in answers.items():
            wanted = getattr(sample, key)
            if wanted is not None and rooted(site, wanted) != got:
                yield SiteFileError(("sample", number, key), f"{sample.url} gives {got}, not {wanted}")
