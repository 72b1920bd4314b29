"""What became of the pages of each site: when its file last made sense of one, and what was last wrong.

Here, because a site that changed is seen by that alone, days later and by another process. Functions take a transaction and
never commit.
"""

from __future__ import annotations

from syncer.frozen import frozen
from syncer.store.database import Transaction


@frozen
class Logged:
    """What is known of one site; times are seconds since 1970, 0 = never."""

    site: str
    read_at: float = 0.0
    """When a page last gave posts."""
    fault_at: float = 0.0
    fault: str = ""
    advice: str = ""
    url: str = ""
    """The page of the last fault."""

    @property
    def is_broken(self) -> bool:
        """Tell whether nothing was read since the last fault."""
        return self.fault_at > self.read_at


def everything(tx: Transaction) -> dict[str, Logged]:
    """Return what is known, by site."""
    return {row["site"]: Logged(**dict(row)) for row in tx.rows("SELECT * FROM site_log")}


def was_read(tx: Transaction, site: str) -> None:
    """Note that a page of a site gave posts."""
    tx.run(
        "INSERT INTO site_log (site, read_at) VALUES (?, ?) ON CONFLICT (site) DO UPDATE SET read_at = excluded.read_at",
        (site, tx.now),
    )


def failed(tx: Transaction, site: str, url: str, why: str, advice: str = "") -> None:
    """Note that a page of a site came and was not what its file describes."""
    tx.run(
        "INSERT INTO site_log (site, fault_at, fault, advice, url) VALUES (?, ?, ?, ?, ?) ON CONFLICT (site) DO UPDATE SET"
        " fault_at = excluded.fault_at, fault = excluded.fault, advice = excluded.advice, url = excluded.url",
        (site, tx.now, why, advice, url),
    )
