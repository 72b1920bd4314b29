"""Reading a fetched page with a native parser: items, what is found in each, and what belongs to the page.

Here because it is the one place where finds, drafts and formats meet. Pure; imported by library.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from contextlib import suppress

from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.model import Page, Post, Recognised, UrlKind
from syncer.sites import drafts, effort
from syncer.sites import steps as step_list
from syncer.sites.drafts import Draft
from syncer.sites.extract import Fields
from syncer.sites.finds import Find
from syncer.sites.formats import Finder, Format, Node
from syncer.sites.steps import Step

MAX_ITEMS = 10_000
"""A page's further items are left out, and said so."""
MAX_HELD = 1_000_000
"""Finds of all posts of a page together, those from around an item counted for each; a page with more is not read."""

_CAUGHT = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError)
"""What a broken item can make a rule raise; it costs that item alone."""


Sort = Callable[[Sequence[Node], Fields], Sequence[Node]]
"""Puts the items of a page in order."""
Met = Callable[[str, Sequence[str]], Container[str]]
"""Gives those of a site's posts (the site's name, ids) that were met before: of them nothing more needs to be read."""
OUTLINE = frozenset({"post", "pinned", "next", "gallery", "archived", "dying"})
"""What is read of an item in any case: by what its post is known, and what belongs to the page."""


@frozen
class Level:
    """Items and what is found in each; `inner` are the items within an item."""

    each: Finder | None
    get: tuple[Find, ...]
    inner: tuple[Level, ...]
    sort: Sort | None = None
    ids: tuple[Find, ...] = ()
    """Those of `get` by which an item's post is known; none where items are always read whole."""
    outline: tuple[Find, ...] = ()
    """Those of `get` that find what is in `OUTLINE`."""


@frozen
class Parser:
    """A native parser, compiled."""

    site: str
    name: str
    format: Format
    level: Level
    page: tuple[Find, ...]
    before: tuple[Step, ...]
    finds_threads: bool = False
    """Its items are threads: the page is a catalogue."""


def parse(parser: Parser, recognised: Recognised, text: str, fields: Fields, met: Met | None = None) -> Page:
    """Read a page; `fields` are those of the matched URL, and `url`, the URL that was fetched. Posts that were `met` come as ids.

    Raises ItemError when the page as a whole cannot be read; an item that cannot be read is a fault of the page.
    """
    for whole in step_list.run(parser.before, [text])[:1]:
        text = whole
    root = parser.format.parse(text)
    about = Draft(fields["url"])
    for get in parser.page:
        get(about, root, fields)
    reading = _Reading(parser, recognised, fields, about, None if effort.is_apart() else met)
    shared = about.copy()
    if parser.level.each is not None:
        shared.titles, shared.vetoes = [], []
    reading.level(parser.level, root, shared, "")
    return reading.result()


class _Reading:
    """One page being read."""

    def __init__(
        self, parser: Parser, recognised: Recognised, fields: Fields, about: Draft, met: Met | None = None
    ) -> None:
        self._parser = parser
        self._recognised = recognised
        self._fields = fields
        self._about = about
        self._met = met
        self._posts: list[Post] = []
        self._faults: list[str] = []
        self._held = 0

    def level(self, level: Level, node: Node, around: Draft, place: str) -> int:
        """Read the items of a level below `node`; returns how many posts they gave."""
        items = [node] if level.each is None else level.each(node)
        if len(items) > MAX_ITEMS:
            self._faults.append(f"the page has {len(items)} items, only the first {MAX_ITEMS} were read")
        if level.sort is not None:
            items = level.sort(items, self._fields)
        before = len(self._posts)
        met = self._met_among(level, items[:MAX_ITEMS])
        for number, item in enumerate(items[:MAX_ITEMS], 1):
            name = f"{place}item {number}" if level.each is not None else place.rstrip(" ,") or "the page"
            draft = around.copy()
            try:
                self._item(level, item, draft, name, level.outline if number in met else level.get)
            except _CAUGHT as error:
                draft.faults.append(str(error))
            if draft.faults:
                self._faults.extend(f"{name}: {fault}" for fault in draft.faults)
        return len(self._posts) - before

    def _met_among(self, level: Level, items: Sequence[Node]) -> Container[int]:
        """Return the numbers of the items whose posts were met before."""
        if self._met is None or not level.ids:
            return ()
        numbers: dict[str, list[int]] = {}
        draft = Draft(self._about.base)
        for number, item in enumerate(items, 1):
            effort.check()
            draft.id = ""
            with suppress(*_CAUGHT):
                for get in level.ids:
                    get(draft, item, self._fields)
                numbers.setdefault(draft.id, []).append(number)
        numbers.pop("", None)
        met = self._met(self._recognised.site, list(numbers))
        return {number for post, found in numbers.items() if post in met for number in found}

    def _item(self, level: Level, item: Node, draft: Draft, name: str, gets: Sequence[Find]) -> None:
        effort.check()
        fields = self._fields
        for get in gets:
            get(draft, item, fields)
        self._about.take(draft)
        if level.inner and sum(self.level(inner, item, draft, f"{name}, ") for inner in level.inner):
            return
        self._keep(level, draft)

    def _keep(self, level: Level, draft: Draft) -> None:
        if level.each is None and level is self._parser.level:
            self._single(draft)
        if draft.empty:
            if level.each is not None and not draft.faults:
                draft.faults.append("no post, file or link was found in it")
        elif draft.id or draft.files or draft.follow or draft.vetoes:
            self._held += draft.size
            if self._held > MAX_HELD:
                raise ItemError(f"The page gives more than {MAX_HELD:,} finds", "Nothing of it was taken.")
            self._posts.append(draft.post(self._recognised.site))

    def _single(self, draft: Draft) -> None:
        """A page that is one post takes its identity from the URL where the page does not tell."""
        told = not draft.empty or draft.tags or draft.notes or draft.sources
        if not told or self._recognised.kind not in {UrlKind.POST, UrlKind.WATCHABLE}:
            return
        draft.id = draft.id or self._recognised.post_id
        draft.url = draft.url or self._recognised.normalised

    def result(self) -> Page:
        """Freeze what was read."""
        veto = "; ".join(dict.fromkeys(self._about.vetoes))
        return Page(
            posts=() if veto else tuple(self._posts),
            next=drafts.next_pages(self._about),
            last=self._about.last,
            total=self._about.total,
            galleries=tuple(dict.fromkeys(self._about.galleries)),
            title=self._about.title,
            veto=veto,
            faults=tuple(self._about.faults + self._faults),
            archived=self._about.archived,
            dying=self._about.dying,
        )
