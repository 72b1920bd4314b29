"""What other commands ask of the running service: looked for whenever the store was written from outside, and answered there.

Here, because only the holder of the lock may run jobs. The loop's clockwork calls it; `app` calls the same verbs directly where
no service runs.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from syncer.errors import ItemError, SyncerError
from syncer.follow import bounds
from syncer.model import Origin
from syncer.service import (
    accept_job,
    add_verbs,
    cookie_job,
    delivery,
    downloads,
    follow_verbs,
    known_job,
    login_verbs,
    preview,
    queue_verbs,
    refetch,
    repair,
    results,
    site_draft,
)
from syncer.service.accept_job import Asked
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.snapshot import OF_THE_WALK
from syncer.store import codec, requests
from syncer.store.database import Named
from syncer.store.entries import NewEntry

log = logging.getLogger(__name__)

Answer = dict[str, Any]


def get(runtime: Runtime, details: dict[str, Any]) -> Answer:
    """Accept one wish of the command line; answers its entry and what was made of it."""
    snapshot = runtime.snapshot
    asked = Asked(details["text"], details.get("url", ""), details.get("site", ""), details.get("query", ""))
    rule = str(details.get("rule") or "")
    within = bounds.of(details)
    planned = (
        accept_job.plan_by_rule(snapshot, asked, rule) if rule else accept_job.plan_within(snapshot, asked, within)
    )
    if planned.kind == "watch":
        # `get` takes what is there now; whoever wants a thread watched drops its link or names it in the config.
        planned = replace(planned, kind="walk")
    one_off = {key: details[key] for key in OF_THE_WALK if details.get(key) is not None}
    new = NewEntry(
        asked.text,
        Origin("url" if asked.url else "gallery", asked.text, asked.query),
        options=codec.dump(one_off),
        into_path=details.get("into", ""),
        again=bool(details.get("again")),
    )
    with runtime.db.write(Named.ACCEPT) as tx:
        accepted = accept_job.accept(tx, snapshot, asked, planned, new)
    runtime.dispatch.look_again()
    runtime.tell(Event("accepted", asked.text, accepted.words))
    return {"entry": accepted.entry, "what": asked.text, "state": accepted.state, "words": accepted.words}


def settle(runtime: Runtime, details: dict[str, Any]) -> Answer:
    """Decide about a delivery that no one can tell about."""
    words = delivery.decide(runtime, int(details["delivery"]), delivered=details["as"] == "delivered")
    return {"words": words}


VERBS: dict[str, Callable[[Runtime, dict[str, Any]], Answer]] = {
    "get": get,
    "settle": settle,
    **queue_verbs.VERBS,
    **downloads.VERBS,
    **follow_verbs.VERBS,
    "preview": preview.preview,
    **site_draft.VERBS,
    **cookie_job.VERBS,
    **known_job.VERBS,
    **add_verbs.VERBS,
    **refetch.VERBS,
    **login_verbs.VERBS,
    **repair.VERBS,
}
SLOW = frozenset({"preview", *site_draft.VERBS, *known_job.VERBS, *repair.VERBS, *refetch.VERBS}) | login_verbs.SLOW
"""Verbs that talk to the net or read whole libraries: each is answered in a thread of its own, the loop goes on."""
LIGHT = SLOW - frozenset((*repair.VERBS, *refetch.VERBS)) | frozenset(cookie_job.VERBS) | frozenset(login_verbs.VERBS)
"""Verbs that deliver nothing, so that they need no import folder."""


class RequestsJob:
    """Answers what is asked through the store."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seen = -1
        self._begun: set[int] = set()
        self._ended = threading.Event()

    def turn(self) -> bool:
        """Answer what is open; True when anything was asked, or was done apart meanwhile."""
        changed = self._runtime.db.changed_by_others()
        ended = self._ended.is_set()
        self._ended.clear()
        if changed == self._seen:
            return ended
        self._seen = changed
        with self._runtime.db.read() as tx:
            asked = requests.waiting(tx)
        for each in asked:
            if each.verb not in SLOW:
                self._do(each)
            elif each.id not in self._begun:
                self._begun.add(each.id)
                threading.Thread(target=self._do_apart, args=(each,), name=each.verb, daemon=True).start()
        return bool(asked) or ended

    def _do(self, asked: requests.Asked) -> None:
        answer = self._answer(asked.verb, asked.details)
        with self._runtime.db.write(Named.REQUEST) as tx:
            requests.answer(tx, asked.id, answer)

    def _do_apart(self, asked: requests.Asked) -> None:
        try:
            self._do(asked)
        except sqlite3.Error as error:
            # The service has ended meanwhile: who asked is told so.
            log.debug("the request %r was not answered: %s", asked.verb, error)
        self._ended.set()

    def _answer(self, verb: str, details: dict[str, Any]) -> Answer:
        try:
            return VERBS[verb](self._runtime, details)
        except SyncerError as error:
            return {"error": results.told(error)}
        except Exception as error:  # one odd request must not end the service
            log.debug("the request %r broke", verb, exc_info=True)
            return {
                "error": results.told(ItemError(f"the request could not be read: {error!r}", "Use the same version"))
            }
