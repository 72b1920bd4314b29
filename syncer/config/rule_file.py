"""Reads a file of blacklist rules: one rule on a line, # for remarks.

Here, because `blacklist_from` is a part of the config that stands in a file of its own. `layers` imports it, and the service for
a follow that is in no config any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from syncer.config import decode, source, texts
from syncer.frozen import frozen

if TYPE_CHECKING:
    from syncer.config.problem import KeyPath

MOST: Final = 100_000
"""So many rules one file may hold."""


@frozen
class RuleFile:
    """A file with blacklist rules that a layer of options names."""

    path: Path
    rules: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """What is wrong with it, a line each."""
    key: KeyPath = ()
    """Where the config names it."""


def read(path: Path, key: KeyPath = ()) -> RuleFile:
    """Return the rules of a file, and what is wrong with it; raises nothing, so that a config can tell all problems at once."""
    try:
        raw = source.plain_bytes(path)
    except OSError as error:
        return RuleFile(path, problems=(f"{path} cannot be read: {error.strerror}",), key=key)
    if len(raw) > source.MAX_SIZE:
        return RuleFile(path, problems=(f"{path} is over 16 MB; it is hardly the right file",), key=key)
    rules, problems = list[str](), list[str]()
    for number, line in enumerate(decode.text_lines(raw), 1):
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        try:
            rules.append(texts.tag_rule(rule))
        except ValueError as error:
            problems.append(f"{path.name}:{number}: {error}")
        if len(rules) > MOST:
            problems.append(f"{path.name}:{number}: there are more than {MOST:,} rules; leave some out")
            break
    return RuleFile(path, tuple(rules), tuple(problems), key)
