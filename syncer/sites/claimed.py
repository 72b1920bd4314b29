"""Which hosts a site file is about that cannot be used, so that their URLs wait for it instead of being taken for links of files.

Told by its tables where it is TOML and only says something wrong; as far as its text tells where it is none, which is read line by line.
Reads files; the library imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from syncer.config import web
from syncer.config.source import plain_bytes
from syncer.sites.documents import MAX_FILE
from syncer.sites.load import Loaded
from syncer.sites.problems import Problem

_AT: Final = r"https?://((?:\{[^}]{0,100}\}|\*)\.)?([\w.-]+(?::\d+)?)"
_PLACE: Final = re.compile(rf"{_AT}(?=[/?#]|\Z)")
_ROOT: Final = re.compile(r"""^[ \t]*root\s*=\s*["']?https?://([^/"'\s]+)""", re.MULTILINE)
_MATCH: Final = re.compile(rf"^[ \t]*(?:match|fetch)\s*=.{{0,2000}}?{_AT}[/?]", re.MULTILINE)
_USED: Final = re.compile(r"""^[ \t]*(?:match|fetch)\s*=\s*["']?\{\$(\w{1,100})\}""", re.MULTILINE)
_VARS: Final = re.compile(r"^[ \t]*\[vars\]([^\[]{0,20000})", re.MULTILINE)
_VALUE: Final = re.compile(rf"""^[ \t]*(\w{{1,100}})\s*=\s*["']?{_AT}""", re.MULTILINE)
_DOMAINS: Final = re.compile(r"""^[ \t]*(?:domains|key_hosts)\s*=\s*\[?([^\]\[=]{1,20000})""", re.MULTILINE)
_HOST: Final = re.compile(r"""["']((?:\*\.)?[\w.-]+(?::\d+)?)["']""")
_LINES: Final = re.compile(r"#.*")


def hosts(file: Path, root: str | None, tables: Mapping[str, Any] | None = None) -> frozenset[str]:
    """Return the hosts, in small letters; `*.` before one stands for its sub-domains. `root` is what the config sets for it.

    `tables` are those of the file where it is TOML, and only what they say is wrong.
    """
    found = _of_text(file, root) if tables is None else _of_tables(tables, root)
    return frozenset(_plain(host).removeprefix("www.") for host in found if host)


def _plain(host: str) -> str:
    wild = "*." if host.startswith("*.") else ""
    return wild + web.plain(f"https://{host.removeprefix('*.')}/").removeprefix("https://").removesuffix("/")


def _of_tables(tables: Mapping[str, Any], root: str | None) -> set[str]:
    site = tables.get("site")
    site = site if isinstance(site, Mapping) else {}
    classes = [each for each in _list(tables.get("url")) if isinstance(each, Mapping)]
    named = [*_list(site.get("domains")), *_list(site.get("key_hosts"))]
    named += [host for each in classes for host in _list(each.get("domains"))]
    places = [root or site.get("root"), *(each.get(key) for each in classes for key in ("match", "fetch"))]
    found = {host for host in named if isinstance(host, str)}
    return found | {_named(*at.groups()) for place in places if isinstance(place, str) and (at := _PLACE.match(place))}


def _of_text(file: Path, root: str | None) -> set[str]:
    try:
        text = _LINES.sub("", plain_bytes(file, MAX_FILE).decode("utf-8", "replace"))
    except OSError:
        text = ""
    found = {urlsplit(root).netloc} if root else set(_ROOT.findall(text))
    found |= {host for domains in _DOMAINS.findall(text) for host in _HOST.findall(domains)}
    used = set(_USED.findall(text))
    values = [at for table in _VARS.findall(text) for name, *at in _VALUE.findall(table) if name in used]
    return found | {_named(wild, host) for wild, host in (*_MATCH.findall(text), *values)}


def _named(wild: str | None, host: str) -> str:
    return f"*.{host}" if wild else host


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def held(loaded: Loaded, broken: Iterable[str], problems: Sequence[Problem]) -> dict[str, Problem]:
    """Return by host, as `hosts` names them, what is wrong with the file that is about it."""
    found: dict[str, Problem] = {}
    for stem in sorted(broken):
        file = loaded.files[stem]
        own = (problem for problem in problems if problem.file == file and problem.serious)
        problem = next(own, Problem(file, None, "", "it cannot be used"))
        found |= dict.fromkeys(hosts(file, loaded.roots.get(stem), loaded.tables.get(stem)), problem)
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
