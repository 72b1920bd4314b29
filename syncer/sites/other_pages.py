"""Pages that come in place of the right one, with status 200: a refusal in words, in HTML or JSON.

Pure: told by the page's own text, and asked only where a site file found nothing on it. The service's jobs ask, so that such a
page never passes for "nothing new". Logins and checks of browsers are known before that, wherever they come (`fetch.strange`).
"""

from __future__ import annotations

import html
import json
import re

LONGEST = 300_000
"""A longer page is no message (characters)."""

_HEADING = re.compile(r"<(title|h1|h2)\b[^>]{0,500}>([^<]{1,300})<", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\berror\b|\bfehler\b|\berreur\b|access denied|forbidden|not allowed|\bbanned\b|too many|rate limit|maintenance|"
    r"unavailable|just a moment|attention required|captcha|verify (that )?you|are you (a )?(human|robot)|checking your browser",
    re.IGNORECASE,
)
_BAD = frozenset({"error", "fail", "failed", "failure"})


def other(text: str, query: str = "") -> str:
    """Say what a page is on which nothing was found, if it tells that it is not what was asked for; "" = it does not.

    The words of `query` may stand in its headings without meaning anything.
    """
    if len(text) > LONGEST:
        return ""
    return _message(text) or _refusal(text, query)


def _message(text: str) -> str:
    """Return what an answer in JSON says in place of a listing: `{"success": false, "message": "..."}` and the like."""
    if not text.lstrip().startswith("{"):
        return ""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    said = [answer.get(key) for key in ("error", "errors")]
    failed = any(answer.get(key) is False for key in ("success", "ok")) or answer.get("status") in _BAD
    if not failed and not any(said):
        return ""
    words = next(
        (words for value in (*said, answer.get("message"), answer.get("reason")) if (words := _words(value))), ""
    )
    return f"the site answered: {words}" if words else "the site answered that it did not work"


def _words(value: object) -> str:
    """Return the text in a message, however a site wraps it."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("message") or value.get("title") or ""
    return " ".join(value.split())[:200] if isinstance(value, str) else ""


def _headings(text: str) -> list[str]:
    return [" ".join(html.unescape(found[1]).split()) for found in _HEADING.findall(text)[:20]]


def _refusal(text: str, query: str) -> str:
    asked = query.casefold().replace("_", " ")
    for heading in _headings(text):
        found = _REFUSAL.search(heading)
        if found and found[0].casefold() not in asked:
            return f'the site shows a page headed "{heading}"'
    return ""
