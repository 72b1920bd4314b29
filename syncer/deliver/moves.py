"""Moves a file to a name that nothing has yet, without ever overwriting: what `os.rename` alone does not promise.

Apart from `place`, because systems and file systems differ in how it is done. Does file work; only `place` imports it.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

SomePath = Path | str

_AT_FDCWD: Final = -100
_NOREPLACE: Final = 1
_MOST_MADE: Final = 20
"""So often a folder is made again that somebody removes."""
_NOT_HERE: Final = frozenset(
    {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK, errno.ENOTTY}
)
"""Errors by which a system or file system says that it does not know a way, not that the move failed."""


class UnknownWayError(OSError):
    """This way of moving does not work here; another one may."""


class Mover:
    """Moves files inside one file system by the first way that works there.

    The ways, best first: `renameat2` with RENAME_NOREPLACE; a second name by hard link and then removing the first (the file is
    whole by then, and a crash between the two leaves one file under both names, which `place` knows); last of all a look
    followed by a rename, where neither exists (FAT, some network and FUSE file systems): there another program could take the
    name in the microseconds between.
    """

    def __init__(self, ways: tuple[Callable[[SomePath, SomePath], None], ...] | None = None) -> None:
        self._ways = ways or (rename_no_replace, link_and_unlink, look_and_rename)
        self._best = 0

    def move(self, source: SomePath, target: SomePath) -> None:
        """Move `source` to `target`. Raises FileExistsError if `target` exists in any form, else OSError."""
        for place, way in enumerate(self._ways[self._best :], self._best):
            try:
                way(source, target)
            except UnknownWayError:
                continue
            self._best = place
            return
        raise OSError(errno.EPERM, "no way of moving files works here", str(target))

    def move_into(self, source: SomePath, target: SomePath, made: Callable[[], object]) -> None:
        """Move as `move` does, and where the folder of `target` is gone once more, after `made` has made it again.

        Managers remove folders that are empty, if only for the moment before the first file comes.
        """
        for _ in range(_MOST_MADE):
            try:
                self.move(source, target)
            except FileNotFoundError:
                if not os.path.lexists(source):
                    raise
                made()
            else:
                return
        self.move(source, target)


def rename_no_replace(source: SomePath, target: SomePath) -> None:
    """Rename by the system call that refuses to replace. Raises UnknownWayError where it is not known."""
    call = _renameat2()
    if call is None:
        raise UnknownWayError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _NOREPLACE) != 0:
        _raise(ctypes.get_errno(), source, target)


@cache
def _renameat2() -> Callable[..., int] | None:
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no "whole process" to look into.
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return call


def link_and_unlink(source: SomePath, target: SomePath) -> None:
    """Give the file its second name, then take the first. Raises UnknownWayError where there are no hard links."""
    try:
        os.link(source, target)
    except OSError as error:
        _raise(error.errno or 0, source, target)
    os.unlink(source)


def look_and_rename(source: SomePath, target: SomePath) -> None:
    """Look whether the name is free, then rename."""
    if os.path.lexists(target):
        _raise(errno.EEXIST, source, target)
    os.rename(source, target)


def _raise(number: int, source: SomePath, target: SomePath) -> None:
    if number in _NOT_HERE:
        raise UnknownWayError(number, os.strerror(number))
    raise OSError(number, os.strerror(number), str(source), None, str(target))
