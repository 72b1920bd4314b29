"""A dropped list on its way into the store: some of its lines at a time, each piece in one transaction with what came of it.

Here, because a list of many thousand lines must hold nothing else up, and a kill between two pieces must neither lose nor double a line:
what was told of the lines before says where to go on. The inbox job calls it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from syncer.intake.lines import Line, LineKind
from syncer.intake.linkfile import LinkFile
from syncer.intake.seen import Seen
from syncer.model import Origin
from syncer.service import accept_job
from syncer.service.accept_job import Asked, Plan
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import moment
from syncer.store import entries
from syncer.store.codec import dump
from syncer.store.database import Named, Transaction
from syncer.store.entries import FileIdentity, NewEntry, Told

LINES: Final = 500
"""So many lines are queued at once: about a tenth of a second."""


@dataclass(slots=True)
class Dropped:
    """A list that is being taken in."""

    seen: Seen
    name: str
    label: str
    identity: FileIdentity
    read: LinkFile
    origin: Origin
    again: bool
    left: deque[Line]
    """What is not in the store yet."""
    file_id: int | None = None
    """None = nothing of it is."""


def go_on(runtime: Runtime, dropped: Dropped, file_id: int) -> None:
    """Take up a list of which a part is in the store since before a crash."""
    dropped.file_id = file_id
    with runtime.db.read() as tx:
        told = Counter((number, text) for number, text, _ in entries.told(tx, file_id))
    left: deque[Line] = deque()
    for line in dropped.left:
        # Not by how many they are: a site file that came meanwhile lets the same line be read in another way.
        if told[line.number, line.text] > 0:
            told[line.number, line.text] -= 1
        else:
            left.append(line)
    dropped.left = left


def take(runtime: Runtime, dropped: Dropped) -> tuple[int, str] | None:
    """Queue the next lines; once there are no more, return the file's id and the text of its result file."""
    some = [dropped.left[place] for place in range(min(LINES, len(dropped.left)))]
    snapshot = runtime.snapshot
    planned = [(line, _asked(line), _plan(snapshot, line)) for line in some]
    last = len(some) == len(dropped.left)
    result = None
    with runtime.db.write(Named.ACCEPT) as tx:
        file_id = dropped.file_id
        if file_id is None:
            file_id = entries.begin_file(tx, dropped.identity, dropped.label)
        told = list(_queued(tx, snapshot, dropped, planned, file_id))
        if last:
            told += [*entries.told(tx, file_id), *((twin.number, twin.text, twin.why) for twin in dropped.read.twins)]
            result = result_text(dropped.name, tx.now, [(number, f"{text}: {words}") for number, text, words in told])
            entries.accept_file(tx, file_id, result)
        else:
            entries.add_told(tx, file_id, told)
    dropped.file_id = file_id
    for _ in some:
        dropped.left.popleft()
    runtime.dispatch.look_again()
    return None if result is None else (file_id, result)


def _queued(
    tx: Transaction,
    snapshot: Snapshot,
    dropped: Dropped,
    planned: Iterable[tuple[Line, Asked, Plan | None]],
    file_id: int,
) -> Iterator[Told]:
    """Queue lines; yield what came of each."""
    origin = dropped.origin
    for line, asked, plan in planned:
        if plan is None:
            yield line.number, line.text, f"rejected: {line.why}"
            continue
        if line.claimed_only and plan.recognised is None:
            yield line.number, line.text, "left out: no site file knows it"
            continue
        options = one_off(snapshot, line, origin)
        new = NewEntry(
            asked.text, replace(origin, query=asked.query), line=line.number, again=dropped.again, options=options
        )
        done = accept_job.accept(tx, snapshot, asked, plan, new, file_id)
        yield line.number, line.text, done.words


def _asked(line: Line) -> Asked:
    if line.kind is LineKind.QUERY:
        return Asked(f"{line.site}: {line.query}", site=line.site, query=line.query)
    return Asked(line.url, url=line.url)


def _plan(snapshot: Snapshot, line: Line) -> Plan | None:
    if line.kind is LineKind.REJECTED:
        return None
    if line.rule:
        return accept_job.plan_by_rule(snapshot, _asked(line), line.rule)
    return accept_job.plan(snapshot, _asked(line))


def one_off(snapshot: Snapshot, line: Line, origin: Origin) -> str:
    """Return as JSON what a line says for itself alone, and how urgent its label is."""
    said: dict[str, object] = {}
    if line.tags:
        said["extend_add_tags"] = line.tags
    if line.rule:
        said["rule"] = line.rule
    priority = snapshot.config.labels.get(origin.label.partition("/")[0].casefold())
    if priority is not None:
        said["priority"] = priority
    return dump(said)


def result_text(name: str, at: float, rows: list[tuple[int, str]]) -> str:
    """Return the text of a result file: what came of each line, by its number and in words."""
    body = "".join(f"line {number}: {words}\n" for number, words in sorted(rows))
    return f"{name}, accepted {moment(at)}\n{body}"
