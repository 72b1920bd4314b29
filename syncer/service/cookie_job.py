"""Cookies in the service: kept on disk when they change, taken over from files and browsers, and missed when they run out.

Here, because jars know no site files and site files know no jars. The loop's chores, the inbox and other commands call it; no
value of a cookie is in anything that it returns or tells.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from syncer.config import changes
from syncer.errors import ItemError
from syncer.fetch import cookie_files
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookie_files import Export
from syncer.service import cookie_list, logins
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.status import MISSED
from syncer.service.words import count
from syncer.store import requests
from syncer.store.database import Named

log = logging.getLogger(__name__)

MOST_FAULTS = 20
LEFT_OVER = 3600.0
READ = "cookie files"


def save(runtime: Runtime) -> None:
    """Write the jars that have changed; where the disk does not take them, the next time."""
    try:
        runtime.cookie_disk.save(runtime.client.jars)
    except OSError as error:
        log.warning("cookies cannot be written: %s; tried again in a moment", error)


def set_agents(runtime: Runtime) -> None:
    """Tell the client which User-Agent the config names for which domain; after a start and after every reload."""
    shot = runtime.snapshot
    agents = {
        owner: settings.user_agent
        for name, settings in shot.config.sites.items()
        if settings.user_agent
        for owner in cookie_list.owners_of(shot, name)
    }
    runtime.client.jars.set_agents(agents)


def take(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Take over what another process has laid down (the verb of `cookies import` and `from-browser`)."""
    jar = runtime.cookie_disk.handed_over(str(details["word"]))
    return {"domains": give(runtime, jar.cookies.values(), jar.user_agent)}


def give(runtime: Runtime, cookies: Iterable[Cookie], user_agent: str = "") -> dict[str, int]:
    """Keep cookies that a person brings, on disk before it returns; return how many that are not over came for each domain."""
    found = runtime.client.jars.give(cookies, user_agent)
    runtime.cookie_disk.save(runtime.client.jars)
    look(runtime)
    logins.lift(runtime, cookie_list.sites_of(runtime.snapshot, found), "new cookies came")
    return found


def clear(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Forget the cookies of a domain. Raises ItemError where there are none."""
    domain = str(details["domain"])
    gone = runtime.client.jars.clear(domain)
    if not gone:
        raise ItemError(f"there are no cookies of {domain}", "`syncer cookies list` names the domains that have some")
    runtime.cookie_disk.save(runtime.client.jars)
    look(runtime)
    return {"domains": gone, "words": f"forgotten: {domains(gone)}"}


VERBS = {"cookies take": take, "cookies clear": clear}


def take_file(runtime: Runtime, name: str, data: bytes) -> str:
    """Take over a dropped file of cookies; return in words what it held. Raises ItemError where it held none, and OSError."""
    export = cookie_files.read(data)
    if not export.cookies:
        raise ItemError(f"there is no cookie in it{faults(export)}", "Export the cookies from your browser again")
    found = give(runtime, export.cookies)
    return f"{name}: {taken(found)}; they are in syncer's own store now, and this file was deleted{faults(export)}\n"


def taken(found: Mapping[str, int]) -> str:
    """Say how many cookies came for which domains."""
    return f"{count(sum(found.values()), 'cookie')} for {domains(found)}"


def domains(found: Mapping[str, int]) -> str:
    """Name domains with their number of cookies."""
    return ", ".join(f"{domain} ({number})" for domain, number in sorted(found.items())) or "no domain"


def faults(export: Export) -> str:
    """Name what was left out of a file, each on a line of its own; nothing of what is in it is shown."""
    shown = [f"\n{fault}: left out" for fault in export.faults[:MOST_FAULTS]]
    more = len(export.faults) - len(shown)
    return "".join(shown) + (f"\nand {more} more were left out" if more > 0 else "")


class CookieFiles:
    """The files that `[cookies] files` names, read when they change; belongs to the loop's thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._told: dict[Path, str] = {}

    def turn(self) -> None:
        """Read the files that are not as they were when they were last read, be it by an earlier run."""
        runtime = self._runtime
        files = runtime.snapshot.config.cookie_files
        if not files:
            return
        with runtime.db.read() as tx:
            known = requests.fact(tx, READ) or {}
        for trace in changes.fingerprint(files):
            mark = [trace.size, trace.changed, trace.inode]
            if trace.size is None:
                self._tell(trace.path, "is not there; the cookies of before stay")
            elif known.get(str(trace.path)) != mark:
                self._read(trace.path)
                known = {**known, str(trace.path): mark}
                with runtime.db.write(Named.FLUSH) as tx:
                    requests.set_fact(tx, READ, known)

    def _read(self, file: Path) -> None:
        try:
            with file.open("rb") as opened:
                export = cookie_files.read(opened.read(cookie_files.MOST_BYTES + 1))
            found = give(self._runtime, export.cookies)
        except OSError as error:
            self._tell(file, f"cannot be read: {error.strerror}")
            return
        self._told.pop(file, None)
        self._runtime.tell(Event("notice", file.name, f"read: {taken(found)}{faults(export)}"))

    def _tell(self, file: Path, why: str) -> None:
        if self._told.get(file) != why:
            self._told[file] = why
            self._runtime.tell(Event("notice", "[cookies] files", f"{file} {why}"))


def look(runtime: Runtime) -> None:
    """Miss the cookies that a site file needs and that are over, or nearly: a word once, and a line in `status`."""
    now = runtime.clock.now()
    found = cookie_list.missed(runtime.snapshot, runtime.client.jars.everything(), now)
    with runtime.db.read() as tx:
        before = requests.fact(tx, MISSED) or []
    if found == before:
        return
    with runtime.db.write(Named.FLUSH) as tx:
        requests.set_fact(tx, MISSED, found)
    for each in found:
        if each not in before:
            runtime.tell(Event("notice", each["subject"], f"{each['why']}. {each['advice']}"))


def tidy(runtime: Runtime) -> None:
    """Look which cookies are missed, and remove what a killed command laid down; every hour or so."""
    runtime.cookie_disk.drop_left_over(runtime.clock.now() - LEFT_OVER)
    look(runtime)
