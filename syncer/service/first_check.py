"""How much a first check or a download takes, in words: a person must know it before it has come.

Here, apart from what checks need, because `status` says it too and loads none of that. Commands and checks use it.
"""

from __future__ import annotations

import json

from syncer.service.words import count
from syncer.store.follows import Follow


def takes(limit: int) -> str:
    """Say what a first check with such a limit takes; 0 = no limit."""
    return f"the newest {count(limit, 'post')} at most" if limit else "all posts that it finds"


def of_all(total: int, limit: int | None) -> str:
    """Say how much of a listing a walk takes whose site tells how many posts it has."""
    there = f"the site says that there are {count(total, 'post')}"
    return f"{there}; {count(limit, 'new one')} at most are taken" if limit and limit < total else there


def of(follow: Follow) -> str:
    """Say what the first check of a query takes that had none yet; "" = it had one, or is a thread."""
    if follow.kind != "query" or follow.synced:
        return ""
    return f"first check: {takes(int(json.loads(follow.settings)['first_limit']))}"
