"""What `bandwidth` says: what each context used, the rule that binds it, when that frees, and who is paused.

Here, because it only reads the store and must say the same beside a running service as without one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Final

from syncer.config import rules
from syncer.errors import ItemError
from syncer.fetch.contexts import EVERYTHING
from syncer.fetch.ledger import Ledger, Standing
from syncer.fetch.usage import PauseRow, Unit, start_of
from syncer.service.bandwidth_of import PAGES
from syncer.service.looking import Look
from syncer.store import usage
from syncer.store.usage import Used

SPANS: Final[dict[str, Unit]] = {"now": "minute", "today": "day", "month": "month"}
LOOKED_AT: Final = 500
"""So many contexts are looked at closely, those that were used most today."""
SHORT: Final = 2.0
"""Seconds of waiting that are nothing but the pace."""


def report(look: Look, *, context: str = "", limit: int = 0) -> dict[str, Any]:
    """Return all contexts in use as plain data, those that wait or will soon first; 0 = no limit.

    Raises ItemError where `context` means none.
    """
    used = _used(look)
    names = {each: look.ledger.name(each) for each in _closely(used, context)}
    chosen = [each for each in names if not context or _means(context, each, names[each])]
    if context and not chosen:
        raise _unknown(context, names)
    now = look.clock.now()
    rows = (_row(look.ledger, each, used.get(each, {}), now) for each in chosen)
    found = sorted((row for row in rows if context or not _is_pace(row)), key=_importance)
    everything = len(used) if not context else len(found)
    return {"contexts": found[:limit] if limit else found, "all": everything}


def standings(ledger: Ledger, contexts: Iterable[str]) -> list[dict[str, Any]]:
    """Return how every rule stands that binds a request of these contexts."""
    return [{"context": each.context, "name": each.name, **_rule(each)} for each in ledger.standings(tuple(contexts))]


def _used(look: Look) -> dict[str, dict[str, Used]]:
    """Return what each context used, by span; those that are paused are there too."""
    found: dict[str, dict[str, Used]] = {row.context: {} for row in look.ledger.pauses()}
    if look.db is None:
        return found
    with look.db.read() as tx:
        for name, unit in SPANS.items():
            for context, used in usage.in_span(tx, unit, start_of(unit, tx.now)).items():
                found.setdefault(context, {})[name] = used
    return found


def _closely(used: dict[str, dict[str, Used]], context: str) -> list[str]:
    """Return the contexts to look at: all, if there are not thousands; a name can only be asked for of all."""
    ordered = sorted(used, key=lambda each: used[each].get("today", (0, 0)), reverse=True)
    return ordered if context else ordered[:LOOKED_AT]


def _row(ledger: Ledger, context: str, used: dict[str, Used], now: float) -> dict[str, Any]:
    standing = ledger.standings((context,))
    pause = next((row for row in ledger.pauses() if row.context == context), None)
    return {
        "context": context,
        "name": ledger.name(context),
        **{span: dict(zip(("requests", "bytes"), used.get(span, (0, 0)), strict=True)) for span in SPANS},
        "rules": [_rule(each) for each in standing],
        "binds": _rule(binding) if (binding := _binding(standing)) is not None else None,
        "paused": None if pause is None else {"until": pause.until, "free_in": _left(pause, now), "why": pause.why},
    }


def _left(pause: PauseRow, now: float) -> float:
    return round(max(0.0, pause.until - now), 1)


def _rule(standing: Standing) -> dict[str, Any]:
    rule = standing.rule
    return {
        "rule": rules.write(rule),
        "counts": rule.kind,
        "used": standing.used,
        "allows": rule.amount,
        "free_in": round(standing.wait, 1),
    }


def _binding(standing: tuple[Standing, ...]) -> Standing | None:
    """Return the rule that holds longest; where none holds, the one of which most is used up, the mere pace last."""
    return max(standing, key=lambda each: (_waits(each), _is_long(each), each.used / each.rule.amount), default=None)


def _waits(standing: Standing) -> float:
    return standing.wait if standing.wait > SHORT else 0.0


def _is_long(standing: Standing) -> bool:
    return standing.rule.seconds is None or standing.rule.seconds > 60


def _importance(row: dict[str, Any]) -> tuple[object, ...]:
    binds = row["binds"]
    waits = binds is not None and binds["free_in"] > SHORT
    full = binds["used"] / binds["allows"] if binds is not None else 0.0
    kind = row["context"].partition(":")[0]
    return (not row["paused"], not waits, kind != EVERYTHING, -full, -row["today"]["requests"], row["name"])


def _is_pace(row: dict[str, Any]) -> bool:
    """Tell whether a context only keeps listing pages apart, and holds none now."""
    return row["context"].partition(":")[0] in PAGES and not (row["binds"] and row["binds"]["free_in"])


def _means(given: str, context: str, name: str) -> bool:
    return given == context or given.casefold() in name.casefold()


def _unknown(given: str, names: dict[str, str]) -> ItemError:
    close = difflib.get_close_matches(given, [name.partition(" ")[2] or name for name in names.values()], n=1)
    hint = f'Did you mean "{close[0]}"?' if close else "`syncer bandwidth` shows those that were used this month"
    return ItemError(f'no bandwidth context in use is called "{given}"', hint)
