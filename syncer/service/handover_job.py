"""A URL that no site file knows, or whose site wants a key that is not there: which program takes it, and what that program lists there.

Here, because such a URL is one wish until a program has said what it is: a listing to be walked, a page of files, or nothing that
anybody knows, which is tried as a file then. Post and listing jobs call it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from syncer.config.option_values import TYPE_GROUPS
from syncer.config.settings import Config
from syncer.deliver.kind import groups_of
from syncer.errors import ItemError
from syncer.fetch.client import Answer
from syncer.follow import walk_state
from syncer.handover import choose, find
from syncer.handover.base import BROKEN, Listing
from syncer.handover.choose import Choice
from syncer.model import MediaFile, Page
from syncer.service import handed, handover_archive, handover_ask, headers, identity, queued, tools, walking
from syncer.service.enqueue import Wish, of_job
from syncer.service.events import Event
from syncer.service.handed import Piece
from syncer.service.page_fetch import Read
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import entries, jobs, settle
from syncer.store.database import Named, Transaction
from syncer.store.jobs import Job, NewJob
from syncer.store.settle import READ

MOST_POSTS = 200
"""Posts that are taken of a page that is no walk of its own."""
GALLERY_LIMIT = 2000
"""New posts that a gallery download takes unless told otherwise (hydrus's limit)."""
TURN = 10.0
"""Seconds after which a job looks again whether a domain is free."""
_UNASKED = (60.0, 300.0, 900.0)
"""Seconds after which a program is asked again that does not answer; then a URL that no other knows is tried as a file."""
_ONE_POST = frozenset(
    {"post", "image", "work", "artwork", "status", "tweet", "photo", "media", "video", "album", "gallery", "chapter", "issue",
     "submission", "deviation", "illust", "pin", "item", "thread", "story"}
)  # fmt: skip
"""What its parts call themselves whose URLs are those of one post: where nothing else tells the post's URL, that is it."""
_KEEPS_GOING = frozenset({"bad_answer", "not_found", "gone", BROKEN})
"""What a program can stumble over at one post: those before it are taken, and it is asked for those behind it."""


def may_know(config: Config, url: str) -> bool:
    """Tell whether programs are to be asked about a URL that no site file knows; looks at the disk at most."""
    if names_a_file(url):
        return False
    allowed, _ = choose.programs_for(url, config.handover, config.network.only)
    return bool(tools.installed(config, allowed))


def names_a_file(url: str) -> bool:
    """Tell whether a URL is by its name the link of a media file: no program is needed for one."""
    name = PurePosixPath(urlsplit(url).path).name
    # The page about a file may be called like it: `/wiki/File:Owl.jpg`.
    return any(group in TYPE_GROUPS for group in groups_of(PurePosixPath(name).suffix)) and ":" not in name


def queue(tx: Transaction, wish: Wish, url: str) -> None:
    """Queue the question who knows a URL."""
    jobs.add(
        tx,
        NewJob(
            kind="post",
            url=url,
            key=identity.url_key(url),
            lane=identity.lane(url),
            source=wish.source,
            origin=wish.origin,
            priority=wish.priority,
            options=wish.options,
            into_path=wish.into_path,
            again=wish.again,
        ),
    )


def rules(snapshot: Snapshot, wish: Wish) -> walk_state.Rules:
    """Return the rules of a wish's gallery download."""
    given = snapshot.one_off(wish.options)
    limit, pages = int(str(given.get("limit", GALLERY_LIMIT))), int(str(given.get("pages", walk_state.MOST_PAGES)))
    return walk_state.gallery(limit or None, pages)


def decide(runtime: Runtime, snapshot: Snapshot, job: Job) -> Read | bool:
    """Find out who knows the URL of a post job; return what a program found there, else whether the job is settled.

    It is, where its wish goes on as a walk; it is not, where nobody knows the URL and it is tried as a file. Raises FetchError,
    ItemError.
    """
    with runtime.db.read() as tx:
        others = jobs.of_no_site(tx)
    choice = runtime.tools.choose(snapshot.config, job.url, others)
    for fault in choice.faults:
        runtime.tell(Event("notice", job.url, fault))
    if not choice.program:
        _without_program(runtime, snapshot, job, choice)
        return False
    piece = handed.start(choice.program, job.url)
    runtime.tell(Event("page", job.url, choice.why))
    if job.post is None and job.source.startswith("entry:"):
        with runtime.db.write(Named.PAGE_DONE) as tx:
            walk(tx, snapshot, job, piece.program, str(piece))
        return True
    read = read_piece(runtime, snapshot, job, replace(piece, last=MOST_POSTS))
    if read is None:
        return False
    if not read.page.posts:
        raise ItemError(f"{choice.program} finds nothing at {job.url}", "Open it in a browser to see what is there")
    return read


def walk(tx: Transaction, snapshot: Snapshot, job: Job, site: str, first: str) -> None:
    """Begin the download of a listing for the wish whose URL it turned out to be, and settle its job."""
    wish = of_job(tx, job)
    entry = int(job.source.removeprefix("entry:"))
    walking.begin(tx, snapshot, wish, "gallery", site, rules(snapshot, wish), (first,), entry=entry)
    for source in wish.also:
        if source.startswith("entry:"):  # the walk is of the first alone, and what it finds comes once
            entries.settle(tx, int(source.removeprefix("entry:")), "known", queued.once(tx, job.source))
    settle.job(tx, job.id, READ)


def read(runtime: Runtime, snapshot: Snapshot, job: Job) -> Read | None:
    """Have a program list a page of a walk; None where the job waits for its turn. Raises FetchError, ItemError."""
    piece = handed.piece(job.url)
    if piece is None:
        raise ItemError(f"{job.url} is no page of a listing", "Report it")
    return read_piece(runtime, snapshot, job, piece)


def read_piece(runtime: Runtime, snapshot: Snapshot, job: Job, piece: Piece) -> Read | None:
    """Have a program list a piece of what is at a URL; None where another program is at that domain, and the job waits.

    Raises FetchError, ItemError.
    """
    with runtime.tools.alone(piece.url) as free:
        if not free:
            wait_turn(runtime, job)
            return None
        listing = listed(runtime, snapshot, piece, handover_ask.booker(runtime, job.lane, job.context))
    runtime.streaks.worked(job.lane)
    handover_archive.learn(runtime, snapshot.config, listing.posts)
    recognised = handed.recognise(snapshot, str(piece))
    assert recognised is not None
    page = page_of(runtime, snapshot, listing, piece)
    return Read(recognised, page, piece.url, "", Answer(piece.url, 200, {}))


def listed(runtime: Runtime, snapshot: Snapshot, piece: Piece, asked: Callable[[str], None]) -> Listing:
    """Have a program list a piece of what is at a URL; `asked` books its requests. Raises FetchError, ItemError."""
    config, name = snapshot.config, piece.program
    tool = handover_ask.tool_of(runtime, config, name, piece.url)
    with runtime.tools.private_folder() as folder:
        wanted = handover_ask.ask(
            runtime, snapshot, name, piece.url, folder, first=piece.first, last=piece.last, asked=asked
        )
        wanted = replace(wanted, entry=handover_archive.template(runtime, config, name, piece.url))
        listing = runtime.tools.program(name, config).list(tool, wanted, runtime.tools.runs.run)
    if listing.trouble is not None and not (listing.posts and listing.trouble.kind in _KEEPS_GOING):
        raise handover_ask.error_of(listing.trouble, piece.url)
    return listing


def _without_program(runtime: Runtime, snapshot: Snapshot, job: Job, choice: Choice) -> None:
    """Let a job that no program takes wait for one that may answer later, or become a file. Raises ItemError."""
    if keyless := headers.missing_key(snapshot, snapshot.library.recognise(job.url)):
        raise keyless
    if job.post is not None:
        raise ItemError(
            f"no site file can read {job.url} any more, and {choice.why}",
            "Put the site file back, or look at `syncer config check`",
        )
    if choice.unasked and job.waits < len(_UNASKED):
        _wait_for_answer(runtime, job, choice)
        return
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.become(tx, job.id, "file", MediaFile(job.url))


def _wait_for_answer(runtime: Runtime, job: Job, choice: Choice) -> None:
    """Let a job wait for a moment: a program that might know its URL does not answer now, while it is updated perhaps."""
    named = " and ".join(choice.unasked)
    advice = f"Try `{choice.unasked[0]} --version` by hand; when {named} cannot be asked later either, it is fetched as a file"
    with runtime.db.write(Named.PUT_OFF) as tx:
        until, why = tx.now + _UNASKED[job.waits], "; ".join(choice.faults)
        jobs.put_off(tx, job.id, until=until, cause=BROKEN, why=why, advice=advice, counts=False)


def wait_turn(runtime: Runtime, job: Job) -> None:
    """Let a job wait until no other program is at its domain."""
    with runtime.db.write(Named.PUT_OFF) as tx:
        why = "another program is at this domain, and no two go there at once"
        jobs.put_off(tx, job.id, until=tx.now + TURN, cause="turn", why=why, advice="", counts=False)


def page_of(runtime: Runtime, snapshot: Snapshot, listing: Listing, piece: Piece) -> Page:
    """Return what a program listed as a page of ours: the next piece is its next page."""
    library = snapshot.library
    claim = runtime.tools.claim(snapshot.config, piece.program, piece.url)
    extractor = claim.extractor if claim is not None else ""
    inner = (url if library.recognise(url) else str(Piece(piece.program, url)) for url in listing.galleries)
    trouble, posts = listing.trouble, listing.posts
    if len(posts) == 1 and not posts[0].url and extractor.rpartition("/")[2] in _ONE_POST:
        posts = (replace(posts[0], url=piece.url),)
    return Page(
        posts=posts,
        next=(str(piece.next),) if listing.more or trouble is not None else (),
        galleries=tuple(inner),
        faults=() if trouble is None else (trouble.words,),
    )


def missing(config: Config, url: str) -> str:
    """Return the advice to install a program that may know a URL; "" where none is missing."""
    allowed, _ = choose.programs_for(url, config.handover, config.network.only)
    absent = [name for name in allowed if find.command(name, config.handover) is None]
    if not absent:
        return ""
    return " or ".join(f"`{find.install(name)}`" for name in absent)
