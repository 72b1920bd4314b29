"""What of a post's metadata is written to its sidecars: which tags and under which names, which notes, whether sources.

Pure; the service imports it. The order: clean, blanks for underscores, namespaces, renamed tags, what is kept, what is
dropped, what is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from syncer.filters import clean, terms
from syncer.filters.options import Options, Pairs
from syncer.model import Note, Post, Tag

EVERY = ("*:*",)


def post(options: Options, found: Post) -> Post:
    """Return a post as its sidecars tell it."""
    return replace(
        found,
        title=clean.readable(found.title),
        tags=tags(options, found.tags),
        notes=notes(options, found.notes),
        sources=found.sources if options.sources else (),
    )


def tags(options: Options, found: Iterable[Tag]) -> tuple[Tag, ...]:
    """Return the tags that are written, in their order, each once. Raises ItemError for a term that cannot be read."""
    cleaned = clean.clean_all(found)
    named = cleaned
    if options.underscores == "blanks":
        named = tuple(Tag(tag.namespace, tag.text.replace("_", " ")) for tag in named)
    if options.namespaces or options.rename_tags:
        named = tuple(_renamed(options, tag) for tag in named)
    kept = tuple(tag for tag in named if len(tag.text) <= options.max_tag_length)
    if options.tags != EVERY or options.drop_tags:
        kept = tuple(tag for tag in kept if _is_kept(options, tag))
    if named is cleaned and not options.add_tags:
        return kept
    return clean.clean_all((*kept, *map(read_tag, options.add_tags)))


def notes(options: Options, found: Iterable[Note]) -> tuple[Note, ...]:
    """Return the notes that are written: those that are named, names cleaned like tags, each text once under a name, cut to its size."""
    wanted = {name.casefold() for name in options.notes}
    return tuple(
        Note(note.name, _cut(note.text, options.max_note))
        for note in _once(Note(clean.words(note.name), clean.readable(note.text)) for note in found)
        if "*" in wanted or note.name.casefold() in wanted
    )


def read_tag(text: str) -> Tag:
    """Read a tag as people write it: `creator:joan`, `blue sky`, `:re:zero` for one without namespace."""
    namespace, colon, rest = text.partition(":")
    return Tag(namespace.strip(), rest.strip()) if colon else Tag("", text.strip())


def _renamed(options: Options, tag: Tag) -> Tag:
    if options.namespaces:
        tag = Tag(_folded(options.namespaces).get(terms.fold(tag.namespace), tag.namespace), tag.text)
    if options.rename_tags:
        other = _renames(options.rename_tags).get(terms.key(tag))
        tag = tag if other is None else other
    return tag


def _is_kept(options: Options, tag: Tag) -> bool:
    key = terms.key(tag)
    if options.tags != EVERY and not _fits(options.tags, key):
        return False
    return not (options.drop_tags and _fits(options.drop_tags, key))


def _fits(written: tuple[str, ...], key: terms.Key) -> bool:
    literal, wild = _compiled(written)
    return key in literal or any(term.matches(key) for term in wild)


@lru_cache(maxsize=64)
def _compiled(written: tuple[str, ...]) -> tuple[frozenset[terms.Key], tuple[terms.Term, ...]]:
    read = [terms.term(each) for each in written]
    literal = frozenset(each.literal for each in read if each.literal is not None)
    return literal, tuple(each for each in read if each.literal is None)


@lru_cache(maxsize=64)
def _folded(pairs: Pairs) -> dict[str, str]:
    return {terms.fold(clean.visible(old)): new for old, new in pairs}


@lru_cache(maxsize=64)
def _renames(pairs: Pairs) -> dict[terms.Key, Tag]:
    return {terms.key(read_tag(clean.visible(old))): read_tag(new) for old, new in pairs}


def _once(found: Iterable[Note]) -> Iterator[Note]:
    """Yield notes without those whose text was there under the same name, or is empty."""
    seen: set[tuple[str, str]] = set()
    for note in found:
        key = (note.name.casefold(), note.text.strip())
        if key[1] and key not in seen:
            seen.add(key)
            yield note


def _cut(text: str, most: int) -> str:
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= most else raw[:most].decode("utf-8", "ignore").rstrip() + " …"
