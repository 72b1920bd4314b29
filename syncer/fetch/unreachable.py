"""Whether an error of connecting means that the net is away, or only that this one site cannot be reached.

Apart from connections, since it is about this machine and not about theirs. Only `connection` imports it.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Final

from syncer.fetch.guard import is_public_peer

NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""What the system says where nothing leads to an address from here."""
_NOT_THERE: Final = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN})
"""What it says where nobody in its own network has the address."""
_ANYWHERE: Final = ("192.0.2.1", 9)
"""An address that nobody has (RFC 5737)."""


def is_not_the_net(error: OSError, asked: Sequence[tuple[int, str]]) -> str:
    """Say why an error that looks like a net that is away is the site's alone; "" = it may be the net. `asked`: families and addresses."""
    if error.errno in NO_WAY and all(kind == socket.AF_INET6 for kind, _ in asked) and has_a_way():
        return "it has IPv6 addresses alone, to which nothing leads from here"
    if error.errno in _NOT_THERE and not any(is_public_peer(address) for _, address in asked):
        return "nothing in the network here has its address: is it switched on?"
    return ""


def has_a_way() -> bool:
    """Tell whether this machine has a way to IPv4 addresses; nothing is sent for that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        return asking.connect_ex(_ANYWHERE) == 0
