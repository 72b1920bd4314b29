"""The tables `[bandwidth]` and `[bandwidth.site.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le

from syncer.config import rules, units
from syncer.config.bandwidth import FASTER, Bandwidth
from syncer.config.schema.scalars import BandwidthRule, PageRest, SiteName, Table, Whole, key, table

_DEFAULTS = Bandwidth()


class SiteBandwidthTable(Table):
    """What holds for the domains of one site in place of the keys above. The name is that of the site's file."""

    domain: list[BandwidthRule] | None = key(
        "Rules as above, for each domain of this site.", default=None, example=["1 request / 2 s", "2 GB / 1 day"]
    )
    follow_pages: PageRest | None = key('Like "follow_pages" above, for this site.', default=None, example="10 seconds")
    download_pages: PageRest | None = key(
        'Like "download_pages" above, for this site.', default=None, example="20 seconds"
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
    subscription: list[BandwidthRule] = key(
        "For each query of a subscription, its files, posts and gaps included, unless it has rules of its own.",
        default=[rules.write(rule) for rule in _DEFAULTS.subscription],
    )
    watcher: list[BandwidthRule] = key("For each watcher.", default=[], example=["500 MB / 1 day"])
    download: list[BandwidthRule] = key(
        "For each gallery download.", default=[rules.write(rule) for rule in _DEFAULTS.download]
    )
    follow_pages: PageRest = key(
        "How long after a listing page of a follow the next one is asked for at the same domain, sub-domains included. "
        "0 seconds: like any request.",
        default=units.write_duration(_DEFAULTS.follow_pages),
    )
    download_pages: PageRest = key(
        "The same for the listing pages of gallery downloads.", default=units.write_duration(_DEFAULTS.download_pages)
    )
    connections: Annotated[Whole, Ge(1), Le(64)] = key(
        "How many requests may run at once.", default=_DEFAULTS.connections
    )
    connections_per_domain: Annotated[Whole, Ge(1), Le(16)] = key(
        "How many of them at the same domain, sub-domains included.", default=_DEFAULTS.connections_per_domain
    )
    site: dict[SiteName, SiteBandwidthTable] = table(example="safebooru")
