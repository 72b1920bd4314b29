"""Builds the settings from validated tables: defaults filled in, timings inherited, pace added.

Plain translation without judging: what tables say against each other is for `checks`. Only the loader imports it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from syncer.config import paths, rules
from syncer.config.adopted import AdoptedFolder
from syncer.config.bandwidth import Bandwidth, Rule, SiteBandwidth
from syncer.config.catalogue import Catalogue
from syncer.config.field_map import FieldMap
from syncer.config.handover import GalleryDlSettings, Handover, YtDlpSettings
from syncer.config.layers import Layers
from syncer.config.problem import KeyPath
from syncer.config.settings import (
    NEVER_QUIET,
    TIMING_PRESETS,
    Checks,
    CheckTiming,
    Config,
    Folders,
    ImportFolder,
    KnownPlace,
    Network,
    Pressure,
    Query,
    SiteSettings,
    Subscription,
    WatcherConfig,
)

if TYPE_CHECKING:
    from syncer.config.schema.adopt import AdoptTable
    from syncer.config.schema.bandwidth import BandwidthTable, SiteBandwidthTable
    from syncer.config.schema.catalogues import CatalogueTable
    from syncer.config.schema.check import CheckTable, TimingTable
    from syncer.config.schema.config import ConfigTable
    from syncer.config.schema.folders import FoldersTable
    from syncer.config.schema.handover import HandoverTable
    from syncer.config.schema.handover_mapping import MappingTable
    from syncer.config.schema.import_folders import ImportFolderTable
    from syncer.config.schema.site import SiteTable
    from syncer.config.schema.subscriptions import QueryTable, SubscriptionTable


def settings_of(tables: ConfigTable, path: Path) -> Config:
    """Return the settings that the tables of the file at `path` (absolute) mean."""
    checks = _checks(tables.check)
    layers = Layers()
    config = Config(
        path=path,
        folders=_folders(tables.folders, path.parent),
        import_folders=MappingProxyType(
            {name: _import_folder(name, table) for name, table in tables.import_folders.items()}
        ),
        options=layers.all_of(tables),
        checks=checks,
        bandwidth=_bandwidth(tables.bandwidth),
        network=Network(**_values(tables.network)),
        pressure=Pressure(**_values(tables.pressure)),
        handover=_handover(tables.handover),
        known=tuple(KnownPlace(table.kind, table.path, table.every) for table in tables.known),
        labels=MappingProxyType(
            {name.casefold(): table.priority for name, table in tables.inbox.items() if table.priority is not None}
        ),
        subscriptions=tuple(
            _subscription(table, checks.subscriptions, layers, ("subscriptions", index))
            for index, table in enumerate(tables.subscriptions)
        ),
        watchers=tuple(
            WatcherConfig(
                table.url, timing(table, checks.watchers), layers.of(table, ("watchers", index)), table.paused
            )
            for index, table in enumerate(tables.watchers)
        ),
        adopt=tuple(_adopt(table, layers, ("adopt", index)) for index, table in enumerate(tables.adopt)),
        catalogues=tuple(_catalogue(table, checks, layers, index) for index, table in enumerate(tables.catalogues)),
        sites=MappingProxyType({name: _site(table) for name, table in tables.site.items()}),
        cookie_files=tuple(tables.cookies.files),
    )
    return replace(config, rule_files=layers.rule_files())


def _checks(table: CheckTable) -> Checks:
    return Checks(
        subscriptions=timing(table.subscriptions, Checks().subscriptions),
        watchers=timing(table.watchers, Checks().watchers),
        catalogues=table.catalogues.every,
        quiet=table.quiet or NEVER_QUIET,
        zone=table.zone or "",
    )


def timing(table: TimingTable, inherited: CheckTiming) -> CheckTiming:
    """Return the timing of a table: its own keys over its preset, or over what it inherits."""
    base = inherited if table.preset is None else TIMING_PRESETS[table.preset]
    dead_files, dead_period = table.dead or (base.dead_files, base.dead_period)
    return CheckTiming(
        intended=_or(table.intended, base.intended),
        fastest=_or(table.fastest, base.fastest),
        slowest=_or(table.slowest, base.slowest),
        dead_files=dead_files,
        # "never" names no time; velocity is still measured over the period of the preset.
        dead_period=_or(dead_period, base.dead_period),
        every=table.every or (None if table.model_fields_set & _FORMULA else base.every),
    )


_FORMULA = frozenset({"preset", "intended", "fastest", "slowest"})
"""Who writes one of these wants the time to follow from what comes in, also where fixed times would be inherited."""


def _site(table: SiteTable) -> SiteSettings:
    return SiteSettings(
        table.root or "",
        table.quiet,
        table.user_agent or "",
        tuple(table.placeholders),
        credentials=MappingProxyType(table.credentials),
        headers=MappingProxyType(table.headers),
        parameters=MappingProxyType(table.parameters),
        proxy=table.proxy,
        proxy_login=table.proxy_login,
    )


def _folders(table: FoldersTable, config: Path) -> Folders:
    return Folders(
        config=config,
        inbox=table.inbox,
        state=table.state or paths.state_folder(),
        cache=table.cache or paths.cache_folder(),
        sites=table.sites,
        settle=table.settle,
        keep_done=table.keep_done,
    )


def _import_folder(name: str, table: ImportFolderTable) -> ImportFolder:
    return ImportFolder(
        name=name,
        path=table.path,
        profile=table.profile,
        names=table.names or "",
        drains=table.drains,
        json=table.json_sidecar,
        txt=table.txt,
        sidecar_names=table.sidecar_names,
        media_time=table.media_time,
        hook=tuple(table.hook or ()),
        hook_timeout=table.hook_timeout,
    )


def _bandwidth(table: BandwidthTable) -> Bandwidth:
    return Bandwidth(
        everything=tuple(table.everything),
        domain=rules.polite(table.domain),
        subscription=tuple(table.subscription),
        watcher=tuple(table.watcher),
        download=tuple(table.download),
        follow_pages=table.follow_pages,
        download_pages=table.download_pages,
        sites=MappingProxyType({name: _site_bandwidth(site) for name, site in table.site.items()}),
        connections=table.connections,
        connections_per_domain=table.connections_per_domain,
    )


def _site_bandwidth(table: SiteBandwidthTable) -> SiteBandwidth:
    given = table.domain
    return SiteBandwidth(
        domain=() if given is None else tuple(given) if table.faster else rules.polite(given),
        faster=bool(table.faster),
        follow_pages=table.follow_pages,
        download_pages=table.download_pages,
    )


def _handover(table: HandoverTable) -> Handover:
    return Handover(
        programs=tuple(table.programs),
        time=table.time,
        max_files=table.max_files,
        max_size=table.max_size,
        domains=MappingProxyType({host: tuple(own.programs) for host, own in table.domain.items()}),
        gallery_dl=GalleryDlSettings(**_values(table.gallery_dl)),
        yt_dlp=YtDlpSettings(**_values(table.yt_dlp)),
        mappings=MappingProxyType({name.casefold(): _field_map(each) for name, each in table.mapping.items()}),
    )


def _field_map(table: MappingTable) -> FieldMap:
    given = {name: value for name, value in _values(table).items() if value is not None}
    return FieldMap(**given)


def _adopt(table: AdoptTable, layers: Layers, key: KeyPath) -> AdoptedFolder:
    return AdoptedFolder(
        name=table.name or table.path.name or "adopted",
        path=table.path,
        move=table.take == "move",
        settle=table.settle,
        recursive=table.recursive,
        pattern=table.pattern,
        site=table.site or "",
        tag_files=table.tag_files,
        paused=table.paused,
        options=layers.of(table, key),
    )


def _subscription(table: SubscriptionTable, inherited: CheckTiming, layers: Layers, key: KeyPath) -> Subscription:
    own = timing(table, inherited)
    return Subscription(
        name=table.name,
        site=table.site,
        queries=tuple(
            _query(query, own, layers, (*key, "queries", number)) for number, query in enumerate(table.queries)
        ),
        first_limit=table.first_limit,
        limit=table.limit,
        timing=own,
        paused=table.paused,
        options=layers.of(table, key),
        gaps=table.gaps,
        priority=table.priority,
        bandwidth=_rules(table.bandwidth),
        queries_from=table.queries_from,
    )


def _query(given: str | QueryTable, inherited: CheckTiming, layers: Layers, key: KeyPath) -> Query:
    if isinstance(given, str):
        return Query(given)
    own = timing(given, inherited)
    return Query(
        given.q,
        given.paused,
        layers.of(given, key),
        timing=None if own == inherited else own,
        gaps=given.gaps,
        priority=given.priority,
        bandwidth=_rules(given.bandwidth),
    )


def _catalogue(table: CatalogueTable, checks: Checks, layers: Layers, index: int) -> Catalogue:
    return Catalogue(
        url=table.url,
        name=table.name or "",
        words=tuple(table.words),
        most=table.most,
        every=table.every or checks.catalogues,
        threads=checks.watchers if table.threads is None else timing(table.threads, checks.watchers),
        options=layers.of(table, ("catalogues", index)),
        paused=table.paused,
    )


def _rules(given: list[Rule] | None) -> tuple[Rule, ...] | None:
    return None if given is None else tuple(given)


def _values(table: Any) -> dict[str, Any]:
    return {name: _frozen(value) for name, value in table}


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _or(own: int | None, base: int) -> int:
    return base if own is None else own
