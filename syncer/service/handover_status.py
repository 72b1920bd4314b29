"""Which other programs are installed, for `status`: noted in the store by whoever looked, since a look can cost a second.

Here, because `status` only reads the store, and loads nothing that asks programs. The service notes it now and then.
"""

from __future__ import annotations

from typing import Any

from syncer.config.handover import OLD
from syncer.service import facts
from syncer.store import requests
from syncer.store.database import Transaction

DAY = 86_400


def programs(tx: Transaction) -> list[dict[str, Any]]:
    """Return the programs that were there at the last look, with their age; an old one with what makes it new."""
    rows = []
    for name, version, since, renew, too_old in requests.fact(tx, facts.PROGRAMS) or []:
        days = None if since is None else max(0, int((tx.now - since) // DAY))
        old = days is not None and days * DAY > OLD
        why = too_old.partition(", ")[2] or ("sites change faster than that" if old else "")
        advice = f"{why}: {renew}" if why else ""
        rows.append({"name": name, "version": version, "days": days, "advice": advice})
    return rows
