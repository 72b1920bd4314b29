"""Which parts of a folder lie on a filesystem that tells no events: network shares and the like must be polled.

Pure: the text of /proc/mounts goes in. Used by the watch beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

_DEAF = frozenset({
    "9p", "acfs", "afs", "aufs", "beegfs", "ceph", "cifs", "coda", "drvfs", "gfs", "gfs2", "glusterfs", "lustre", "ncpfs",
    "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
})  # fmt: skip
_LOCAL_FUSE = frozenset({"fuse.ntfs-3g", "fuse.lowntfs-3g", "fuse.exfat", "fuse.gocryptfs", "fuse.encfs", "fuseblk"})
"""Changes to these come from this machine only, and the kernel sees them."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


def polled_parts(root: str, mounts: str) -> tuple[str, ...]:
    """Return which folders must be polled: `root` itself, or mount points below it; none where events are told.

    `root` is absolute and without symbolic links; `mounts` is what /proc/mounts says.
    """
    found = dict(_mounts(mounts))
    above = [point for point in found if PurePosixPath(root).is_relative_to(point)]
    if above and _is_deaf(found[max(above, key=len)]):
        return (root,)
    below = (point for point in found if point != root and PurePosixPath(point).is_relative_to(root))
    return tuple(sorted(point for point in below if _is_deaf(found[point])))


def _mounts(text: str) -> Iterator[tuple[str, str]]:
    """Yield mount points with their types; of two on the same point the later one is seen."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 3:
            yield _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[1]), fields[2]


def _is_deaf(kind: str) -> bool:
    return kind in _DEAF or (kind.startswith("fuse") and kind not in _LOCAL_FUSE)
