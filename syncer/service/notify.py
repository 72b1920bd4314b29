"""Tells systemd how the service is: READY, STATUS, RELOADING and STOPPING, by its notify protocol.

Here, because the protocol is a datagram of lines and needs no library. `announce` says what is sent; the command line makes one.
The protocol: sd_notify(3).
"""

from __future__ import annotations

import logging
import socket
from collections.abc import MutableMapping

log = logging.getLogger(__name__)

VARIABLE = "NOTIFY_SOCKET"
PATIENCE = 2.0
"""Seconds to wait where systemd does not take a message; it is then lost, and the service goes on."""
LONGEST_VALUE = 400


class Notify:
    """Sends messages to a datagram socket; to none if `address` is empty. `@` at its beginning means an abstract socket."""

    def __init__(self, address: str = "") -> None:
        self._address = address if address.startswith(("/", "@")) else ""

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str]) -> Notify:
        """Take the address out of the environment, so that no program that we start speaks in our name."""
        return cls(environ.pop(VARIABLE, ""))

    @property
    def wanted(self) -> bool:
        """Tell whether anybody listens."""
        return bool(self._address)

    def send(self, **fields: str | int) -> bool:
        """Send fields as one message; True when it was taken. Never raises: who listens must not stop the work."""
        if not self._address:
            return False
        message = "\n".join(f"{name}={_one_line(str(value))}" for name, value in fields.items())
        place = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(PATIENCE)
                sender.sendto(message.encode("utf-8", "replace"), place)
        except OSError as error:
            log.debug("systemd was not told %s: %s", message, error)
            return False
        return True


def _one_line(value: str) -> str:
    """Return a value that cannot begin a field of its own: names from the net may hold line breaks."""
    line = "".join(character if character.isprintable() else " " for character in value)
    return line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…"
