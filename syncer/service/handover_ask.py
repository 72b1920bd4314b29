"""Asking another program: with whose cookies, at which pace, over which way; and what became of it, as our faults and in our books.

Here, because pace, cookies, proxies and secrets are the service's, while the program only knows a file and a number. The jobs of
handovers call it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from syncer import private
from syncer.config import masks
from syncer.config.handover import YT_DLP
from syncer.config.masks import Hide
from syncer.config.proxies import DIRECT, Proxy
from syncer.config.settings import Config
from syncer.deliver import disk
from syncer.errors import ItemError
from syncer.fetch.contexts import contexts
from syncer.fetch.cookie import Cookie
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.guard import guard
from syncer.handover import choose, find, hidden
from syncer.handover.base import Ask, Judge, Limits, Manners, Tool, Trouble, nobody
from syncer.service import logins
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store.jobs import Job

_COOKIES: Final = "cookies.txt"
_WINDOW: Final = 60
"""Rules over longer times than so many seconds say how much, and not how far apart."""


def tool_of(runtime: Runtime, config: Config, name: str, url: str) -> Tool:
    """Return a program that may be asked about a URL now. Raises ItemError with the cure, FetchError (blocked_address)."""
    guard(config.network.allow, config.network.only).check_url(url)
    if config.network.only:
        _, why = choose.programs_for(url, config.handover, config.network.only)
        raise ItemError(f"{name} is not run: {why}", "Take the key out of the config to let it run")
    found = runtime.tools.tool(name, config)
    if found is None:
        named = find.named(name, config.handover)
        if named is not None:
            raise ItemError(f"{named} is no program", f"The config names it as {name}; mend it, or take the key out")
        raise ItemError(f"{name} is not installed, and {url} needs it", f"`{find.install(name)}` installs it")
    if why := choose.too_old(found):
        raise ItemError(why, f"Renew it: {find.renew(found)}")
    return found


def ask(
    runtime: Runtime,
    snapshot: Snapshot,
    name: str,
    url: str,
    folder: Path,
    *,
    first: int = 1,
    last: int = 1,
    beside: Path | None = None,
    asked: Callable[[str], None] = nobody,
    archive: Path | None = None,
    judge: Judge | None = None,
) -> Ask:
    """Return what a program is asked about a URL (in its own form); `folder` is private to this run, `beside` a part on its disk."""
    config = snapshot.config
    plain = url[url.index("http") :]
    room = config.handover.max_size if beside is None else _room(config, beside)
    limits = Limits(config.handover.time, config.handover.max_files, room)
    # Downloads run beside each other, as many as there are connections; together they keep the pace.
    share = 1 if beside is None else config.bandwidth.connections_per_domain
    manners = Manners(
        pace=share * max(pace(runtime, plain), _pause(runtime, config, name, plain)),
        rate=rate(runtime, plain) // share,
        user_agent=runtime.client.jars.user_agent(plain),
        cookies=_cookies(runtime, plain, folder),
        proxy=_proxy(runtime, config),
        ca_file=config.network.ca_file,
        ip=config.network.ip,
        timeout=config.network.read_timeout,
    )
    hide = _hider(runtime, config, plain, manners)
    cache = runtime.tools.cache(name)
    return Ask(url, folder, limits, manners, first, last, cache, asked, archive=archive, hide=hide, judge=judge)


def _hider(runtime: Runtime, config: Config, url: str, manners: Manners) -> Hide:
    """Return what takes out of a program's words all that it was told in confidence: options, cookies, the login of a proxy."""
    login = unquote(manners.proxy.partition("://")[2].rpartition("@")[0])
    told = masks.hider((*hidden.of_options(config.handover), login, *login.split(":", 1)))
    return lambda text: told(logins.hide(runtime, url, text))


def _room(config: Config, beside: Path) -> int:
    """Return how many bytes a run may lay down: what the config allows, and what leaves the space free that must stay free."""
    with disk.errors(beside):
        free = shutil.disk_usage(beside.parent).free - config.pressure.free_space
    return max(0, min(config.handover.max_size, free))


def pace(runtime: Runtime, url: str) -> float:
    """Return the seconds between two requests that the rules for a URL's domain come to."""
    spacings = [
        standing.rule.seconds / standing.rule.amount
        for standing in runtime.ledger.standings(contexts(url))
        if standing.rule.kind == "requests" and standing.rule.seconds is not None and standing.rule.seconds <= _WINDOW
    ]
    return max(spacings, default=1.0)


def _pause(runtime: Runtime, config: Config, name: str, url: str) -> float:
    """Return the seconds between two requests that the program itself thinks right for a URL."""
    if name == YT_DLP:
        return 0.0  # it names none, and asking it takes a second for every video
    claim = runtime.tools.claim(config, name, url)
    return 0.0 if claim is None else claim.pause


def rate(runtime: Runtime, url: str) -> int:
    """Return the bytes a second that the rules for a URL's domain come to, 0 where none says."""
    rates = [
        standing.rule.amount / standing.rule.seconds
        for standing in runtime.ledger.standings(contexts(url))
        if standing.rule.kind == "bytes" and standing.rule.seconds is not None and standing.rule.seconds <= _WINDOW
    ]
    return max(1, int(min(rates))) if rates else 0


def _cookies(runtime: Runtime, url: str, folder: Path) -> Path | None:
    """Write a copy of the cookies of a URL's domain into the private folder of a run."""
    found = runtime.client.jars.of(url)
    if not found:
        return None
    path = folder / _COOKIES
    text = "# Netscape HTTP Cookie File\n" + "".join(map(_line, found))
    private.write(path, text.encode("latin-1"))
    return path


def forget_cookies(folder: Path) -> None:
    """Remove the copy of cookies from a folder that outlives its run."""
    (folder / _COOKIES).unlink(missing_ok=True)


def _line(cookie: Cookie) -> str:
    """Write a cookie as such files have it."""
    wide = not cookie.host_only
    domain = f".{cookie.domain}" if wide else cookie.domain
    word = {True: "TRUE", False: "FALSE"}
    fields = (domain, word[wide], cookie.path, word[cookie.secure], str(cookie.expires or 0), cookie.name, cookie.value)
    return "\t".join(fields) + "\n"


def _proxy(runtime: Runtime, config: Config) -> str:
    """Return the proxy with its name and password, as programs are told it; "" = straight. Raises FetchError (proxy)."""
    proxy: Proxy | None = config.network.proxy
    if proxy is None or proxy == DIRECT:
        return ""
    scheme, _, rest = str(proxy).partition("://")
    scheme = {"socks5": "socks5h"}.get(scheme, scheme)
    if config.network.proxy_login is None:
        return f"{scheme}://{rest}"
    from urllib.parse import quote

    try:
        name, _, password = runtime.vault.read(config.network.proxy_login).partition(":")
    except ItemError as error:
        words = f"its name and password cannot be had: {error}"
        raise FetchError(Failure(FailureKind.PROXY, words)) from error
    return f"{scheme}://{quote(name, safe='')}:{quote(password, safe='')}@{rest}"


def book(runtime: Runtime, job: Job, size: int) -> None:
    """Book the bytes that a program has brought, at the host of the job."""
    if size:
        runtime.ledger.bytes(runtime.dispatch.contexts_of(job), size)


def booker(runtime: Runtime, lane: str, context: str = "") -> Callable[[str], None]:
    """Return what books each request of a program while it runs, so that our own requests wait for it.

    The first one at `lane` is booked already; `context` is that of who wants them.
    """
    own = (context,) if context else ()
    booked = [lane]

    def asked(host: str) -> None:
        if host in booked:
            booked.remove(host)
        else:
            runtime.ledger.after(contexts(f"http://{host}/", own), 1, 0)

    return asked


def error_of(trouble: Trouble, url: str) -> ItemError:
    """Return what a program's trouble is to the rest of syncer: a failure that the judge knows, else an item that does not work."""
    kind = next((each for each in FailureKind if each == trouble.kind), None)
    if kind is None:
        return ItemError(trouble.words, trouble.advice)
    return FetchError(Failure(kind, trouble.words, url=url))
