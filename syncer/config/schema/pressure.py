"""The table `[pressure]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le

from syncer.config import units
from syncer.config.schema.scalars import Size, Table, Whole, key
from syncer.config.settings import Pressure

Amount = Annotated[Whole, Ge(0), Le(10_000_000)]


class PressureTable(Table):
    """What makes syncer pause by itself until there is room again."""

    free_space: Size = key(
        "How much must stay free on the disks of import folder and state.",
        default=units.write_size(Pressure().free_space),
    )
    files_per_day: Amount = key(
        "How many files may come in 24 hours; 0: any number. Threads are exempt, since they die.",
        default=0,
        example=200,
    )
    undrained: Amount = key(
        "How many files may wait in an import folder with drains = true until the manager takes them; 0: any number.",
        default=0,
        example=1000,
    )
