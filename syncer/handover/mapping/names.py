"""Names: which namespace another program's words stand for, what a site is called, how a rating is written.

The namespaces are those of our own site files. Pure; the readers beside it import it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from syncer.config import texts

NAMESPACES: Final[Mapping[str, str]] = {
    "": "",
    "general": "",
    "tag": "",
    "tags": "",
    "artist": "creator",
    "artists": "creator",
    "author": "creator",
    "creator": "creator",
    "creators": "creator",
    "mangaka": "creator",
    "character": "character",
    "characters": "character",
    "oc": "character",
    "copyright": "series",
    "copyrights": "series",
    "franchise": "series",
    "parody": "series",
    "series": "series",
    "circle": "circle",
    "studio": "studio",
    "group": "group",
    "language": "language",
    "species": "species",
    "meta": "meta",
    "metadata": "meta",
    "medium": "medium",
    "lore": "lore",
    "rating": "rating",
    "person": "person",
    "model": "person",
}
"""What boorus and galleries call a kind of tags, and the namespace that it is here; other kinds keep their names."""

PREFIXES: Final = frozenset(NAMESPACES) - {"", "general", "tag", "tags", "model", "group", "rating", "medium"}
"""Kinds that some sites write before a tag itself: `artist:kim`."""

ANY_PAGE: Final = frozenset({"generic", "directlink", "html5mediaembed", "html5", "ytdl", "recursive", "noop"})
"""What both programs call a page that none of their sites claims: their ids for it are no ids, and it is no site."""

RATINGS: Final[Mapping[str, str]] = {"g": "general", "s": "safe", "q": "questionable", "e": "explicit"}
_WORDS: Final = frozenset({"general", "safe", "sensitive", "suggestive", "questionable", "explicit", "mature"})

_NAMESPACE: Final = re.compile(r"[a-z0-9][a-z0-9 -]{0,39}")
_NOT_IN_SITES: Final = re.compile(r"[^a-z0-9_.-]+")


def namespace(kind: str) -> str | None:
    """Return the namespace of a kind of tags, None for one that cannot be a namespace."""
    folded = kind.strip().casefold().replace("_", " ")
    found = NAMESPACES.get(folded)
    if found is not None:
        return found
    return folded if _NAMESPACE.fullmatch(folded) else None


def split(text: str) -> tuple[str, str]:
    """Part a tag that brings its kind (`artist:kim`) into namespace and text; any other one is whole and has none."""
    kind, colon, rest = text.partition(":")
    folded = kind.strip().casefold()
    if colon and rest.strip() and folded in PREFIXES:
        return NAMESPACES[folded], rest.strip()
    return "", text


def site(text: str) -> str:
    """Return the name that a site has here, "" where nothing is left of it or it stands for any page at all."""
    if text.casefold() in ANY_PAGE:
        return ""
    name = _NOT_IN_SITES.sub("-", text[:200].casefold()).strip("-.")[:64].rstrip("-.")
    try:
        return texts.site_name(name)
    except ValueError:
        return ""


def rating(text: str, *, danbooru: bool) -> str:
    """Return a booru's rating in a word, "" where it is none; in Danbooru's own software `s` stands for sensitive."""
    folded = text.casefold()
    if danbooru and folded == "s":
        return "sensitive"
    return RATINGS.get(folded, folded if folded in _WORDS else "")
