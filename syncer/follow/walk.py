"""The walk of a listing, page by page: what to take, which page comes next, when to stop and why.

A pure state machine, so that every odd server can be tried without one; the state is a store row between two pages.
Imported by service, which fetches the page `state.pending[0]` and brings what it found there.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.follow import order
from syncer.follow.stops import (
    Reason,
    Stop,
    count,
    depth_reached,
    ended_early,
    gone,
    known_ground,
    limit_reached,
    listing_over,
    not_newest_first,
    page_cap_reached,
    paging_fault,
    past_bounds,
    something_else,
    whole,
    with_outside,
)
from syncer.follow.walk_state import Find, Link, ReadPage, WalkState, mark
from syncer.frozen import frozen

EMPTY_PAGES = 3
"""So many pages without a post, one after another, end a listing although each names a next one."""
KNOWN_ON_PAGE = 100
"""So many known posts in a row on one page end a listing at once (hydrus: a large page)."""
KNOWN_AT_PAGE_END = 5
"""So many known posts in a row at the end of a page end a listing (hydrus: old ground)."""
KNOWN_IN_ROW = 2
"""A branch that met so many known posts in a row has no gap; one alone may be old and only posted anew."""
FEWEST_PAGES = 2
"""A listing of one page (a feed) shows no more than that: where it ends says nothing."""
KNOWN_SHARE = 0.95
"""A later sync that met this share of all posts known before is through (hydrus)."""


@frozen
class Step:
    """What follows from a page: positions of the finds to take, pages that are new, and the end if it is one."""

    state: WalkState
    take: tuple[int, ...] = ()
    follow_pages: tuple[str, ...] = ()
    stop: Stop | None = None


def after_page(state: WalkState, page: ReadPage) -> Step:
    """Return what follows from the page `state.pending[0]`; ValueError if the walk is over."""
    here = _here(state)
    if page.missing:
        return without_page(state, page.missing)
    if end := _untrue(state, here, page) or _looked(state, here, page):
        read = replace(state, pending=state.pending[1:], pages=state.pages + 1)
        return _go_on(read, here, _Links(), end, ())
    links = _sort_links(state, page)
    count = _Count(state, page, can_look=bool(links.next) and state.pages + 1 < state.rules.page_cap)
    after = replace(
        state,
        pending=state.pending[1:],
        seen=state.seen | count.unseen,
        new=state.new + len(count.take),
        known=count.known,
        pages=state.pages + 1,
        empty_pages=0 if page.finds or page.galleries else state.empty_pages + 1,
        newest=state.newest or count.newest,
        oldest=count.oldest or state.oldest,
        grounded=state.grounded | ({here.branch} if count.grounded else set()),
        begun=state.begun | {here.branch},
        looks=count.looks,
        outside=state.outside + count.outside,
        slack=_slack(state, page, count),
    )
    if count.looks:
        return _go_on(after, here, _Links(links.next[:1]), None, tuple(count.take))
    stop = count.stop or _page_end(after, page, links, count)
    return _go_on(after, here, links, stop, tuple(count.take))


def _slack(state: WalkState, page: ReadPage, count: _Count) -> int:
    """Return how many pages more may bring nothing unseen: no more than were read before the walk rested."""
    granted = max(state.slack, state.pages if page.late else 0)
    return granted - 1 if page.finds and not count.unseen else granted


def _untrue(state: WalkState, here: Link, page: ReadPage) -> Stop | None:
    """Return the end at a page that is not what was asked for: none of it may count as known, nor be taken."""
    if page.wrong:
        return something_else(page.wrong, gap=bool(state.seen) and _leaves_gap(state))
    if state.rules.newest_first and here.branch not in state.begun:
        why = order.out_of_order([find.key for find in page.finds if not find.pinned])
        return not_newest_first(why) if why else None
    return None


def _leaves_gap(state: WalkState) -> bool:
    """Tell whether a walk that ends now has not come to old ground everywhere."""
    return state.rules.stops_at_known and any(link.branch not in state.grounded for link in state.pending)


def _looked(state: WalkState, here: Link, page: ReadPage) -> Stop | None:
    """Return the end at a limit that was met with the last post of a page, once this page behind it was looked at.

    Nothing of it is taken: it only tells whether a post lies between what was taken and what was known.
    """
    if not state.looks:
        return None
    unseen = [find for find in page.finds if not find.pinned and mark(find.key) not in state.seen]
    # Where everything has moved on to this page meanwhile, no one can tell.
    gap = not unseen[0].known if unseen else bool(page.finds)
    limit = state.rules.limit or state.new
    return limit_reached(state.rules.kind, limit, state.new, state.pages, gap=gap, resume=here.url)


def without_page(state: WalkState, why: str) -> Step:
    """Return what follows when `state.pending[0]` cannot be had (404, refused, unreadable): the other pages go on."""
    here = _here(state)
    after = replace(state, pending=state.pending[1:], pages=state.pages + 1)
    stop = gone(why)
    if state.seen:
        # Many sites answer 404 behind their last page; but what was known must lie before that.
        words = f"page {after.pages} could not be had ({why}): taken as the end of the listing"
        stop = Stop(Reason.END, words, gap=state.known_before > 0 and _leaves_gap(state))
    return _go_on(after, here, _Links(), stop, ())


def _here(state: WalkState) -> Link:
    if not state.pending:
        raise ValueError("the walk is over: it waits for no page")
    return state.pending[0]


class _Count:
    """Goes through the finds of one page in their order, until a rule ends the walk within the page."""

    def __init__(self, state: WalkState, page: ReadPage, *, can_look: bool) -> None:
        self._state = state
        self._page = page
        self._can_look = can_look
        self.take: list[int] = []
        self.passed = self.outside = 0
        self.unseen: set[str] = set()
        self.known = state.known
        self.grounded = state.pending[0].branch in state.grounded
        self.run = 0
        self.newest = self.oldest = ""
        self.stop: Stop | None = None
        self.looks = False
        for position, find in enumerate(page.finds):
            if self._is_fresh(find):
                self.stop = self._meet(position, find)
            if self.stop or self.looks:
                break

    def _is_fresh(self, find: Find) -> bool:
        key = mark(find.key)
        return key not in self._state.seen and key not in self.unseen

    def _meet(self, position: int, find: Find) -> Stop | None:
        self.unseen.add(mark(find.key))
        if find.passed or find.outside:
            self.passed += find.passed
            self.outside += find.outside
            self.run = 0
            return None
        if not find.known:
            self.take.append(position)
        if not find.pinned:
            self.known += find.known
            self.run = self.run + 1 if find.known else 0
            self.newest = self.newest or find.key
            self.oldest = find.key
            self.grounded |= self.run >= KNOWN_IN_ROW
        return self._at_limit(position) or self._at_known()

    def _at_limit(self, position: int) -> Stop | None:
        rules, new = self._state.rules, self._state.new + len(self.take)
        if rules.limit is None or new + (self.known if rules.counts_known else 0) < rules.limit:
            return None
        rest = [find for find in self._page.finds[position + 1 :] if not find.pinned and self._is_fresh(find)]
        if not rest and not (self._page.next or self._page.galleries or self._state.pending[1:]):
            return listing_over(self._state.pages + 1)
        others = [link for link in self._state.pending[1:] if link.branch != self._state.pending[0].branch]
        # With a known post right behind the last one taken nothing lies in between.
        own = rules.stops_at_known and not self.grounded and not (rest and rest[0].known)
        if own and not rest and not others and self._can_look:
            self.looks = True
            return None
        gap = own or (rules.stops_at_known and any(link.branch not in self._state.grounded for link in others))
        resume = (self._state.pending[0] if rest or not self._page.next else self._page.next[0]).url
        return limit_reached(rules.kind, rules.limit, new, self._state.pages + 1, gap=gap, resume=resume)

    def _at_known(self) -> Stop | None:
        if not self._state.rules.stops_at_known or self._state.pages < self._state.rules.deep:
            return None
        if self.run >= KNOWN_ON_PAGE:
            return known_ground(f"{self.run} known posts in a row")
        before = self._state.known_before
        if self.known and before and self.known >= KNOWN_SHARE * before:
            return known_ground(f"met {self.known} of the {count(before, 'post')} known before")
        return None


@frozen
class _Links:
    """The links of a page that no one has queued yet, and whether its one next link only led back."""

    next: tuple[Link, ...] = ()
    galleries: tuple[Link, ...] = ()
    loops: bool = False


def _sort_links(state: WalkState, page: ReadPage) -> _Links:
    if not state.rules.next_pages:
        return _Links()
    branch = state.pending[0].branch
    fresh: dict[str, Link] = {}
    for link in page.next:
        if mark(link.key) not in state.queued:
            fresh.setdefault(link.key, replace(link, branch=branch))
    # Each gallery is a listing of its own: known ground in one says nothing of the others.
    other = 1 + max(branch, *state.begun, *(link.branch for link in state.pending))
    for link in page.galleries:
        if mark(link.key) not in state.queued and link.key not in fresh:
            fresh[link.key] = replace(link, branch=other)
            other += 1
    following = {link.key for link in page.next}
    waiting = {link.key for link in state.pending[1:]}
    return _Links(
        next=tuple(link for key, link in fresh.items() if key in following),
        galleries=tuple(link for key, link in fresh.items() if key not in following),
        # A row of page numbers leads back too: only a lone next link that does is a fault.
        loops=len(following) == 1 and following.isdisjoint(fresh) and following.isdisjoint(waiting),
    )


def _page_end(state: WalkState, page: ReadPage, links: _Links, count: _Count) -> Stop | None:
    """Return how this page ends its listing, None if the listing goes on; `state` is that after the page."""
    rules = state.rules
    gap = rules.stops_at_known and not count.grounded
    if not rules.next_pages:
        return Stop(Reason.END, "read the whole page")
    if page.past:
        return past_bounds(page.past, state.pages)
    if not page.finds and not page.galleries:
        return _empty_page(state, links)
    if not count.unseen and not links.galleries:
        return None if links.next and state.slack >= 0 else paging_fault(Reason.REPEATS, state.pages, gap=gap)
    return _old_ground(state, page, count) or _listing_end(state, page, links, gap=gap)


def _old_ground(state: WalkState, page: ReadPage, count: _Count) -> Stop | None:
    if not state.rules.stops_at_known or not page.finds or state.pages < state.rules.deep:
        return None
    if count.run >= KNOWN_AT_PAGE_END:
        return known_ground(f"{count.run} known posts in a row at the end of page {state.pages}")
    if not count.take and not count.passed:
        return Stop(Reason.NOTHING_NEW, f"nothing new on page {state.pages}")
    return None


def _listing_end(state: WalkState, page: ReadPage, links: _Links, *, gap: bool) -> Stop | None:
    if links.loops:
        return paging_fault(Reason.LOOP, state.pages, gap=gap)
    if links.next:
        return None
    return depth_reached(page.deepest, state.pages, state.new, gap=gap) if page.deepest else listing_over(state.pages)


def _empty_page(state: WalkState, links: _Links) -> Stop | None:
    """Follow what an empty page names as next, a few times; a page that was only counted up to is behind the end."""
    suspect = state.pages == 1 and state.known_before > 0
    named = any(link.named for link in links.next)
    return None if named and not suspect and state.empty_pages < EMPTY_PAGES else listing_over(state.pages)


def _go_on(state: WalkState, here: Link, links: _Links, stop: Stop | None, take: tuple[int, ...]) -> Step:
    pending = _pending(state, here, links, stop)
    stops = state.stops if stop is None else (*state.stops, stop)
    if pending and state.pages >= state.rules.page_cap:
        gap = _leaves_gap(replace(state, pending=pending))
        stops = (*stops, page_cap_reached(state.rules.page_cap, state.new, gap=gap, resume=pending[0].url))
        pending = ()
    added = tuple(link for link in pending if mark(link.key) not in state.queued)
    state = replace(state, pending=pending, queued=state.queued.union(mark(link.key) for link in added), stops=stops)
    end = None if pending else with_outside(_end(state), state.outside)
    return Step(state, take, tuple(link.url for link in added), end)


def _end(state: WalkState) -> Stop:
    """Return the end of the whole walk; one that ran out of pages without what was known may have been cut short by the site."""
    stop = whole(state.stops, not state.seen, state.known_before)
    if stop.reason is not Reason.END or stop.fault or not state.rules.stops_at_known or state.pages < FEWEST_PAGES:
        return stop
    # What a walk on a gap passes is nothing new, and lies above the gap.
    took = state.new or state.rules.kind == "gap"
    return (
        ended_early(stop, state.known_before) if took and state.known < min(KNOWN_IN_ROW, state.known_before) else stop
    )


def _pending(state: WalkState, here: Link, links: _Links, stop: Stop | None) -> tuple[Link, ...]:
    if stop is None:
        return (*links.next, *state.pending, *links.galleries)
    if stop.reason is Reason.LIMIT:
        return ()
    others = state.pending
    if stop.reason in (Reason.KNOWN, Reason.NOTHING_NEW):
        ended = (here.branch, here.url_class)
        others = tuple(link for link in others if (link.branch, link.url_class) != ended)
    return (*others, *links.galleries)
