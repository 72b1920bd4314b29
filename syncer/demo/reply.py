"""What the local site is asked and what it answers: a request as a value, and a reply with the way it goes over the wire.

Pure; apart from pages and faults so that both speak of the same two things. Only the demo and tests import it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from enum import Enum, auto
from http import HTTPStatus
from urllib.parse import parse_qsl

from syncer.frozen import frozen

_PHRASES = {int(status): status.phrase for status in HTTPStatus}


class After(Enum):
    """What the server does once the bytes of a reply are sent."""

    KEEP = auto()
    """Wait for the next request on the same connection."""
    CLOSE = auto()
    HANG = auto()
    """Send nothing more until the other side closes."""
    RESET = auto()
    """Close with a reset, as a broken router would."""
    REPEAT = auto()
    """Send the body again and again until the other side closes."""


@frozen
class Wire:
    """How a reply goes over the wire; the default is as it should be."""

    declared: int | None = None
    """The Content-Length that is sent; None = the true one."""
    lengthless: bool = False
    """Send no Content-Length at all; the end of the connection ends the body."""
    chunked: bool = False
    """Send in chunks, ended properly unless the body is cut."""
    cut: int | None = None
    """Send only so many bytes of the body."""
    after: After = After.KEEP
    delay: float = 0.0
    """Seconds before the first byte."""
    piece: int = 0
    """Send the body in pieces of so many bytes, 0 = at once, with `pause` seconds between them."""
    pause: float = 0.0
    raw: bool = False
    """The body is all that is sent, with no status line and headers before it."""


WHOLE = Wire()


@frozen
class Reply:
    """An answer: status, headers (without length), body, and how it is sent."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    wire: Wire = WHOLE

    def header(self, name: str) -> str:
        """Return the first header of that name, "" where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def with_header(self, name: str, value: str | None) -> tuple[tuple[str, str], ...]:
        """Return the headers with this one set to `value`, or left out (None)."""
        rest = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return rest if value is None else (*rest, (name, value))


@frozen
class Ask:
    """A request as the pages and faults see it."""

    path: str
    query: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    root: str = ""
    """`http://127.0.0.1:8123`, as the other side named us; links are made with it."""
    now: float = 0.0
    prefix: str = ""
    """`/fault/NAME` where the fault was asked for by its path."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What the fault was given: `{"seconds": "5"}`."""

    @property
    def target(self) -> str:
        """Path and query as they were asked for, without a fault's prefix."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def arguments(self) -> dict[str, str]:
        """The query as names and values; of equal names the last counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def number(self, name: str, default: float) -> float:
        """Return a detail of the fault as a number."""
        return float(self.details.get(name, default))


Render = Callable[[Ask], Reply]
"""Gives the right answer to a request."""


def phrase(status: int) -> str:
    """Return the words that go with a status."""
    return _PHRASES.get(status, "Refused")


def page(title: str, body: str, status: int = 200) -> Reply:
    """Make a complete HTML page."""
    text = f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title></head>\n'
    text += f"<body>\n{body}\n</body>\n</html>\n"
    return Reply(status, (("Content-Type", "text/html; charset=utf-8"),), text.encode())


def data(content: object, status: int = 200) -> Reply:
    """Make a JSON answer."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return Reply(status, (("Content-Type", "application/json; charset=utf-8"),), body)


def plain_error(status: int, why: str = "") -> Reply:
    """Make the short page that goes with an error status."""
    why = why or phrase(status)
    return page(f"{status} {why}", f"<h1>{status} {why}</h1>", status)


def redirect(location: str, status: int = 302) -> Reply:
    """Send the other side elsewhere."""
    return Reply(status, (("Location", location), ("Content-Type", "text/html; charset=utf-8")), b"moved\n")
