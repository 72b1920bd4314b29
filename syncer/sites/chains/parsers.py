"""Page parsers of imported files: content in order, sub-parsers by name, what a veto drops.

Here because their order and what they lose are hydrus's own. Pure; imported by engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites.chains import steps as string_steps
from syncer.sites.chains.contents import Content, Found, compile_content
from syncer.sites.chains.conversions import Conversion
from syncer.sites.chains.formulae import CannotReadError, Formula, Source, compile_formula
from syncer.sites.chains.steps import FAILURES

MAX_POSTS = 20_000
"""No page gives more posts than this."""
MAX_HELD = 2_000_000
"""Nor more copies of what was found around its posts."""


@frozen
class PageParser:
    """A page parser, or a subsidiary one with its split formula."""

    name: str
    examples: tuple[str, ...]
    before: Conversion | None
    contents: tuple[Content, ...]
    subs: tuple[PageParser, ...]
    split: Formula | None
    by_time: bool

    def parse(self, text: str, context: Mapping[str, str], now: int) -> Parsed:
        """Read a page.

        Raises ItemError when a formula cannot read the page, or the conversion of the whole text fails.
        """
        parsed = Parsed()
        top = self._read(text, context, now, parsed)
        if top.veto is not None:
            return Parsed(veto=top.veto, vetoed=parsed.vetoed)
        if not self.subs and not top.empty:
            parsed.posts.append(top)
        return parsed

    def _read(self, text: str, context: Mapping[str, str], now: int, into: Parsed) -> Found:
        """Read the parser's own content and, unless that vetoes, the posts of its sub-parsers."""
        source = Source(self._converted(text))
        own = Found()
        for content in self.contents:
            content.add(source, context, now, own)
            if own.veto is not None:
                return own
        for sub in self.subs:
            posts = sub.posts(source, context, now, into)
            if (len(posts) + 1) * own.size > MAX_HELD:
                raise ItemError(f"The page gives more than {MAX_HELD:,} finds", "Nothing of it was taken.")
            into.posts.extend(post.with_parent(own) for post in posts)
        return own

    def posts(self, source: Source, context: Mapping[str, str], now: int, into: Parsed) -> list[Found]:
        """Read the posts of a subsidiary parser out of its parent's page."""
        assert self.split is not None
        try:
            texts = self.split.parse(source, context, lines=True)
        except CannotReadError:
            return []
        posts: list[Found] = []
        for text in texts[:MAX_POSTS]:
            if not text:
                continue
            inner = Parsed()
            own = self._read(text, context, now, inner)
            into.vetoed.extend(inner.vetoed)
            into.dropped.extend(inner.dropped)
            if own.veto is not None:
                into.vetoed.append(own.veto)
                into.dropped.append(own)
            elif self.subs:
                posts.extend(inner.posts)
            elif not own.empty:
                posts.append(own)
        if self.by_time:
            posts.sort(key=lambda post: -min(post.times, default=0))
        return posts

    def _converted(self, text: str) -> str:
        if self.before is None:
            return text
        try:
            return self.before(text)
        except FAILURES as error:
            raise ItemError(
                f"The parser {self.name} cannot prepare the page ({error})", "The site may have changed."
            ) from error


@dataclass(slots=True)
class Parsed:
    """What a page parser found."""

    posts: list[Found] = field(default_factory=list)
    veto: str | None = None
    vetoed: list[str] = field(default_factory=list)
    """Names of the vetoes that dropped a post, in order."""
    dropped: list[Found] = field(default_factory=list)
    """The dropped posts, as far as they were read."""


def compile_parser(settings: Any) -> PageParser:
    """Make a parser of a `schema.imported.ImportedParser`; sub-parsers are put in the order in which they run."""
    subs = [compile_parser(sub) for sub in settings.posts]
    split = getattr(settings, "split", None)
    return PageParser(
        name=settings.name,
        examples=tuple(settings.examples),
        before=string_steps.compile_converter(settings.before),
        contents=tuple(compile_content(content) for content in settings.get),
        subs=tuple(sorted(subs, key=lambda sub: sub.name.casefold())),
        split=compile_formula(split) if split is not None else None,
        by_time=getattr(settings, "sort_by_time", False),
    )
