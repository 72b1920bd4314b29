"""What was adopted with `take = "move"` is taken away where it lay, once it was delivered.

Here, because only what the store calls delivered may go, and only as it was when it was read. `adopt_job` calls it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Callable
from typing import Final

from syncer.deliver.kind import groups_of
from syncer.deliver.signatures import TEXT
from syncer.intake import adopt_names, adopt_scan
from syncer.service.runtime import Runtime
from syncer.store import adopted
from syncer.store.adopted import Adopted
from syncer.store.database import Named

log = logging.getLogger(__name__)

PIECE: Final = 50


def is_media(extension: str) -> bool:
    """Tell whether a file of this extension can be delivered at all."""
    return any(group != TEXT for group in groups_of(extension))


def take_away(runtime: Runtime, broken_off: Callable[[], bool]) -> None:
    """Remove what was delivered and is to be moved, as long as it is still what was delivered."""
    while not broken_off():
        with runtime.db.read() as tx:
            found = adopted.leaving(tx, PIECE)
        if not found:
            return
        for each in found:
            _remove(each)
        with runtime.db.write(Named.FLUSH) as tx:
            for each in found:
                adopted.stays(tx, each.id)


def _remove(found: Adopted) -> None:
    """Remove a file and what is beside it, but only what is as it was read, and of no use to another file."""
    with contextlib.suppress(OSError), adopt_scan.folder_of(found.place) as folder:
        for name, who in ((found.place.name, found.who), *found.beside):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode) or adopt_scan.who(status) != who:
                log.info("%s stays: it is another file than the one that was read", found.place.path)
                return
            if name == found.place.name or not _is_shared(found.place.name, name, _names(folder)):
                os.unlink(name, dir_fd=folder)


def _names(folder: int) -> list[str]:
    return os.listdir(folder)


def _is_shared(media: str, beside: str, names: list[str]) -> bool:
    """Tell whether what is beside a media file tells of another one, too: it is named by the stem, or for the whole folder."""
    if beside.startswith(f"{media}."):
        return False
    stem = media.rpartition(".")[0]
    others = (name.rpartition(".") for name in names if name != media)
    return beside == adopt_names.GALLERY_INFO or any(other == stem and is_media(end) for other, _, end in others)
