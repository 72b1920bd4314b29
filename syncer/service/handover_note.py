"""Notes which other programs are installed, for `status`, which must not ask them itself.

Here, apart from what reads the note, since asking loads much. The service calls it at its start and every hour.
"""

from __future__ import annotations

from syncer.handover import choose, find
from syncer.service import facts
from syncer.service.runtime import Runtime
from syncer.store import requests
from syncer.store.database import Named


def note(runtime: Runtime) -> None:
    """Look which programs are installed, and note it where it has changed."""
    config = runtime.snapshot.config
    names, _ = choose.programs_for("", config.handover, config.network.only)
    found = []
    for name in names:
        tool = runtime.tools.tool(name, config)
        if tool is not None:
            found.append([name, tool.version, tool.since, find.renew(tool), choose.too_old(tool)])
    with runtime.db.read() as tx:
        before = requests.fact(tx, facts.PROGRAMS)
    if found != (before or []):
        with runtime.db.write(Named.REQUEST) as tx:
            requests.set_fact(tx, facts.PROGRAMS, found)
