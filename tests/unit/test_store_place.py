"""The state folder is refused on network drives, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.errors import ConfigError, Exit
from syncer.store.place import refuse_network

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
nas:/home /srv nfs4 rw 0 0
//nas/a /srv/my\\040share cifs rw 0 0
/dev/sdb1 /srv/local ext4 rw 0 0
me@nas:/ /srv/local/far fuse.sshfs rw 0 0
/dev/sdc1 /srv/local/usb fuseblk rw 0 0
"""


@pytest.mark.parametrize("place", ["/srv", "/srv/state", "/srv/my share/state", "/srv/local/far/x"])
def test_refused_with_the_cure(place: str) -> None:
    with pytest.raises(ConfigError, match="network drive") as caught:
        refuse_network(Path(place), MOUNTS)
    assert caught.value.exit_code is Exit.CONFIG
    assert "[folders] state" in caught.value.advice


@pytest.mark.parametrize("place", ["/", "/home/me", "/srv/local/state", "/srv/local/usb/state", "/srvx"])
def test_allowed(place: str) -> None:
    refuse_network(Path(place), MOUNTS)


def test_nothing_known_refuses_nothing() -> None:
    refuse_network(Path("/srv/state"), "")
    refuse_network(Path("/srv/state"), "garbage\n\n")
