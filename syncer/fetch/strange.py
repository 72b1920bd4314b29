"""What a web page is that came where something else was due: a login, a browser check, or a page with a title to show.

Pure: the beginning of a text goes in, a failure comes out. The jobs of `service` ask it for pages that no parser could read, pages
without a post, and files that are none.
"""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import urlsplit

from syncer.fetch.failure import Failure, FailureKind
from syncer.fetch.statuses import is_challenge_page

LOOK: Final = 64 * 1024
"""Characters of a text that are looked at."""

_HTML: Final = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta)\b", re.IGNORECASE | re.DOTALL
)
_TITLE: Final = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_LOGIN: Final = re.compile(
    r"\blog[\s_-]?(?:in|on)\b|\bsign[\s_-]?in\b|\bmembers only\b|\banmeld\w*|\bconnexion\b|\binicia\w* sesi[oó]n|\bвход\b"
    r"|ログイン|登录|登入|로그인",
    re.IGNORECASE,
)


def title(text: str) -> str:
    """Return the title of an HTML page, on one line; "" where there is none."""
    found = _TITLE.search(text[:LOOK])
    return " ".join(html.unescape(found[1]).split()) if found else ""


def is_html(text: str) -> bool:
    """Tell whether a text is a web page."""
    return _HTML.match(text[:LOOK]) is not None


def is_login(text: str, url: str) -> bool:
    """Tell whether a page is there to log in: it asks for a password, and its title or URL says so.

    Both, because many sites show a small login form on every page.
    """
    if not _PASSWORD.search(text[:LOOK]):
        return False
    return bool(_LOGIN.search(title(text)) or _LOGIN.search(urlsplit(url).path.replace("/", " ").replace(".", " ")))


def instead(text: str, url: str, otherwise: FailureKind) -> Failure | None:
    """Return what came, where content was due, as a failure: a browser check, a login, else `otherwise`; None: no web page."""
    if not is_html(text):
        return None
    named = title(text)
    words = f'a page titled "{named}"' if named else ""
    if is_challenge_page(text[:LOOK].encode("utf-8", "replace")):
        return Failure(FailureKind.CHALLENGE, words, url=url)
    return Failure(FailureKind.LOGIN_PAGE if is_login(text, url) else otherwise, words, url=url)


def gate(text: str, url: str) -> Failure | None:
    """Return the login or browser check that a page is, which gave no post; None for any other page without one."""
    found = instead(text, url, FailureKind.HTML_FOR_JSON)
    return found if found is not None and found.kind is not FailureKind.HTML_FOR_JSON else None
