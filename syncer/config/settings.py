"""The settings as the rest of syncer reads them: frozen, in seconds and bytes, with every default in one place.

Plain dataclasses apart from the schema, so that reading a setting never loads pydantic; the schema takes its defaults
from the constants here. Everybody above the lowest floor may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from syncer.config.changes import Trace
    from syncer.config.rule_file import RuleFile

from syncer.config.adopted import AdoptedFolder
from syncer.config.bandwidth import Bandwidth, Rule
from syncer.config.catalogue import Catalogue
from syncer.config.handover import Handover
from syncer.config.proxies import Proxy
from syncer.frozen import frozen

KB: Final = 1024
MB: Final = 1024 * KB
GB: Final = 1024 * MB
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
"""No option of an own."""


MAIN: Final = "main"

Profile = Literal["hydrus", "immich", "photoprism", "digikam", "jellyfin", "plain"]
MediaTime = Literal["delivery", "source"]
SidecarNames = Literal["full", "stem"]
Gaps = Literal["fill", "ignore"]
Priority = Literal["high", "normal", "low"]

BIG_LIMIT: Final = 500
"""A check that takes more new files than this is a gallery download in disguise, and `get` does that better."""


@frozen
class Folders:
    """Where syncer reads and keeps things; all paths are absolute."""

    config: Path
    """The folder of the config file itself."""
    inbox: Path
    state: Path
    cache: Path
    sites: Path
    """The person's own site files."""
    settle: float = 2.0
    """Seconds that an inbox file must have stayed unchanged before it is read."""
    keep_done: int = 30 * DAY
    """Seconds that `inbox/done/` keeps files."""


@frozen
class ImportFolder:
    """A folder from which a media manager takes finished files."""

    name: str
    path: Path
    profile: Profile = "hydrus"
    names: str = ""
    """The template of names, see `name_template`; "" = that of the profile."""
    drains: bool = False
    """The manager removes what it took, so that a file that is gone was delivered."""
    json: bool = True
    """Write the JSON sidecar."""
    txt: bool = False
    """Write the text sidecars."""
    sidecar_names: SidecarNames = "full"
    """`full`: NAME.EXT.json; `stem`: NAME.json."""
    media_time: MediaTime = "delivery"
    """What the file is dated to: when it came, or when the site says that it was posted."""
    hook: tuple[str, ...] = ()
    """A program with its arguments that is run after each delivered file; () = none."""
    hook_timeout: float = 60.0
    """Seconds that it may take."""


@frozen
class Every:
    """Fixed check times: every `seconds`, or at a time of day on some days of the week."""

    seconds: int = 0
    days: tuple[int, ...] = ()
    """0 = Monday; none = it is a distance in `seconds`."""
    minute: int = 0
    """Of the day, by the clock on the wall."""


@frozen
class Quiet:
    """Hours in which follows rest, as minutes of the day by the clock on the wall; over midnight if it ends earlier."""

    begin: int
    end: int


NEVER_QUIET: Final = Quiet(0, 0)
"""No quiet hours, where others would hold."""


@frozen
class CheckTiming:
    """How often a follow is checked, and when it counts as dead; times in seconds."""

    intended: int
    """New files that a check should find."""
    fastest: int
    slowest: int
    dead_files: int
    """Dead when fewer files than this came in `dead_period`; 0 = never dies."""
    dead_period: int
    every: Every | None = None
    """Fixed times in place of the three figures above."""


TIMING_PRESETS: Final[Mapping[str, CheckTiming]] = MappingProxyType(
    {
        "artist": CheckTiming(4, 1 * DAY, 90 * DAY, 1, 180 * DAY),
        "fast tags": CheckTiming(10, 12 * HOUR, 30 * DAY, 1, 90 * DAY),
        "slow tags": CheckTiming(1, 7 * DAY, 180 * DAY, 1, 365 * DAY),
        "thread": CheckTiming(4, 300, 1 * DAY, 1, 3 * DAY),
        "slow thread": CheckTiming(1, 4 * HOUR, 7 * DAY, 1, 30 * DAY),
    }
)
"""hydrus's presets, figure for figure."""


@frozen
class Checks:
    """The timing that follows have unless they bring their own."""

    subscriptions: CheckTiming = TIMING_PRESETS["artist"]
    watchers: CheckTiming = TIMING_PRESETS["thread"]
    catalogues: Every = Every(15 * MINUTE)
    quiet: Quiet = NEVER_QUIET
    """When follows of all sites rest, unless a site has quiet hours of its own."""
    zone: str = ""
    """Name of the time zone of all times of day; "" = the machine's."""


@frozen
class Source:
    """Where a secret comes from."""

    kind: str
    """`file`, `env`, `command` or `credential`."""
    words: tuple[str, ...]
    """An absolute path, a name, or a command with its words."""
    before: str = ""
    """What is put in front of it, like `Bearer `."""


@frozen
class Network:
    """With whom syncer may talk, how it names itself, and when it gives up; times in seconds, sizes in bytes."""

    proxy: Proxy | None = None
    """The way to all sites; None = straight."""
    proxy_login: Source | None = None
    """Where "name:password" for it is."""
    ca_file: Path | None = None
    """Certificates of authorities that are believed besides the well-known ones."""
    ip: Literal["any", "4", "6"] = "any"
    allow: tuple[str, ...] = ()
    """Private addresses that may be asked: `host`, `host:port`, `[v6]:port`; lower case."""
    only: tuple[str, ...] = ()
    """If not empty, nobody else is asked; same form, a name stands for its sub-domains too."""
    user_agent: str = "Mozilla/5.0 (compatible; syncer)"
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    """The longest silence in the middle of an answer."""
    page_deadline: float = 120.0
    """The longest time that one page may take in all."""
    deadline: float = 6.0 * HOUR
    """The longest time that one file may take in all."""
    max_page_size: int = 32 * MB
    page_cache: int = 64 * MB
    """How much is kept of the pages that follows look at; 0 = nothing."""
    max_file_size: int = 10 * GB


@frozen
class Pressure:
    """What makes syncer pause by itself."""

    free_space: int = 1 * GB
    """Bytes that must stay free on the disks of import folder and state."""
    files_per_day: int = 0
    """Files that may come in 24 hours; 0 = any number."""
    undrained: int = 0
    """Files that may wait in a folder that drains; 0 = any number."""


NO_SOURCES: Final[Mapping[str, Source]] = MappingProxyType({})


@frozen
class SiteSettings:
    """What the config changes of one site."""

    root: str = ""
    """Where the site is reached: scheme, host, port and perhaps a path, without a slash at the end; "" = as it says."""
    quiet: Quiet | None = None
    """When its follows rest; None = as all."""
    user_agent: str = ""
    """How syncer names itself there; "" = as elsewhere."""
    placeholders: tuple[str, ...] = ()
    """Hashes (`md5:HEX`, `sha256:HEX`) of pictures that it sends in place of missing ones, beside those in its file."""
    credentials: Mapping[str, Source] = field(default_factory=lambda: NO_SOURCES)
    """What its login needs."""
    headers: Mapping[str, Source] = field(default_factory=lambda: NO_SOURCES)
    """Headers with keys of the person's own."""
    parameters: Mapping[str, Source] = field(default_factory=lambda: NO_SOURCES)
    """Parameters with keys of the person's own."""
    proxy: Proxy | None = None
    """The way to it; None = as to all."""
    proxy_login: Source | None = None


@frozen
class Query:
    """One search text of a subscription."""

    text: str
    paused: bool = False
    options: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    timing: CheckTiming | None = None
    """None = its subscription's."""
    gaps: Gaps | None = None
    """None = its subscription's."""
    priority: Priority | None = None
    """None = its subscription's."""
    bandwidth: tuple[Rule, ...] | None = None
    """None = its subscription's."""


@frozen
class Subscription:
    """A named set of queries on one site."""

    name: str
    site: str
    queries: tuple[Query, ...] = ()
    first_limit: int = 100
    """New files that the first check takes at most."""
    limit: int = 100
    """New files that each later check takes at most."""
    timing: CheckTiming = TIMING_PRESETS["artist"]
    paused: bool = False
    options: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    gaps: Gaps = "fill"
    """Whether what a check left out by its limit is fetched in the background."""
    priority: Priority = "normal"
    bandwidth: tuple[Rule, ...] | None = None
    """For each of its queries, in place of `Bandwidth.subscription`; None = that."""
    queries_from: Path | None = None
    """File with more queries, one a line; they are in `queries` too."""
    unread: str = ""
    """Why that file could not be read, so that its queries stay as they were."""
    odd_lines: tuple[str, ...] = ()
    """What is wrong with single lines of that file, which are left out."""


@frozen
class WatcherConfig:
    """A watcher that the person wrote into the config."""

    url: str
    timing: CheckTiming = TIMING_PRESETS["thread"]
    options: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    paused: bool = False


@frozen
class KnownPlace:
    """A place that tells what the person has already."""

    kind: str
    """`hydrus`, `gallery-dl`, `folder` or `list`."""
    path: Path
    every: int
    """Seconds until it is read again."""


@frozen
class Config:
    """One whole, valid configuration; jobs hold it to their end, a reload makes a new one."""

    path: Path | None
    """The file it was read from; None: there is none, these are the defaults."""
    folders: Folders
    import_folders: Mapping[str, ImportFolder]
    """By name, in the order of the file."""
    options: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: MappingProxyType({"base": NOTHING}))
    """By layer, only the keys that were set, values as in `OPTION_DEFAULTS`: `base`, `kind gallery`, `site safebooru`,
    `class danbooru/post`, `inbox favourites`; those of follows are theirs. `blacklist_from` is a path of `rule_files`."""
    rule_files: tuple[RuleFile, ...] = ()
    known: tuple[KnownPlace, ...] = ()
    labels: Mapping[str, Priority] = field(default_factory=lambda: MappingProxyType({}))
    """How urgent links are that are dropped into a folder of the inbox, where the config says so; names casefolded."""
    checks: Checks = field(default_factory=Checks)
    bandwidth: Bandwidth = field(default_factory=Bandwidth)
    network: Network = field(default_factory=Network)
    pressure: Pressure = field(default_factory=Pressure)
    handover: Handover = field(default_factory=Handover)
    subscriptions: tuple[Subscription, ...] = ()
    watchers: tuple[WatcherConfig, ...] = ()
    adopt: tuple[AdoptedFolder, ...] = ()
    catalogues: tuple[Catalogue, ...] = ()
    sites: Mapping[str, SiteSettings] = field(default_factory=lambda: MappingProxyType({}))
    """By the stem of the site file."""
    include: tuple[str, ...] = ()
    """Absolute patterns by which the config names more files."""
    included: tuple[Path, ...] = ()
    """The files that were included, in their order."""
    cookie_files: tuple[Path, ...] = ()
    """Files of cookies that are read whenever they change; absolute paths."""
    looks: tuple[Trace, ...] = field(default=(), compare=False, repr=False)
    """What all its files looked like before they were read."""
    texts: tuple[tuple[Path, str], ...] = field(default=(), compare=False, repr=False)
    """What they said."""
