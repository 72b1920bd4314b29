"""Reads the head of an answer: its status line and header lines.

Apart from http.client, which takes header lines for those of a mail: that costs a third of a small request, breaks a line at
characters that HTTP does not end it with, and forgets all behind a line without colon. Only `connection` imports it.
"""

from __future__ import annotations

import http.client
import re
from typing import Any, BinaryIO, Final

MOST_LINES: Final = 100
LONGEST_LINE: Final = 65_536
LONGEST_NUMBER: Final = 100
"""Digits that a length can have: Python reads no more than 4300."""
MOST_INTERIM: Final = 20
"""Answers such as `103 Early Hints` that may come before the one that counts."""

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ENDS_BY_ITSELF: Final = frozenset({204, 304})


class Response(http.client.HTTPResponse):
    """An answer whose head is read by the rules of HTTP (RFC 9112)."""

    def begin(self) -> None:
        """Read the head, once. Raises http.client.HTTPException where it is none."""
        # http.client sets it to None until then.
        known: object = self.headers
        if known is not None:
            return
        version = self._final_status()
        if not version.startswith("HTTP/1.") and version != "HTTP/0.9":
            raise http.client.UnknownProtocol(version)
        # Some servers say that they speak an old version, and all speak 1.1 that say more than 1.0.
        self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        self.headers = self.msg = lines(self.fp)
        self.chunked = _codings(self.headers)[-1:] == ["chunked"]
        # Both are None for "not known", whatever their declared types say.
        self.chunk_left = None
        self.length = self._length()
        self.will_close = self._closes() or (not self.chunked and self.length is None)

    def _final_status(self) -> str:
        """Read the status line that counts, past interim ones; return its version."""
        reader: Any = self
        for _ in range(MOST_INTERIM):
            version, self.status, reason = reader._read_status()
            if self.status >= 200 or self.status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                reader.code, self.reason = self.status, reason.strip()
                return str(version)
            lines(self.fp)
        raise http.client.HTTPException(f"got more than {MOST_INTERIM} interim answers")

    def _length(self) -> int | None:
        """Return how many bytes the body has; None where it is in chunks or ends with the connection."""
        reader: Any = self
        if self.status in _ENDS_BY_ITSELF or self.status < 200 or reader._method == "HEAD":
            return 0
        told = self.headers.get("content-length", "").strip()
        if self.chunked or not told.isascii() or not told.isdigit():
            return None
        if len(told) > LONGEST_NUMBER:
            raise http.client.HTTPException(f"its length has {len(told)} digits")
        return int(told)

    def _closes(self) -> bool:
        connection = self.headers.get("connection", "").lower()
        if self.version == 11:
            return "close" in connection
        keeps = "keep-alive" in connection or "keep-alive" in self.headers.get("proxy-connection", "").lower()
        return not (keeps or self.headers.get("keep-alive"))


def _codings(headers: http.client.HTTPMessage) -> list[str]:
    """Return how a body is packed for its way, the outermost last; parameters and several headers do not matter."""
    told = ",".join(map(str, headers.get_all("transfer-encoding", []))).lower()
    return [coding for each in told.split(",") if (coding := each.partition(";")[0].strip())]


def lines(file: BinaryIO) -> http.client.HTTPMessage:
    """Read header lines to the empty one; what is no header line is left out.

    A folded line belongs to the one before; blanks about a name and characters that no value can have are dropped, as browsers do.
    Raises http.client.HTTPException for more than MOST_LINES, or one longer than LONGEST_LINE.
    """
    message = http.client.HTTPMessage()
    held: tuple[str, str] | None = None
    for _ in range(MOST_LINES + 1):
        line = file.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise http.client.LineTooLong("header line")
        text = line.decode("iso-8859-1").rstrip("\r\n")
        if text[:1] in (" ", "\t") and held is not None:
            held = held[0], f"{held[1]} {_value(text)}"
            continue
        if held is not None:
            message[held[0]] = held[1]
        if not text:
            return message
        name, colon, value = text.partition(":")
        name = name.rstrip()
        held = (name, _value(value)) if colon and _NAME.fullmatch(name) else None
    raise http.client.HTTPException(f"got more than {MOST_LINES} header lines")


def _value(text: str) -> str:
    return text.replace("\r", " ").replace("\0", " ").strip(" \t")
