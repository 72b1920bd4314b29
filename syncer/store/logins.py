"""The logins of sites: which one was made and when, and which sites wait for a person because it did not work.

Here, because both must outlive the process. No secret is ever in it. Functions take a transaction and never commit.
"""

from __future__ import annotations

from syncer.frozen import frozen
from syncer.store.database import Transaction

CAUSES = ("login_page", "unauthorised")
"""What jobs ask for that wait for a login."""


@frozen
class Kept:
    """What is known of one site's login."""

    site: str
    name: str = ""
    """The login that was made last."""
    at: float = 0.0
    """When that was, in seconds since 1970; 0 = never, or it is lost."""
    out: bool = False
    """The site is paused until a person does something."""
    why: str = ""
    advice: str = ""
    mark: str = ""
    """What the config said then of where its secrets are."""
    chosen: str = ""
    """The login that a person has chosen; `none` = none."""


def everything(tx: Transaction) -> dict[str, Kept]:
    """Return what is known, by site."""
    return {row["site"]: Kept(**{**dict(row), "out": bool(row["out"])}) for row in tx.rows("SELECT * FROM logins")}


def put(tx: Transaction, kept: Kept) -> None:
    """Note what is known of a site's login, in place of what was."""
    tx.run(
        "INSERT OR REPLACE INTO logins (site, name, at, out, why, advice, mark, chosen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (kept.site, kept.name, kept.at, int(kept.out), kept.why, kept.advice, kept.mark, kept.chosen),
    )


def ask(tx: Transaction, job_id: int, cause: str, kept: Kept) -> None:
    """Set a job aside, from its first URL on and with all its tries, until the login of that site works."""
    tx.run(
        "UPDATE jobs SET state = 'asks', site = ?, cause = ?, why = ?, advice = ?, tries = 0, waits = 0, lane = home, hop = '', hops = ''"
        " WHERE id = ? AND state <> 'done'",
        (kept.site, cause, kept.why, kept.advice, job_id),
    )


def wake(tx: Transaction, site: str) -> int:
    """Let the jobs that wait for a site's login wait for their turn; return how many."""
    return tx.run(
        "UPDATE jobs SET state = 'waiting', not_before = 0 WHERE state = 'asks' AND site = ?"
        f" AND cause IN ({','.join('?' * len(CAUSES))})",
        (site, *CAUSES),
    )
