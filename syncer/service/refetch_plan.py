"""What a refetch comes to, found out before it begins: which posts, how many requests to whom, about how long, and what is left out.

Here, because a person must see the number before anything is asked of a site. It only reads, beside a running service as well as
without one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from syncer.config.bandwidth import Rule
from syncer.fetch.contexts import contexts
from syncer.fetch.ledger import Ledger
from syncer.frozen import frozen
from syncer.model import Post, Recognised, UrlKind
from syncer.service import identity
from syncer.service.snapshot import Snapshot
from syncer.service.words import count, span
from syncer.store import posts, refetches
from syncer.store.database import Database
from syncer.store.refetches import Item, Met, Wanted

SHOWN: Final = 10
PIECE: Final = 500
"""So many posts are read from the store in one go."""
_MONTH: Final = 30 * 86_400
_READABLE: Final = frozenset({UrlKind.POST, UrlKind.WATCHABLE})

NO_PAGE: Final = "no site file here can read a page of theirs"
STILL_THERE: Final = "they lie where they were laid"
NEVER_CAME: Final = "syncer never delivered them; `syncer get` fetches what is new"


@frozen
class Asked:
    """What a refetch is asked for."""

    wanted: Wanted
    files: bool
    """The files are fetched again; else their pages are read again for metadata."""
    limit: int
    """Posts at most."""
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What the person named one by one, hashes or URLs, with the keys of each."""


@dataclass(slots=True)
class Share:
    """What is asked of one site."""

    posts: int = 0
    files: int = 0
    lanes: Counter[str] = field(default_factory=Counter)
    """Requests to each host."""


@dataclass(slots=True)
class Plan:
    """What it comes to."""

    items: list[Item] = field(default_factory=list)
    sites: dict[str, Share] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    """Why, and how many files, or names that a person gave."""
    unmet: list[str] = field(default_factory=list)
    more: int = 0
    """Posts beyond the limit."""

    @property
    def requests(self) -> int:
        """Return how many requests it takes, redirects apart."""
        return sum(share.lanes.total() for share in self.sites.values())


def plan(db: Database, snapshot: Snapshot, asked: Asked) -> Plan:
    """Find out what a refetch needs; asks nothing of the net and changes nothing."""
    found, pages = Plan(), dict[str, _Page]()
    for post, met in _with_posts(db, _choose(db, asked, found)):
        page = _page_of(snapshot, post) or _thread_of(db, snapshot, met[0])
        files = _missing(met, found) if asked.files else met
        if page is None and not asked.files:
            found.left_out[NO_PAGE] += len(files)
        elif files:
            _share(found, post, files, page, pages, again=asked.files)
    found.items += [Item(each.site, each.url, tuple(each.posts), tuple(each.files)) for each in pages.values()]
    return found


@dataclass(slots=True)
class _Page:
    site: str
    url: str
    posts: dict[str, None] = field(default_factory=dict)
    files: list[int] = field(default_factory=list)


def _share(
    found: Plan, post: Post, files: list[Met], page: Recognised | None, pages: dict[str, _Page], *, again: bool
) -> None:
    """Add what a post needs: its page, once for all posts on it, and its files where they are fetched `again`."""
    site = post.site or files[0].site
    share = found.sites.setdefault(site, Share())
    share.posts += 1
    share.files += len(files)
    if again:
        share.lanes.update(identity.lane(file.file_url) for file in files)
    if page is None:
        found.items += [Item(site, "", (file.post_key,), (file.id,)) for file in files]
        return
    entry = pages.get(page.key)
    if entry is None:
        entry = pages[page.key] = _Page(site, page.for_server)
        share.lanes[identity.lane(page.fetch_url)] += 1
    entry.posts[files[0].post_key] = None
    entry.files += [file.id for file in files] if again else []


def _choose(db: Database, asked: Asked, found: Plan) -> list[list[Met]]:
    """Return the files of each post that is meant, the newest first, up to the limit."""
    chosen: dict[str, list[Met]] = {}
    beyond: set[str] = set()
    names: set[str] = set()
    for met in _all(db, asked.wanted):
        names.update(met.names if asked.named else ())
        if met.post_key in chosen or len(chosen) < asked.limit:
            chosen.setdefault(met.post_key, []).append(met)
        else:
            beyond.add(met.post_key)
    found.more = len(beyond)
    found.unmet = [name for name, keys in asked.named.items() if keys.isdisjoint(names)]
    if found.unmet:
        found.left_out[NEVER_CAME] = len(found.unmet)
    return list(chosen.values())


def _all(db: Database, wanted: Wanted) -> Iterator[Met]:
    below: int | None = None
    while True:
        with db.read() as tx:
            met, below = refetches.met(tx, wanted, below)
        yield from met
        if below is None:
            return


def _with_posts(db: Database, chosen: Sequence[list[Met]]) -> Iterator[tuple[Post, list[Met]]]:
    """Yield each post as the store has it, with its files."""
    for start in range(0, len(chosen), PIECE):
        piece = chosen[start : start + PIECE]
        with db.read() as tx:
            stored = [next((posts.get(tx, met.post) for met in files if met.post), None) for files in piece]
        for files, one in zip(piece, stored, strict=True):
            yield (one.post if one is not None else Post()), files


def _page_of(snapshot: Snapshot, post: Post) -> Recognised | None:
    """Return the page that tells of a post; None where no site file reads one."""
    for url in (post.url, *post.follow):
        page = snapshot.library.recognise(url) if url else None
        if page is not None and page.parser is not None and page.kind in _READABLE:
            return page
    return None


def _thread_of(db: Database, snapshot: Snapshot, file: Met) -> Recognised | None:
    """Return the thread that a file was found in whose post has no page of its own; None where that was no thread."""
    with db.read() as tx:
        urls = refetches.found_on(tx, file.id)
    pages = (snapshot.library.recognise(url) for url in urls if url.startswith(("http://", "https://")))
    return next((page for page in pages if page and page.parser and page.kind is UrlKind.WATCHABLE), None)


def _missing(files: Iterable[Met], found: Plan) -> list[Met]:
    """Return the files that do not lie any more where they were laid."""
    missing = []
    for file in files:
        if _lies(file):
            found.left_out[STILL_THERE] += 1
        else:
            missing.append(file)
    return missing


def _lies(file: Met) -> bool:
    try:
        return (Path(file.folder) / file.name).stat().st_size == file.size
    except OSError:
        return False


def told(plan: Plan, ledger: Ledger, limit: int) -> dict[str, Any]:
    """Return a plan as plain data, with the time that it takes at least by the rules of bandwidth."""
    sites = [
        {
            "site": site,
            "posts": share.posts,
            "files": share.files,
            "requests": share.lanes.total(),
            "seconds": seconds(ledger, [share.lanes]),
        }
        for site, share in sorted(plan.sites.items(), key=lambda each: -each[1].lanes.total())
    ]
    return {
        "posts": sum(share.posts for share in plan.sites.values()),
        "files": sum(share.files for share in plan.sites.values()),
        "requests": plan.requests,
        "seconds": seconds(ledger, [share.lanes for share in plan.sites.values()]),
        "sites": sites,
        "left_out": [{"why": why, "number": number} for why, number in plan.left_out.items()],
        "unmet": plan.unmet[:SHOWN],
        "more": plan.more,
        "limit": limit,
    }


def words(data: Mapping[str, Any]) -> str:
    """Say in a line what a plan comes to."""
    sites = ", ".join(f"{each['site'] or 'no site file'} {each['posts']}" for each in data["sites"][:SHOWN])
    more = f"; {count(data['more'], 'more post')} beyond --limit {data['limit']}" if data["more"] else ""
    return (
        f"{count(data['posts'], 'post')} with {count(data['files'], 'file')} ({sites}), {count(data['requests'], 'request')},"
        f" {span(data['seconds'])} at least{more}"
    )


def seconds(ledger: Ledger, lanes: Iterable[Counter[str]]) -> float:
    """Return how long requests to hosts take at least by all rules that hold for them, in seconds."""
    need = Counter[str]()
    waits: dict[tuple[str, Rule], float] = {}
    for host, number in sum(lanes, Counter[str]()).items():
        standings = ledger.standings(contexts(f"http://{host}/", ("download:0",)))
        waits |= {(each.context, each.rule): each.wait for each in standings if each.rule.kind == "requests"}
        need.update(dict.fromkeys({each.context for each in standings}, number))
    return max((wait + rests(rule, need[context]) for (context, rule), wait in waits.items()), default=0.0)


def rests(rule: Rule, requests: int) -> float:
    """Return how many seconds must pass by a rule between the first and the last of so many requests."""
    window = _MONTH if rule.seconds is None else rule.seconds
    return max(0, (requests - 1) // rule.amount) * float(window)
