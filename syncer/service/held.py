"""Tells the dispatcher what is held back: what commands have paused, and sites that wait for their login.

Here, because pausing by command and logins both change it. They call it, and `app` at the start.
"""

from __future__ import annotations

from syncer.service.runtime import Runtime
from syncer.store import flags
from syncer.store.flags import Held


def refresh(runtime: Runtime) -> None:
    """Tell the dispatcher what is paused; after a start and after every change."""
    with runtime.db.read() as tx:
        what = {flag.what for flag in flags.everything(tx)}
    sites = {name.removeprefix(flags.SITE) for name in what if name.startswith(flags.SITE)} | runtime.logins.paused()
    held = Held(flags.ALL in what, flags.FILES in what, flags.FOLLOWS in what, tuple(sorted(sites)))
    runtime.dispatch.set_paused(held)
