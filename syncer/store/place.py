"""Where the state folder may be: on a disk of this machine, since SQLite's locks do not hold on network shares.

Pure but for reading the list of mounts. `app` asks it before the store is opened.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from syncer.errors import ConfigError

NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|afs|ncpfs|ceph|glusterfs|lustre|beegfs|fuse\.(sshfs|rclone|smbnetfs|gvfsd-fuse)"
)
_MOUNTS = Path("/proc/mounts")
_ESCAPE = re.compile(r"\\([0-7]{3})")


def refuse_network(state: Path, mounts: str | None = None) -> None:
    """Raise ConfigError with the cure where `state` lies on a network filesystem; `mounts` is the text of /proc/mounts."""
    text = _read() if mounts is None else mounts
    place = PurePosixPath(os.path.realpath(state))
    best, kind = PurePosixPath("/"), ""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = PurePosixPath(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[1]))
        if place.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, fields[2]
    if NETWORK.fullmatch(kind):
        raise ConfigError(
            f"the state folder {state} is on a network drive ({kind}), where the store would be damaged",
            "Name a folder on a disk of this machine: [folders] state",
        )


def _read() -> str:
    try:
        return _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""  # not Linux: nothing is known, nothing is refused
