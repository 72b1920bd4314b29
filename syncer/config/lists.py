"""Lists of queries in files of their own: one query a line, `#` before remarks, whatever program wrote them.

A list that cannot be read is a fault of its subscription and never an empty list; an odd line is left out and stops no
other. The loader imports it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

from syncer.config import changes, decode, source, texts
from syncer.config.settings import Config, Query, Subscription
from syncer.frozen import frozen

MAX_QUERIES: Final = 200_000
SHOWN: Final = 20
"""So many odd lines of a list are told."""
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


@frozen
class Listed:
    """What a list holds: the queries in its order, each once; single lines that are odd; or why none of it counts."""

    queries: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    why: str = ""


def read(config: Config) -> Config:
    """Return the config with what the lists hold now behind the queries of each subscription."""
    if not any(one.queries_from for one in config.subscriptions):
        return config
    # Looked at before the reading: what is edited meanwhile counts as new.
    looks = changes.fingerprint(dict.fromkeys(one.queries_from for one in config.subscriptions if one.queries_from))
    found = tuple(_with_list(one, config.folders.config) for one in config.subscriptions)
    return replace(config, subscriptions=found, looks=(*config.looks, *looks))


def listed(raw: bytes, name: str, skip: Collection[str] = ()) -> Listed:
    """Read the bytes of the list called `name`; texts in `skip` are left out, being written elsewhere with more."""
    if len(raw) > source.MAX_SIZE:
        return Listed(why=f"{name} is over 16 MB; it is hardly the right file")
    found: dict[str, None] = {}
    odd: list[str] = []
    for number, line in enumerate(decode.text_lines(raw), 1):
        text = line.strip().lstrip(_BOM)
        if "\0" in text:
            return Listed(why=f"{name}:{number}: there is a zero byte; the file is damaged, or no text")
        if text and not text.startswith("#"):
            try:
                found[_query(text)] = None
            except ValueError as error:
                odd.append(f"{name}:{number}: the line {error}; it is left out")
    if odd and not found:
        return Listed(why=f"no line of {name} can be read; {odd[0]}")
    if len(found) > MAX_QUERIES:
        return Listed(why=f"{name} has over {MAX_QUERIES} queries; it is hardly the right file")
    return Listed(tuple(text for text in found if text not in skip), tuple(_few(odd, name)))


def called(path: Path, folder: Path) -> str:
    """Return how messages call a list: from the config's folder on."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _with_list(subscription: Subscription, folder: Path) -> Subscription:
    if subscription.queries_from is None:
        return subscription
    name = called(subscription.queries_from, folder)
    try:
        raw = source.plain_bytes(subscription.queries_from)
    except OSError as error:
        found = Listed(why=f"{name} cannot be read: {error.strerror}")
    else:
        found = listed(raw, name, {query.text for query in subscription.queries})
    unread = f"{found.why}; its queries stay as they were" if found.why else ""
    queries = (*subscription.queries, *(Query(text) for text in found.queries))
    return replace(subscription, queries=queries, unread=unread, odd_lines=found.odd)


def _query(text: str) -> str:
    if _UNKNOWN in text:
        raise ValueError("is not in an encoding that can be read; save the file as UTF-8")
    return texts.plain_text(text)


def _few(odd: list[str], name: str) -> list[str]:
    return odd if len(odd) <= SHOWN else [*odd[:SHOWN], f"{name}: {len(odd) - SHOWN} more lines are left out"]
