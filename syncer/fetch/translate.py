"""What the libraries raise, as one of our failures, so that no job ever sees an exception of theirs.

Apart from the client, because it is a table that must be complete. Only `client` imports it.
"""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import urllib3.exceptions

from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.transfer import Transfer

_NO_NET: Final = frozenset(
    {errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
)

_TUNNEL: Final = re.compile(r"Tunnel connection failed: (\d{3})([^\r\n]{0,100})")
_SITE_AWAY: Final = frozenset({"500", "502", "503", "504"})
"""By these a proxy says that it is the site that cannot be reached."""

_KINDS: Final[tuple[tuple[type[BaseException], FailureKind], ...]] = (
    (ssl.SSLEOFError, FailureKind.DROPPED),
    (ssl.SSLZeroReturnError, FailureKind.DROPPED),
    (ssl.SSLError, FailureKind.TLS),
    (ssl.CertificateError, FailureKind.TLS),
    (TimeoutError, FailureKind.TIMEOUT),
    (urllib3.exceptions.TimeoutError, FailureKind.TIMEOUT),
    (http.client.IncompleteRead, FailureKind.WRONG_LENGTH),
    (ConnectionRefusedError, FailureKind.REFUSED),
    (ConnectionError, FailureKind.DROPPED),
    (http.client.HTTPException, FailureKind.BAD_ANSWER),
    (urllib3.exceptions.SSLError, FailureKind.TLS),
    (urllib3.exceptions.LocationValueError, FailureKind.BAD_REQUEST),
    (urllib3.exceptions.HTTPError, FailureKind.BAD_ANSWER),
    (OSError, FailureKind.DROPPED),
    (ValueError, FailureKind.BAD_REQUEST),
)
"""The first row that fits a cause decides: what is special stands before what it is a case of."""

ERRORS: Final = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)
"""All that requests' and urllib3's machinery raises for a request; FetchError passes through it."""


def translate(error: BaseException, transfer: Transfer, *, others_reached: bool) -> Failure:
    """Return the failure behind an exception of the libraries.

    `others_reached`: another host answered a moment ago, so it is not the net that is away but this host.
    """
    if transfer.cut:
        return Failure(FailureKind.ABORTED)
    cause = _root(error)
    if isinstance(cause, FetchError):
        return cause.failure
    if (told := _of_proxy(error, cause)) is not None:
        return told
    if isinstance(cause, socket.gaierror):
        return _name_fault(cause, others_reached=others_reached)
    if isinstance(cause, OSError) and cause.errno in _NO_NET:
        kind = FailureKind.REFUSED if others_reached else FailureKind.OFFLINE
        return Failure(kind, cause.strerror or str(cause))
    kind = next((kind for cls, kind in _KINDS if isinstance(cause, cls)), FailureKind.BAD_ANSWER)
    if kind is FailureKind.DROPPED and transfer.kept is not None and not transfer.received:
        return Failure(FailureKind.HUNG_UP)
    return Failure(kind, _words(cause, kind, transfer))


def _of_proxy(error: BaseException, cause: BaseException) -> Failure | None:
    """Return what a proxy said, or that it broke; None where none was in the way."""
    tunnel = _TUNNEL.search(str(cause)) if isinstance(cause, OSError) else None
    if tunnel is not None:
        kind = FailureKind.REFUSED if tunnel[1] in _SITE_AWAY else FailureKind.PROXY
        return Failure(kind, f"the proxy says: {tunnel[1]} {tunnel[2]}".strip(), int(tunnel[1]))
    if any(isinstance(each, urllib3.exceptions.ProxyError) for each in _chain(error)):
        return Failure(FailureKind.PROXY, str(cause)[:300] or type(cause).__name__)
    return None


def _name_fault(error: socket.gaierror, *, others_reached: bool) -> Failure:
    away = error.errno == socket.EAI_AGAIN and not others_reached
    return Failure(FailureKind.OFFLINE if away else FailureKind.DNS, error.strerror or str(error))


def _root(error: BaseException) -> BaseException:
    """Return the innermost cause that says more than the wrappings around it."""
    chain = list(_chain(error))
    for inner in reversed(chain):
        if not isinstance(inner, urllib3.exceptions.ProtocolError):
            return inner
    return error


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        wrapped = next((part for part in found.args if isinstance(part, BaseException)), None)
        found = wrapped or found.__cause__


def _words(cause: BaseException, kind: FailureKind, transfer: Transfer) -> str:
    if kind is FailureKind.REFUSED:
        return "nobody answers there"
    if kind is FailureKind.TIMEOUT:
        return "silent while it was answering" if transfer.received else "no answer"
    if isinstance(cause, http.client.IncompleteRead):
        # urllib3 puts the number of bytes where http.client puts the bytes themselves.
        partial: object = cause.partial
        came = len(partial) if isinstance(partial, bytes) else partial
        if not came and not cause.expected:
            # In pieces: of those that came before, the library does not tell.
            return f"it broke off without its end, after {transfer.received:,} bytes"
        missing = f", {cause.expected:,} more were announced" if cause.expected and cause.expected > 0 else ""
        return f"{came} bytes came{missing}"
    if isinstance(cause, ConnectionError | ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return f"after {transfer.received:,} bytes" if transfer.received else "before it answered"
    if kind is FailureKind.TLS:
        return str(getattr(cause, "verify_message", "") or cause)[:300]
    return str(cause)[:300] or type(cause).__name__
