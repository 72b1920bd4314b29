"""What follows from a failed job: the judge decides, this module does it.

Here, because a failure means something else for a page of a walk, for a domain, and for a single file.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.deliver.disk import DiskError
from syncer.errors import ItemError
from syncer.fetch import outage
from syncer.fetch.contexts import contexts
from syncer.fetch.failure import Failure, FailureKind
from syncer.fetch.judge import RULES, Judgement, Outcome, Pause, judge
from syncer.fetch.streaks import NET
from syncer.follow.state import Trouble, TroubleKind
from syncer.service import handed, listing_job, logins, page_fetch, parts
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import span
from syncer.store import jobs, rests, settle, usage, walks
from syncer.store.database import Named
from syncer.store.jobs import Job
from syncer.store.settle import Outcome as Settled

NOT_THERE = frozenset(
    {
        FailureKind.NOT_FOUND,
        FailureKind.GONE,
        FailureKind.LEGAL,
        FailureKind.FORBIDDEN,
        FailureKind.REFUSED_REQUEST,
    }
)
"""The site answered that a page of a listing is not to be had (hydrus: 404, 403, 400, 451): the walk goes on without it."""

TROUBLE = {
    FailureKind.UNAUTHORISED: TroubleKind.LOGIN,
    FailureKind.LOGIN_PAGE: TroubleKind.LOGIN,
    FailureKind.HTML_FOR_JSON: TroubleKind.UNREADABLE,
    FailureKind.BAD_ANSWER: TroubleKind.UNREADABLE,
    FailureKind.LEGAL: TroubleKind.UNREADABLE,
}

TOLD_AT_ONCE = frozenset({FailureKind.UNAUTHORISED, FailureKind.LOGIN_PAGE})
"""What only a person can mend: a follow shows it from the first time on, and its own timing says when it is tried again."""


def handle(runtime: Runtime, snapshot: Snapshot, job: Job, failure: Failure) -> bool:
    """Do what the judge says about a failed request; True when the job is settled."""
    tries, waits = _used(runtime, job)
    failure = replace(failure, detail=logins.hide(runtime, failure.url or job.url, failure.detail))
    judged = judge(failure, tries + 1, runtime.clock.now(), waits, row=count(runtime, job.lane, failure.kind))
    if TROUBLE.get(failure.kind) is TroubleKind.UNREADABLE:
        page_fetch.log_fault(runtime, job, job.site, judged.why, judged.advice)
    parts.after(runtime, job, failure)
    pause(runtime, job.lane, judged)
    if failure.kind in TOLD_AT_ONCE and job.kind == "listing" and job.source.startswith("follow:"):
        return _page(runtime, snapshot, job, failure, judged)
    if judged.outcome in (Outcome.RETRY, Outcome.WAIT):
        _put_off(runtime, job, judged, str(failure.kind))
        return False
    if job.kind == "listing":
        return _page(runtime, snapshot, job, failure, judged)
    if judged.outcome is Outcome.FAIL and _outlasts(runtime, job, failure.kind, judged):
        return False
    outcome = Settled(
        "gone" if judged.outcome is Outcome.GONE else "failed", judged.why, str(failure.kind), judged.advice
    )
    if job.kind == "file":
        parts.drop(runtime, snapshot, job.id, job.into_path)
    return give_up(runtime, job, outcome)


def _used(runtime: Runtime, job: Job) -> tuple[int, int]:
    """Return tries and waits of a job; a file of which a good piece came has them all before it again."""
    if job.kind != "file":
        return job.tries, job.waits
    with runtime.db.read() as tx:
        now = jobs.get(tx, job.id) or job
    return now.tries, now.waits


def _outlasts(runtime: Runtime, job: Job, kind: FailureKind, judged: Judgement) -> bool:
    """Let what a follow has found rest while its site is down, instead of giving it up; False when it is given up."""
    if not job.source.startswith("follow:"):
        return False
    with runtime.db.read() as tx:
        seconds = outage.rest(kind, tx.now - rests.queued_at(tx, job.id))
    if seconds is None:
        return False
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.rest(tx, job.id, until=tx.now + seconds, cause=str(kind), why=judged.why, advice=judged.advice)
    runtime.tell(Event("waits", job.url, f"{judged.why}; tried again in {span(seconds)}"))
    return True


def give_up(runtime: Runtime, job: Job, outcome: Settled) -> bool:
    """Settle a job that did not work."""
    with runtime.db.write(Named.SETTLE) as tx:
        settle.job(tx, job.id, outcome)
    runtime.tell(Event(outcome.name, job.url, outcome.why))
    return True


def count(runtime: Runtime, lane: str, kind: FailureKind) -> int:
    """Count a failure in the row of its domain, or of the net; return the row's length."""
    cause = RULES[kind].pause
    return 1 if cause is Pause.NONE else runtime.streaks.failed(NET if cause is Pause.ALL else lane)


def pause(runtime: Runtime, lane: str, judged: Judgement) -> None:
    """Let the whole domain of a lane, or everything, rest where that is the cause; it holds over a restart."""
    if not judged.rest:
        return
    until = runtime.clock.now() + judged.rest
    runtime.streaks.rests(NET if judged.pause is Pause.ALL else lane, judged.rest)
    everything, *domains = contexts(f"http://{lane}/")
    context = everything if judged.pause is Pause.ALL else domains[0]
    row = runtime.ledger.pause(context, until, judged.why)
    with runtime.db.write(Named.PUT_OFF) as tx:
        # Not what was just asked for: a longer pause that is in force must outlive a restart, too.
        usage.set_pause(tx, row.context, row.until, row.why)


def _put_off(runtime: Runtime, job: Job, judged: Judgement, cause: str) -> None:
    with runtime.db.write(Named.PUT_OFF) as tx:
        # A chain of redirects is walked anew: its links are often good for a short time only.
        jobs.from_start(tx, job.id)
        jobs.put_off(
            tx,
            job.id,
            until=tx.now + judged.wait,
            cause=cause,
            why=judged.why,
            advice=judged.advice,
            counts=judged.counts,
        )
    if judged.wait:
        runtime.tell(Event("waits", job.url, f"{judged.why}; tried again in {span(judged.wait)}"))


def _page(runtime: Runtime, snapshot: Snapshot, job: Job, failure: Failure, judged: Judgement) -> bool:
    """Give up one page of a walk: left out where the site does not have it, else the walk rests or ends."""
    # A thread that is withheld is not gone (hydrus ignores 451 for watchers).
    withheld = failure.kind is FailureKind.LEGAL and job.origin.by == "watcher"
    if failure.kind in NOT_THERE and not withheld:
        runtime.tell(Event("gone", job.url, judged.why))
        listing_job.without_page(runtime, snapshot, job, judged.why)
        return True
    trouble = Trouble(TROUBLE.get(failure.kind, TroubleKind.NETWORK), judged.why)
    return _trouble(runtime, snapshot, job, trouble, str(failure.kind), judged.advice)


def _trouble(runtime: Runtime, snapshot: Snapshot, job: Job, trouble: Trouble, cause: str, advice: str) -> bool:
    again = listing_job.broken_off(runtime, snapshot, job, trouble)
    if again is None:
        return _end_gallery(runtime, job, Settled("failed", trouble.why, cause, advice))
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.rest(tx, job.id, until=again, cause=cause, why=trouble.why, advice=advice)
    runtime.tell(Event("waits", job.url, trouble.why))
    return False


def _end_gallery(runtime: Runtime, job: Job, outcome: Settled) -> bool:
    """End a gallery download at a page that cannot be had; what it found before stays queued."""
    with runtime.db.write(Named.SETTLE) as tx:
        if job.walk is not None:
            walks.end(tx, job.walk, f"stopped at {handed.shown(job.url)}: {outcome.why}")
        settle.job(tx, job.id, outcome)
    runtime.tell(Event("failed", job.url, outcome.why))
    return True


def unreadable(runtime: Runtime, snapshot: Snapshot, job: Job, error: ItemError) -> bool:
    """Handle a page or file that came but is not what was due; True when the job is settled."""
    error = ItemError(logins.hide(runtime, job.url, error.title), logins.hide(runtime, job.url, error.advice))
    if job.kind == "listing":
        trouble = Trouble(TroubleKind.UNREADABLE, error.title)
        return _trouble(runtime, snapshot, job, trouble, "unreadable", error.advice)
    return give_up(runtime, job, Settled("failed", error.title, "unreadable", error.advice))


def broken(runtime: Runtime, snapshot: Snapshot, job: Job, outcome: Settled) -> bool:
    """Give up a job that an error of our own ended; a check is put off, so that its follow is looked at again."""
    if job.kind == "listing":
        trouble = Trouble(TroubleKind.OTHER, outcome.why)
        return _trouble(runtime, snapshot, job, trouble, outcome.cause, outcome.advice)
    return give_up(runtime, job, outcome)


def disk(runtime: Runtime, snapshot: Snapshot, job: Job, error: DiskError) -> bool:
    """Let everything wait until the disk takes files again, or one file where others go elsewhere; no try is used up."""
    failure = Failure(FailureKind.DISK, f"{error.title}. {error.advice}")
    if not job.into_path and len(snapshot.config.import_folders) <= 1:
        return handle(runtime, snapshot, job, failure)
    # The folder of one wish alone, or one of several, is no reason to let all others wait.
    judged = judge(failure, job.tries + 1, runtime.clock.now(), job.waits)
    _put_off(runtime, job, judged, str(failure.kind))
    return False
