"""The named misbehaviours of the local site, and how a request asks for one.

`/fault/NAME/rest` serves `/rest` wrongly; details go with the name: `/fault/drip,seconds=0.1,times=2/media/1.png`
(`times`: only so many requests, then rightly; ordered by a test also `after`: so many rightly first). Pure apart from
counting. Only the demo and tests import it.
"""

from __future__ import annotations

import dataclasses
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from syncer.demo import faults_body, faults_move, faults_page, faults_range, faults_status
from syncer.demo.fault import Fault
from syncer.demo.reply import Ask, Render, Reply, plain_error

_PREFIX = re.compile(r"(/fault/([\w-]+)((?:,\w+=[^,/]*)*))(/.*)")

FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for table in (faults_body.TABLE, faults_move.TABLE, faults_page.TABLE, faults_range.TABLE, faults_status.TABLE)
    for fault in table
}


def find(name: str) -> Fault | None:
    """Return the fault of that name; any status from 400 to 599 is one by its number."""
    if name in FAULTS:
        return FAULTS[name]
    return faults_status.by_number(int(name)) if re.fullmatch("[45][0-9]{2}", name) else None


def split(ask: Ask) -> tuple[str, Ask]:
    """Take a fault's prefix off a request: the fault's name ("" = none) and the request without it."""
    match = _PREFIX.fullmatch(ask.path)
    if not match:
        return "", ask
    details = dict(pair.split("=", 1) for pair in match[3].split(",") if pair)
    return match[2], dataclasses.replace(ask, prefix=match[1], path=match[4], details=details)


@dataclass(slots=True)
class _Order:
    """One order to misbehave; `left` None = always."""

    pattern: str
    name: str
    left: int | None
    details: Mapping[str, str]
    spare: int = 0
    """So many requests are answered rightly first."""


@dataclass(slots=True)
class Mischief:
    """Decides for each request whether it is answered rightly; remembers how often it was not. Thread-safe."""

    _orders: list[_Order] = field(default_factory=list)
    _done: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, pattern: str, name: str, times: int | None, details: Mapping[str, object]) -> None:
        """Misbehave on targets that match `pattern` (as in a shell); raises ValueError for an unknown name."""
        fault = find(name)
        if fault is None:
            raise ValueError(f"no fault is called {name!r}; there are {', '.join(sorted(FAULTS))}")
        with self._lock:
            left = fault.times if times is None else times
            given = {key: str(value) for key, value in details.items()}
            self._orders.append(_Order(pattern, name, left, given, int(given.get("after", "0"))))

    def forget(self) -> None:
        """Behave from now on, where no path asks for a fault."""
        with self._lock:
            self._orders.clear()

    def answer(self, ask: Ask, render: Render) -> tuple[Reply, str]:
        """Return the reply, wrong where a path or an order says so, and the name of the fault ("" = none)."""
        name, plain = split(ask)
        if not name:
            name, plain = self._ordered(ask)
        elif not self._due(plain, find(name)):
            name = ""
        if not name:
            return render(plain), ""
        fault = find(name)
        if fault is None:
            return plain_error(404, f"no fault is called {name}"), name
        return fault.apply(plain, render), name

    def _due(self, ask: Ask, fault: Fault | None) -> bool:
        most = ask.details.get("times", fault.times if fault else None)
        if most is None:
            return True
        with self._lock:
            self._done[ask.prefix + ask.target] += 1
            return self._done[ask.prefix + ask.target] <= int(most)

    def _ordered(self, ask: Ask) -> tuple[str, Ask]:
        with self._lock:
            for order in self._orders:
                if order.left == 0 or not any(fnmatchcase(text, order.pattern) for text in (ask.path, ask.target)):
                    continue
                if order.spare:
                    order.spare -= 1
                    continue
                if order.left is not None:
                    order.left -= 1
                return order.name, dataclasses.replace(ask, details=order.details)
        return "", ask
