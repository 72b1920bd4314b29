"""How much may be asked of the net: the rules, and which of them hold for whom, with hydrus's figures as defaults.

Plain dataclasses apart from the schema, like `settings`, which holds one `Bandwidth`. Everybody above the lowest floor may
import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final, Literal

from syncer.frozen import frozen

_GB: Final = 1024**3
_DAY: Final = 86_400

FASTER: Final = "I accept that this site may block me"
"""The sentence that a person must write to ask one site for more than one request a second."""


@frozen
class Rule:
    """At most `amount` requests or bytes in any `seconds`; None = in a calendar month."""

    kind: Literal["requests", "bytes"]
    amount: int
    seconds: int | None


POLITE: Final = Rule("requests", 1, 1)
"""One request a second: no domain is asked faster unless the person accepts the risk."""


@frozen
class SiteBandwidth:
    """What holds for one site's domains in place of what holds for all."""

    domain: tuple[Rule, ...] = ()
    """() = those of `Bandwidth.domain`."""
    faster: bool = False
    """The person accepted the risk of asking faster than once a second."""
    follow_pages: int | None = None
    """None = `Bandwidth.follow_pages`."""
    download_pages: int | None = None
    """None = `Bandwidth.download_pages`."""


@frozen
class Bandwidth:
    """How much may be asked of the net, and of each domain; the domain rules hold `POLITE` or something slower."""

    everything: tuple[Rule, ...] = (Rule("requests", 5, 1), Rule("bytes", 16 * _GB, _DAY))
    domain: tuple[Rule, ...] = (POLITE, Rule("bytes", 8 * _GB, _DAY))
    subscription: tuple[Rule, ...] = (Rule("requests", 1000, _DAY), Rule("bytes", 1 * _GB, _DAY))
    """For each query alone (hydrus's figures)."""
    watcher: tuple[Rule, ...] = ()
    """For each watcher alone: threads die."""
    download: tuple[Rule, ...] = (Rule("bytes", 1 * _GB, 300),)
    """For each gallery download alone (hydrus's figure)."""
    follow_pages: int = 5
    """Seconds between two listing pages of follows at one registered domain; 0 = as any request (hydrus's figures)."""
    download_pages: int = 15
    """The same between two pages of gallery downloads."""
    sites: Mapping[str, SiteBandwidth] = field(default_factory=lambda: MappingProxyType({}))
    """By the stem of the site file."""
    connections: int = 15
    connections_per_domain: int = 3
    """At one registered domain, with all its sub-domains."""
