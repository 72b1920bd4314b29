"""What commands ask about follows: list, check now, revive, reset, gaps, and why the next check is when it is.

Here, because the holder of the lock answers them from the store. The table of requests takes its verbs from here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncer.errors import ItemError
from syncer.follow import state as states
from syncer.follow import timing
from syncer.service import catalogue_words, first_check, follow_names, pause_job, timing_of
from syncer.service.reload import Reload
from syncer.service.runtime import Runtime
from syncer.service.words import count
from syncer.store import catalogues, follows, gaps
from syncer.store.database import Named, Transaction
from syncer.store.follows import Follow

Answer = dict[str, Any]


def show(runtime: Runtime, details: Answer) -> Answer:
    """List the follows, `only` those that are `due`, `dead`, have `gaps` or `faults`."""
    only = details.get("only", "")
    with runtime.db.read() as tx:
        open_gaps = gaps.counts(tx)
        listed = catalogue_words.grouped(tx, follows.everything(tx))
        rows = [_row(tx, follow, open_gaps.get(follow.id, 0)) | {"catalogue": owner} for follow, owner in listed]
        now = tx.now
    return {"follows": [row for row in rows if not only or _ONLY[only](row, now)]}


_ONLY: dict[str, Callable[[Answer, float], bool]] = {
    "due": lambda row, now: row["status"] == "alive" and not row["paused"] and row["next_check"] <= now,
    "dead": lambda row, _: row["status"] != "alive",
    "gaps": lambda row, _: row["gaps"] > 0,
    "faults": lambda row, _: row["faults"] > 0,
}


def _row(tx: Transaction, follow: Follow, open_gaps: int) -> Answer:
    return {
        "id": follow.id, "kind": follow.kind, "site": follow.site, "name": follow.name, "query": follow.query,
        "label": follow_names.label(follow), "status": follow.status, "paused": pause_job.why_paused(tx, follow),
        "next_check": follow.next_check, "last_check": follow.last_check, "why": follow.why, "faults": follow.faults,
        "gaps": open_gaps, "checking": follow.walk is not None, "first": first_check.of(follow),
        "threads": catalogue_words.tally(tx, follow) if follow.kind == "catalogue" else None,
    }  # fmt: skip


def now(runtime: Runtime, details: Answer) -> Answer:
    """Let follows be checked at once, dead ones too, at the earliest 30 seconds after their last check."""
    with runtime.db.write(Named.REQUEST) as tx:
        found = follow_names.find(tx, runtime.snapshot, details["name"])
        paused = sorted({words for follow in found if (words := " and ".join(pause_job.why_paused(tx, follow)))})
        if paused:
            raise ItemError(f'"{details["name"]}": {"; ".join(paused)}', "Resume it first")
        for follow in found:
            if follow.walk is None:
                after = states.check_now(timing_of.state(follow), tx.now)
                follows.set_state(tx, timing_of.with_state(follow, after))
    return {"words": f"{count(len(found), 'follow')} checked now"}


def revive(runtime: Runtime, details: Answer) -> Answer:
    """Let dead follows be checked again, whatever they died of."""
    with runtime.db.write(Named.REQUEST) as tx:
        found = follow_names.find(tx, runtime.snapshot, details["name"])
        dead = [follow for follow in found if follow.status != "alive"]
        for follow in dead:
            follows.revive(tx, follow.id)
    return {"words": f"{count(len(dead), 'follow')} revived" if dead else "it is alive"}


def reset(runtime: Runtime, details: Answer) -> Answer:
    """Forget the log of follows, as if they were new."""
    with runtime.db.write(Named.REQUEST) as tx:
        found = follow_names.find(tx, runtime.snapshot, details["name"])
        if any(follow.walk is not None for follow in found) or any(
            gap.state == gaps.FILLING for follow in found for gap in gaps.of_follow(tx, follow.id)
        ):
            raise ItemError("a check of it, or the filling of a gap, is under way", "Try again when that has ended")
        for follow in found:
            follows.reset(tx, follow.id)
            catalogues.forget(tx, follow.id)
    return {"words": f"{count(len(found), 'follow')} reset: what is known already is not downloaded again"}


def gap(runtime: Runtime, details: Answer) -> Answer:
    """Have the gaps of follows filled, ignored ones too, or ignored; one that is being filled is left to its end."""
    fill = bool(details["fill"])
    wanted = (gaps.OPEN, gaps.IGNORED) if fill else (gaps.OPEN,)
    with runtime.db.write(Named.REQUEST) as tx:
        found = follow_names.find(tx, runtime.snapshot, details["name"])
        changed = [each for follow in found for each in gaps.of_follow(tx, follow.id) if each.state in wanted]
        for each in changed:
            if fill:
                gaps.open_again(tx, each.id)
            else:
                gaps.set_state(tx, each.id, gaps.IGNORED)
    return {"words": f"{count(len(changed), 'gap')} {'to be filled' if fill else 'ignored'}"}


def explain(runtime: Runtime, details: Answer) -> Answer:
    """Return why the follows of a name are checked next when they are: velocity, log, who pauses them."""
    with runtime.db.read() as tx:
        found = follow_names.find(tx, runtime.snapshot, details["name"])
        return {"follows": [_explained(tx, follow) for follow in found]}


def _explained(tx: Transaction, follow: Follow) -> Answer:
    log, rules = timing_of.log_of(tx, follow), timing_of.rules(follow.settings)
    unfilled = [each.why for each in gaps.unfilled(tx, follow.id)]
    velocity = str(timing.velocity(log, rules, int(follow.last_check))) if follow.last_check else "not measured yet"
    return _row(tx, follow, len(unfilled)) | {
        "urls": list(follow.urls), "velocity": velocity, "log": len(log), "unfilled": unfilled, "synced": follow.synced,
        "shown": catalogue_words.threads(tx, follow) if follow.kind == "catalogue" else [],
    }  # fmt: skip


def reload(runtime: Runtime, details: Answer) -> Answer:
    """Read config and site files again; with `yes` also where many queries vanish."""
    read = runtime.reload or Reload(runtime).now
    done = read(yes=bool(details.get("yes")))
    path = str(runtime.snapshot.config.path)
    return {
        "path": path,
        "added": done.added,
        "retired": done.retired,
        "faults": list(done.faults),
        "network": list(done.network),
        "words": done.words,
    }


VERBS: dict[str, Callable[[Runtime, Answer], Answer]] = {
    "pause": pause_job.pause,
    "resume": pause_job.resume,
    "follow list": show,
    "follow now": now,
    "follow pause": pause_job.pause_follow,
    "follow resume": pause_job.resume_follow,
    "follow revive": revive,
    "follow reset": reset,
    "follow gap": gap,
    "follow explain": explain,
    "reload": reload,
}
