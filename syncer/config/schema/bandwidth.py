"""The tables `[bandwidth]` and `[bandwidth.site.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le

from syncer.config import rules
from syncer.config.schema.scalars import BandwidthRule, SiteName, Table, Whole, key, table
from syncer.config.settings import FASTER, Bandwidth

_DEFAULTS = Bandwidth()


class SiteBandwidthTable(Table):
    """Rules for the domains of one site, in place of the `domain` rules. The name is that of the site's file."""

    domain: list[BandwidthRule] = key(
        "Rules as above, for each domain of this site.", example=["1 request / 2 s", "2 GB / 1 day"]
    )
    faster: Literal["I accept that this site may block me"] | None = key(
        "More than one request a second is only done for a site where you write this sentence. "
        "It is meant for servers of your own.",
        default=None,
        example=FASTER,
    )


class BandwidthTable(Table):
    """How much is asked of the net. A rule is "5 requests / 1 s", "16 GB / 1 day" or, by calendar month, "1 month"."""

    everything: list[BandwidthRule] = key(
        "For all requests together.", default=[rules.write(rule) for rule in _DEFAULTS.everything]
    )
    domain: list[BandwidthRule] = key(
        "For each domain, and for its parents, unless [bandwidth.site.NAME] says otherwise. "
        "One request a second always holds on top of these.",
        default=[rules.write(rule) for rule in _DEFAULTS.domain],
    )
    connections: Annotated[Whole, Ge(1), Le(64)] = key(
        "How many requests may run at once.", default=_DEFAULTS.connections
    )
    connections_per_domain: Annotated[Whole, Ge(1), Le(16)] = key(
        "How many of them at the same domain.", default=_DEFAULTS.connections_per_domain
    )
    site: dict[SiteName, SiteBandwidthTable] = table(example="safebooru")
