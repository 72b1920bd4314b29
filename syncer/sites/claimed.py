"""Which hosts a site file is about that cannot be used, so that their URLs wait for it instead of being taken for links of files.

As far as its text tells: a file that is no TOML is read line by line. Reads files; the library imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from syncer.config import web
from syncer.config.source import plain_bytes
from syncer.sites.documents import MAX_FILE
from syncer.sites.load import Loaded
from syncer.sites.problems import Problem

_ROOT: Final = re.compile(r"""^[ \t]*root\s*=\s*["']?https?://([^/"'\s]+)""", re.MULTILINE)
_MATCH: Final = re.compile(
    r"""^[ \t]*match\s*=.{0,2000}?https?://((?:\{[^}]{0,100}\}|\*)\.)?([\w.-]+(?::\d+)?)/""", re.MULTILINE
)
_DOMAINS: Final = re.compile(r"""^[ \t]*domains\s*=\s*\[?([^\]\[=]{1,20000})""", re.MULTILINE)
_HOST: Final = re.compile(r"""["']((?:\*\.)?[\w.-]+(?::\d+)?)["']""")
_LINES: Final = re.compile(r"#.*")


def hosts(file: Path, root: str | None) -> frozenset[str]:
    """Return the hosts, in small letters; `*.` before one stands for its sub-domains. `root` is what the config sets for it."""
    try:
        text = _LINES.sub("", plain_bytes(file, MAX_FILE).decode("utf-8", "replace"))
    except OSError:
        text = ""
    found = {urlsplit(root).netloc} if root else set(_ROOT.findall(text))
    found |= {host for domains in _DOMAINS.findall(text) for host in _HOST.findall(domains)}
    found |= {f"*.{host}" if wild else host for wild, host in _MATCH.findall(text)}
    return frozenset(host.lower().removeprefix("www.") for host in found if host)


def held(loaded: Loaded, broken: Iterable[str], problems: Sequence[Problem]) -> dict[str, Problem]:
    """Return by host, as `hosts` names them, what is wrong with the file that is about it."""
    found: dict[str, Problem] = {}
    for stem in sorted(broken):
        file = loaded.files[stem]
        own = (problem for problem in problems if problem.file == file and problem.serious)
        problem = next(own, Problem(file, None, "", "it cannot be used"))
        found |= dict.fromkeys(hosts(file, loaded.roots.get(stem)), problem)
    return found


def find(held: Mapping[str, Problem], url: str) -> Problem | None:
    """Return what is wrong with the file that is about a URL's host."""
    return next((held[name] for name in _names_of(url) if name in held), None)


def _names_of(url: str) -> Iterator[str]:
    """Yield under which names in `hosts` the host of a URL may stand."""
    try:
        host = urlsplit(web.plain(url)).netloc.rpartition("@")[2].lower().removeprefix("www.")
    except ValueError:
        return
    yield host
    while "." in host:
        host = host.partition(".")[2]
        yield f"*.{host}"
