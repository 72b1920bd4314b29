"""What the tables of a config say against each other: twins, folders inside folders, impossible timings, too fast.

A registry of pure checks (only folder links are looked up on disk), each yielding problems with cause and cure. Only
the loader imports it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from syncer.config import checks_network, checks_options, rules, texts, units
from syncer.config.bandwidth import FASTER, Rule
from syncer.config.problem import KeyPath, Problem
from syncer.config.settings import CheckTiming, Config
from syncer.frozen import frozen

if TYPE_CHECKING:
    from syncer.config.schema.config import ConfigTable

Check = Callable[["ConfigTable", Config], Iterator[Problem]]


def problems(tables: ConfigTable, config: Config) -> list[Problem]:
    """Return all problems that the registered checks find."""
    return [problem for check in CHECKS for problem in check(tables, config)]


def _import_folders(_: ConfigTable, config: Config) -> Iterator[Problem]:
    if not config.import_folders:
        yield Problem(("import_folders",), "there is none; add a table [import_folders.main] with path and profile")


def _folders(_: ConfigTable, config: Config) -> Iterator[Problem]:
    """No folder may lie where syncer or another program takes its files for something else."""
    places = list(_places(config))
    for position, later in enumerate(places):
        for earlier in places[:position]:
            if later.real == earlier.real:
                yield Problem(later.key, f"the {later.name} is the same folder as the {earlier.name} ({later.real})")
            elif earlier.within(later):
                yield _misplaced(earlier, later)
            elif later.within(earlier) and (later.kind, earlier.kind) not in _HARMLESS:
                yield _misplaced(later, earlier)


@frozen
class _Place:
    kind: str
    name: str
    key: KeyPath
    real: str

    def within(self, other: _Place) -> bool:
        return self.real.startswith(other.real.rstrip(os.sep) + os.sep)


_OWN_FOLDERS: Final = frozenset({"done", "failed", "again", "follow"})
_HARMLESS: Final = frozenset(
    {(inner, "config") for inner in ("inbox", "state", "cache", "sites", "import", "adopt")}
) | {("cache", "state")}
_WHY: Final = {
    "inbox": "where everything is read as dropped links",
    "state": "which is syncer's alone",
    "cache": "which may be deleted at any moment",
    "sites": "where files are read as site files",
    "import": "from where the media manager takes everything",
    "adopt": "where everything is taken as media",
}


def _places(config: Config) -> Iterator[_Place]:
    folders = config.folders
    yield _Place("config", "folder of this config", (), os.path.realpath(folders.config))
    for kind, name, path in (
        ("inbox", "inbox", folders.inbox),
        ("state", "state folder", folders.state),
        ("cache", "cache folder", folders.cache),
        ("sites", "sites folder", folders.sites),
    ):
        yield _Place(kind, name, ("folders", kind), os.path.realpath(path))
    for name, folder in config.import_folders.items():
        yield _Place(
            "import", f'import folder "{name}"', ("import_folders", name, "path"), os.path.realpath(folder.path)
        )

    for index, each in enumerate(config.adopt):
        yield _Place("adopt", f'adopted folder "{each.name}"', ("adopt", index, "path"), os.path.realpath(each.path))


def _adopted(_: ConfigTable, config: Config) -> Iterator[Problem]:
    for index, twin in _twins(folder.name.casefold() for folder in config.adopt):
        why = "two adopted folders have this name; write another name for one of them"
        yield Problem(("adopt", index, "name"), why, other=("adopt", twin, "name"))


def _work_folders(_: ConfigTable, config: Config) -> Iterator[Problem]:
    """What is old and unknown in a work folder is swept away."""
    for place in _places(config):
        if place.key and f"{os.sep}{texts.WORK_FOLDER}" in place.real:
            why = "where what it fetches lies until it is whole; name another"
            yield Problem(place.key, f"lies in a folder of syncer's own ({place.real}), {why}")


def _misplaced(inner: _Place, outer: _Place) -> Problem:
    return Problem(
        inner.key or outer.key,
        f"the {inner.name} ({inner.real}) lies inside the {outer.name} ({outer.real}), {_WHY[outer.kind]}; move one",
    )


def _labels(tables: ConfigTable, _: Config) -> Iterator[Problem]:
    """Capitals make no difference to folders of the inbox, as they make none to its own."""
    names = list(tables.inbox)
    for index, twin in _twins(name.casefold() for name in names):
        why = "two tables are for this folder of the inbox, since capitals make no difference; put them together"
        yield Problem(("inbox", names[index]), why, other=("inbox", names[twin]))
    for name in names:
        if name.casefold() in _OWN_FOLDERS:
            yield Problem(("inbox", name), f'"{name}" is a folder of the inbox\'s own and no label; write another name')


def _subscription_names(tables: ConfigTable, _: Config) -> Iterator[Problem]:
    names = [table.name.casefold() for table in tables.subscriptions]
    for index, twin in _twins(names):
        yield Problem(
            ("subscriptions", index, "name"),
            "two subscriptions have this name; choose another for one of them",
            other=("subscriptions", twin, "name"),
        )
    for index, name in enumerate(names):
        if name in texts.RESERVED_SUBSCRIPTIONS:
            yield Problem(("subscriptions", index, "name"), "has a meaning of its own in commands; choose another")


def _queries(tables: ConfigTable, config: Config) -> Iterator[Problem]:
    for index, table in enumerate(tables.subscriptions):
        if table.queries_from is None and "queries" not in table.model_fields_set:
            yield Problem(
                ("subscriptions", index, "queries"), 'is missing; write queries = ["mountain lake"]', missing=True
            )
    for index, subscription in enumerate(config.subscriptions):
        for query, twin in _twins(query.text for query in subscription.queries):
            yield Problem(
                ("subscriptions", index, "queries", query),
                f'"{subscription.queries[query].text}" is there twice; leave one out',
                other=("subscriptions", index, "queries", twin),
            )


def _watchers(_: ConfigTable, config: Config) -> Iterator[Problem]:
    for index, twin in _twins(watcher.url for watcher in config.watchers):
        yield Problem(("watchers", index, "url"), "is there twice; leave one out", other=("watchers", twin, "url"))


def _catalogues(_: ConfigTable, config: Config) -> Iterator[Problem]:
    """Two tables may look at one catalogue for different words, but then each needs a name of its own."""
    named = [each.name.casefold() for each in config.catalogues]
    for index, twin in _twins(name or each.url for name, each in zip(named, config.catalogues, strict=True)):
        key = "name" if named[index] else "url"
        cure = "choose another name for one" if named[index] else "leave one out, or give them names"
        yield Problem(("catalogues", index, key), f"is there twice; {cure}", other=("catalogues", twin, key))
    subscriptions = {one.name.casefold(): number for number, one in enumerate(config.subscriptions)}
    for index, name in enumerate(named):
        if name in texts.RESERVED_SUBSCRIPTIONS:
            yield Problem(("catalogues", index, "name"), "has a meaning of its own in commands; choose another")
        elif name and name in subscriptions:
            other: KeyPath = ("subscriptions", subscriptions[name], "name")
            yield Problem(("catalogues", index, "name"), "is the name of a subscription; choose another", other=other)


def _timings(_: ConfigTable, config: Config) -> Iterator[Problem]:
    places: list[tuple[KeyPath, CheckTiming]] = [
        (("check", "subscriptions"), config.checks.subscriptions),
        (("check", "watchers"), config.checks.watchers),
    ]
    for index, one in enumerate(config.subscriptions):
        places.append((("subscriptions", index), one.timing))
        own = [(number, query.timing) for number, query in enumerate(one.queries) if query.timing is not None]
        places += [(("subscriptions", index, "queries", number), timing) for number, timing in own]
    places += [(("watchers", index), one.timing) for index, one in enumerate(config.watchers)]
    places += [(("catalogues", index, "threads"), one.threads) for index, one in enumerate(config.catalogues)]
    told: set[CheckTiming] = set()
    for path, timing in places:
        # What a subscription only inherited is told once, where it was written.
        if timing.fastest > timing.slowest and timing not in told:
            told.add(timing)
            yield Problem(
                path,
                f'fastest ("{units.write_duration(timing.fastest)}") is slower than '
                f'slowest ("{units.write_duration(timing.slowest)}"); what is not written here comes from the preset',
            )


def _pace(tables: ConfigTable, _: Config) -> Iterator[Problem]:
    cure = f'only one site at a time may be, with faster = "{FASTER}" under [bandwidth.site.NAME]'
    yield from _too_fast(("bandwidth", "domain"), tables.bandwidth.domain, cure)
    for name, site in tables.bandwidth.site.items():
        if site.faster is None:
            cure = f'write faster = "{FASTER}" beside it if it does not mind'
            yield from _too_fast(("bandwidth", "site", name, "domain"), site.domain or (), cure)


def _too_fast(path: KeyPath, given: Iterable[Rule], cure: str) -> Iterator[Problem]:
    if rule := rules.faster_than_polite(list(given)):
        yield Problem(path, f'"{rules.write(rule)}" asks a site more than once a second; {cure}')


def _twins(values: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield the position of each value that was there before, and where."""
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if value in first:
            yield index, first[value]
        else:
            first[value] = index


CHECKS: Final[tuple[Check, ...]] = (
    _import_folders,
    _folders,
    _labels,
    _subscription_names,
    _queries,
    _watchers,
    _adopted,
    _work_folders,
    _catalogues,
    _timings,
    _pace,
    checks_network.ways,
    checks_network.certificates,
    checks_options.options,
    checks_options.rule_files,
)
