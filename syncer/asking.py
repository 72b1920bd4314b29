"""What commands ask for: of the running service, or of a runner of their own where none runs.

Here, above the composition root, because a command does not care who answers. The command line and the system tests import it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

from syncer.app import Tell, Wanted, runner
from syncer.clock import SystemClock
from syncer.config.settings import Config
from syncer.errors import TryLaterError
from syncer.service import config_check, housekeeping, looking, requests_job, results, snapshot
from syncer.service import wish as wishes
from syncer.service.events import Event
from syncer.service.explain import explain as explain_url
from syncer.service.lock import is_held
from syncer.service.loop import Loop
from syncer.store import requests
from syncer.store.database import Database, Named

POLL = 0.25
"""Seconds between two looks for the service's answer."""
PATIENCE = 30.0
"""Seconds that a command waits for the service to answer at all."""
LONG = 600.0
"""The same where it looks through all that was delivered before it answers."""


def get(config: Config, wish: dict[str, Any], *, tell: Tell, on_loop: Callable[[Loop], None]) -> dict[str, Any]:
    """Do one wish to its end: here, or by the service where one runs; return what came of it.

    What has to wait longer than a minute is left to the queue: its outcome is `waits`, with the reason and the time.
    """
    return _to_the_end(config, "get", wish, tell=tell, on_loop=on_loop)


def refetch(config: Config, wish: dict[str, Any], *, tell: Tell, on_loop: Callable[[Loop], None]) -> dict[str, Any]:
    """Read again what was delivered, to its end as `get` does; what a command left unfinished goes on. Raises ItemError."""
    return _to_the_end(config, "refetch", wish, tell=tell, on_loop=on_loop)


def _to_the_end(
    config: Config, verb: str, wish: dict[str, Any], *, tell: Tell, on_loop: Callable[[Loop], None]
) -> dict[str, Any]:
    if is_held(config.folders.state):
        return _by_service(config, verb, wish, tell)
    with runner(config, Wanted(inbox=False, checks=False, only=()), tell=tell) as loop:
        on_loop(loop)
        runtime = loop.runtime
        answer = requests_job.VERBS[verb](runtime, wish | {"goes_on": True})
        entry = answer["entry"]
        runtime.dispatch.only = (f"entry:{entry}",)
        loop.run_until(lambda: not wishes.is_open(runtime.db, entry))
        housekeeping.flush(runtime)
        return {
            "accepted": answer["words"],
            **wishes.outcome(runtime.db, entry),
            "stopped": loop.stopping,
            "by": "command",
        }


def _by_service(config: Config, verb: str, wish: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Ask the running service, and wait until it has done what was asked, or can do nothing of it for long."""
    clock = SystemClock()
    answer = ask(config, verb, wish, PATIENCE if verb == "get" else LONG)
    tell(Event("accepted", answer["what"], answer["words"]))
    with closing(Database.open(config.folders.state, clock)) as db:
        stopped = wishes.wait_for(db, answer["entry"], clock, POLL, lambda: is_held(config.folders.state))
        outcome = wishes.outcome(db, answer["entry"])
        return {"accepted": answer["words"], **outcome, "stopped": stopped, "by": "service"}


def ask(config: Config, verb: str, details: dict[str, Any], patience: float = PATIENCE) -> dict[str, Any]:
    """Have a request answered: by the running service, or here where none runs. Raises SyncerError with its answer."""
    clock = SystemClock()
    if not is_held(config.folders.state):
        with runner(config, Wanted(inbox=False, delivers=verb not in requests_job.LIGHT)) as loop:
            return requests_job.VERBS[verb](loop.runtime, details)
    db = Database.open(config.folders.state, clock)
    condition = threading.Condition()
    try:
        with db.write(Named.REQUEST) as tx:
            request = requests.ask(tx, verb, details)
        until = clock.monotonic() + patience
        while clock.monotonic() < until:
            with db.read() as tx:
                answer = requests.answer_of(tx, request)
            if answer is not None:
                return _unwrapped(answer)
            with condition:
                clock.wait(condition, POLL)
    finally:
        db.close()
    raise TryLaterError("the running syncer does not answer", "Look at `syncer status`; stop it and try again")


def _unwrapped(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        raise results.error_of(answer["error"])
    return answer


def explain(config: Config, url: str, subscription: str = "", label: str = "") -> dict[str, Any]:
    """Return every decision about a URL, with its reason; asks nothing of the net."""
    with looking.at(config) as look:
        return explain_url(look, url, subscription, label)


def check(config: Config) -> dict[str, Any]:
    """Return what is wrong with site files and follows of a config that itself is fine."""
    return config_check.check(snapshot.build(config))
