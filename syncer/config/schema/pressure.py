"""The table `[pressure]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from syncer.config import units
from syncer.config.schema.scalars import Size, Table, key
from syncer.config.settings import Pressure


class PressureTable(Table):
    """What makes syncer pause by itself until there is room again."""

    free_space: Size = key(
        "How much must stay free on the disks of import folder and state.",
        default=units.write_size(Pressure().free_space),
    )
