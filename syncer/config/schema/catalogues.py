"""The tables `[[catalogues]]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le, MaxLen
from pydantic import AfterValidator

from syncer.config.catalogue import MOST
from syncer.config.schema.check import CatalogueTimes, TimingTable
from syncer.config.schema.options import OptionKeys
from syncer.config.schema.scalars import Flag, Text, WebAddress, Whole, key
from syncer.config.texts import thread_rule

ThreadRule = Annotated[str, AfterValidator(thread_rule)]


class CatalogueTable(OptionKeys):
    """A catalogue of threads, as image boards have it: each thread in it that meets your words is watched. Repeat the table for more.

    It is looked at again and again; a thread becomes a watcher once, and not again after it has ended or you have removed it. The
    keys of [options] can stand here, too, for the files of its threads.
    """

    url: WebAddress = key(
        "The catalogue's address, as the browser shows it.", example="https://boards.example.org/w/catalog"
    )
    name: Text | None = key(
        "Your name for it. Without it: its address. Two tables for one address need names.",
        default=None,
        example="landscape threads",
    )
    words: Annotated[list[ThreadRule], MaxLen(500)] = key(
        "Threads whose title or first text meets one of these rules are watched. A comma means and, a minus means not: "
        '"lake, -night". `*` stands for any letters of a word, "title:lake" asks for the title alone. None: every thread.',
        default=[],
        example=["mountain*", "lake, -night"],
    )
    most: Annotated[Whole, Ge(1), Le(1000)] = key(
        "So many of its threads are watched at once; when one has ended, the next one is taken.", default=MOST
    )
    every: CatalogueTimes | None = key(
        'How often the catalogue is looked at. Without it: as in "[check.catalogues]".',
        default=None,
        example="30 minutes",
    )
    threads: TimingTable | None = key(
        'How often its threads are checked, by the keys of "[check.watchers]". Without it: as all threads.',
        default=None,
        example={"preset": "slow thread"},
    )
    paused: Flag = key("Take no new threads of it for now; those that are watched are watched on.", default=False)
