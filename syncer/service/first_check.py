"""How much the first check of a query takes, in words: a person must know it before it begins.

Here, apart from what checks need, because `status` says it too and loads none of that. Commands and checks use it.
"""

from __future__ import annotations

import json

from syncer.service.words import count
from syncer.store.follows import Follow


def takes(limit: int) -> str:
    """Say what a first check with such a limit takes; 0 = no limit."""
    return f"the newest {count(limit, 'post')} at most" if limit else "all posts that it finds"


def of(follow: Follow) -> str:
    """Say what the first check of a query takes that had none yet; "" = it had one, or is a thread."""
    if follow.kind != "query" or follow.synced:
        return ""
    return f"first check: {takes(int(json.loads(follow.settings)['first_limit']))}"
