"""The whole config file: which tables there are. Only the loader and the exporter import it."""

from __future__ import annotations

from pydantic import Field

from syncer.config.schema.adopt import AdoptTable
from syncer.config.schema.bandwidth import BandwidthTable
from syncer.config.schema.catalogues import CatalogueTable
from syncer.config.schema.check import CheckTable
from syncer.config.schema.cookies import CookiesTable
from syncer.config.schema.folders import FoldersTable
from syncer.config.schema.handover import HandoverTable
from syncer.config.schema.import_folders import ImportFolderTable
from syncer.config.schema.known import KnownTable
from syncer.config.schema.network import NetworkTable
from syncer.config.schema.options import LabelTable, OptionsTable
from syncer.config.schema.pressure import PressureTable
from syncer.config.schema.scalars import ShortName, SiteName, Table, Text, key, table
from syncer.config.schema.site import SiteTable
from syncer.config.schema.subscriptions import SubscriptionTable
from syncer.config.schema.watchers import WatcherTable


class ConfigTable(Table):
    """The configuration of syncer."""

    include: list[Text] = key(
        'More files of this config: "conf.d/*.toml" means all such files, in the order of their names. Lists of tables go one '
        "after the other, tables become one; the same key in two files is an error. Relative paths in a file begin at its folder.",
        default=[],
        example=["conf.d/*.toml"],
    )
    folders: FoldersTable = table()
    import_folders: dict[ShortName, ImportFolderTable] = table(example="main")
    options: OptionsTable = table()
    inbox: dict[ShortName, LabelTable] = table(example="favourites")
    check: CheckTable = table()
    bandwidth: BandwidthTable = table()
    network: NetworkTable = table()
    cookies: CookiesTable = table()
    pressure: PressureTable = table()
    handover: HandoverTable = table()
    known: list[KnownTable] = Field(default_factory=list)
    site: dict[SiteName, SiteTable] = table(example="myserver")
    subscriptions: list[SubscriptionTable] = Field(default_factory=list)
    watchers: list[WatcherTable] = Field(default_factory=list)
    adopt: list[AdoptTable] = Field(default_factory=list)
    catalogues: list[CatalogueTable] = Field(default_factory=list)
