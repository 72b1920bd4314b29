"""The tables of `[check]`: how often subscriptions, watchers and catalogues are checked, and the timing keys that these share.

Only `config.schema` and the builder of settings import it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le

from syncer.config import hours, rules, units
from syncer.config.schema.scalars import Death, FixedTimes, QuietHours, Spacing, Table, Whole, Zone, key, table, words
from syncer.config.settings import MINUTE, TIMING_PRESETS, Checks, Every

Preset = Literal["artist", "fast tags", "slow tags", "thread", "slow thread"]


def in_words(preset: Preset) -> dict[str, object]:
    """Return the timing keys that say the same as the preset."""
    timing = TIMING_PRESETS[preset]
    return {
        "preset": preset,
        "intended": timing.intended,
        "fastest": units.write_duration(timing.fastest),
        "slowest": units.write_duration(timing.slowest),
        "dead": rules.write_death(timing.dead_files, timing.dead_period),
    }


class TimingTable(Table):
    """Timing keys; what is not given comes from the preset."""

    shown: ClassVar[dict[str, object]] = in_words("artist")

    preset: Preset | None = key(
        'A ready-made timing: "artist", "fast tags", "slow tags" for subscriptions, "thread", "slow thread" for '
        "watchers. The keys below change single values of it.",
        default=None,
    )
    intended: Annotated[Whole, Ge(1), Le(1000)] | None = key(
        "How many new files a check should find; the time of the next one follows from it.", default=None
    )
    fastest: Spacing | None = key("Never check more often than this.", default=None)
    slowest: Spacing | None = key(
        "Never check less often than this. The same as `fastest`: always at this distance.", default=None
    )
    dead: Death | None = key(
        'Fewer new files than this, and it counts as dead and is checked no more; "never" to go on for ever, '
        "as seldom as `slowest`.",
        default=None,
    )
    every: FixedTimes | None = key(
        'Fixed times instead: "day at 06:00", "monday, friday at 18:30", "6 hours". `intended`, `fastest` and '
        "`slowest` are then left aside. Without it: by what comes in.",
        default=None,
        example="day at 06:00",
    )


class SubscriptionTimingTable(TimingTable):
    """How often queries are checked. The default is the preset "artist", whose values are shown here."""


class WatcherTimingTable(TimingTable):
    """How often threads are checked. The default is the preset "thread", whose values are shown here."""

    shown: ClassVar[dict[str, object]] = in_words("thread")


def _catalogue_times(text: str) -> Every:
    found = hours.every(text)
    if not found.days and found.seconds < MINUTE:
        raise ValueError(f'"{text}" is too often for a catalogue; "1 minute" is the least')
    return found


CatalogueTimes = Annotated[Every, *words(_catalogue_times, "15 minutes")]


class CatalogueTimingTable(Table):
    """How often catalogues of threads are looked at, unless one of [[catalogues]] says otherwise."""

    every: CatalogueTimes = key(
        'A distance of a minute at least, or fixed times: "15 minutes", "day at 06:00".',
        default=hours.write_every(Checks().catalogues),
    )


class CheckTable(Table):
    """What holds for the times of all follows."""

    quiet: QuietHours | None = key(
        "Hours in which follows rest, their checks and their downloads; what you ask for yourself goes on. Without it: "
        "never.",
        default=None,
        example="23:00-07:00",
    )
    zone: Zone | None = key(
        "The time zone of these hours and of fixed check times. Without it: that of the machine.",
        default=None,
        example="Europe/Berlin",
    )
    subscriptions: SubscriptionTimingTable = table()
    watchers: WatcherTimingTable = table()
    catalogues: CatalogueTimingTable = table()
