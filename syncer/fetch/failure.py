"""What can go wrong with a request: every kind by name, as a value that travels from the wire to the judge.

Pure, and apart from both, so that later steps (a page that turns out to be a login, a wrong hash) can name their kind
without knowing the client. Everybody from `service` up may import it.
"""

from __future__ import annotations

from enum import StrEnum

from syncer.errors import ItemError
from syncer.frozen import frozen


class FailureKind(StrEnum):
    """One cause each; `judge.RULES` says for every one what follows from it."""

    # Nobody answered.
    OFFLINE = "offline"
    DNS = "dns"
    REFUSED = "refused"
    TLS = "tls"
    PROXY = "proxy"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    HUNG_UP = "hung_up"
    # The answer was broken on its way.
    DRIP = "drip"
    TOO_LARGE = "too_large"
    WRONG_LENGTH = "wrong_length"
    CUT_GZIP = "cut_gzip"
    BAD_ANSWER = "bad_answer"
    EMPTY = "empty"
    RANGE = "range"
    CHANGED = "changed"
    # It led nowhere.
    BAD_REDIRECT = "bad_redirect"
    REDIRECT_LOOP = "redirect_loop"
    # It was never asked.
    BAD_REQUEST = "bad_request"
    BLOCKED_ADDRESS = "blocked_address"
    OUTSIDE_ONLY = "outside_only"
    # The site said no, by status.
    SLOW_DOWN = "slow_down"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server_error"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    LEGAL = "legal"
    REFUSED_REQUEST = "refused_request"
    WRONG_ANSWER = "wrong_answer"
    UNEXPECTED_STATUS = "unexpected_status"
    CHALLENGE = "challenge"
    # The site said yes, and sent something else; later steps find these.
    LOGIN_PAGE = "login_page"
    HTML_FOR_JSON = "html_for_json"
    HTML_FOR_MEDIA = "html_for_media"
    UNKNOWN_TYPE = "unknown_type"
    NOT_WHOLE = "not_whole"
    PLACEHOLDER = "placeholder"
    WRONG_HASH = "wrong_hash"
    # It is still being made; a program that URLs are handed to finds this.
    NOT_YET = "not_yet"
    # It is ours.
    DISK = "disk"
    ABORTED = "aborted"


@frozen
class Failure:
    """One thing that went wrong, with what is known about it."""

    kind: FailureKind
    detail: str = ""
    """What was seen, in words and figures: "1,000 bytes announced, 10 came"."""
    status: int | None = None
    retry_after: float | None = None
    """Seconds that the site asks to wait, already bounded; None = it did not say."""
    url: str = ""

    def __str__(self) -> str:
        name = self.kind.replace("_", " ")
        return f"{name}: {self.detail}" if self.detail else name


class FetchError(ItemError):
    """A request that did not bring what was asked for; `failure` goes to the judge."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


def fail(kind: FailureKind, detail: str = "", *, status: int | None = None, url: str = "") -> FetchError:
    """Make the error to raise for a failure of `kind`."""
    return FetchError(Failure(kind, detail, status=status, url=url))
