"""Which program takes a URL that no site file knows, and why: by the config, by what is installed, by what claims it.

Pure: a decision with the reason for each program, for the service to act on and for `explain` to show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from syncer.config import hosts, web
from syncer.config.handover import LEAST, YT_DLP, Handover
from syncer.frozen import frozen
from syncer.handover.base import Claim, Tool


@frozen
class Choice:
    """Which program takes a URL."""

    program: str
    """"" = none: the URL is tried as the link of a file."""
    claim: Claim | None
    reasons: tuple[str, ...]
    """What was decided about each program, in the order in which they were looked at."""
    missing: tuple[str, ...] = ()
    """Programs that might know it, but are not installed."""
    faults: tuple[str, ...] = ()
    """Why programs that are installed could not be asked."""
    unasked: tuple[str, ...] = ()
    """Those of them that may answer a moment later."""

    @property
    def why(self) -> str:
        """Return all reasons as one text."""
        return "; ".join(self.reasons)


def programs_for(url: str, settings: Handover, only: Sequence[str] = ()) -> tuple[tuple[str, ...], str]:
    """Return which programs may be asked about a URL, and where none may, why; `only` is that of `[network]`."""
    if only:
        return (), "[network] only is set, which other programs would not obey: none is asked"
    host = _host(url)
    named = [name for name in settings.domains if _stands_for(name, host)]
    if named:
        # The longest name is the nearest one.
        nearest = max(named, key=len)
        own = settings.domains[nearest]
        return own, "" if own else f'[handover.domain."{nearest}"] names no program'
    return settings.programs, "" if settings.programs else "[handover] programs is empty"


def choose(
    url: str,
    settings: Handover,
    tools: Mapping[str, Tool | None],
    claims: Mapping[str, Claim | None],
    only: Sequence[str] = (),
    broken: Mapping[str, str] = MappingProxyType({}),
) -> Choice:
    """Decide which program takes a URL.

    `tools`: what is installed; `claims`: what each of those says, None = it does not know it; `broken`: why some say nothing.
    """
    allowed, why = programs_for(url, settings, only)
    if not allowed:
        return Choice("", None, (why,))
    faults = {name: broken.get(name) or too_old(tools.get(name)) for name in allowed}
    missing = tuple(name for name in allowed if tools.get(name) is None)
    told = tuple(fault for fault in faults.values() if fault)
    reasons: list[str] = []
    for name in allowed:
        claim = claims.get(name)
        if name in missing:
            reasons.append(f"{name} is not installed")
        elif faults[name]:
            reasons.append(faults[name])
        elif claim is None:
            reasons.append(f"{name} does not know it")
        elif claim.generic and not (name == YT_DLP and is_generic(url, settings)):
            reasons.append(f"{name} knows no site for it")
        else:
            reasons.append(f"{name} takes it ({claim.extractor})")
            return Choice(name, claim, tuple(reasons), missing, told)
    return Choice("", None, tuple(reasons), missing, told)


def too_old(tool: Tool | None) -> str:
    """Return why a program is too old to be asked, "" where it is not, or no one can tell."""
    if tool is None:
        return ""
    version = tuple(int(number) for number in re.findall(r"\d{1,9}", tool.version)[:3])
    least = LEAST.get(tool.name, ())
    if not version or version >= least:
        return ""
    return f"{tool.name} {tool.version} is too old, {'.'.join(map(str, least))} is the first that understands what it is asked"


def is_generic(url: str, settings: Handover) -> bool:
    """Tell whether yt-dlp may search a page for videos although it knows no site for it."""
    return any(_stands_for(name, _host(url)) for name in settings.yt_dlp.generic)


def _host(url: str) -> hosts.Host:
    """Return host and port of a URL."""
    try:
        found = web.read(url)
    except ValueError:
        return hosts.Host("", None)
    return hosts.Host(found.host, found.port or hosts.PORTS.get(found.parts.scheme))


def _stands_for(name: str, host: hosts.Host) -> bool:
    given = hosts.parse(name)
    same = host.name == given.name or host.name.endswith(f".{given.name}")
    return same and given.port in (None, host.port)
