"""Reads links out of files that programs write: bookmark exports of browsers, and the one-link files of macOS.

Pure, and linear in the length of the file: no parser builds a tree of what anybody may drop. `linkfile` imports it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from syncer.config.decode import text_lines
from syncer.intake.lines import Line, rejected, url_line

_ANCHOR: Final = re.compile(
    r"<a\s[^<>]{0,20000}?\bhref\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s<>\"']+))", re.IGNORECASE
)
_BREAK: Final = re.compile(r"[\t\r\n]")
"""Browsers leave these out of an address."""
_XML_URL: Final = re.compile(
    r"<key>\s*URL\s*</key>\s*<string>\s*(?:<!\[CDATA\[([^\]]{1,20000})\]\]>\s*|([^<]{1,20000}))</string>", re.IGNORECASE
)
_LARGEST_PLIST: Final = 64 * 1024
"""A file with one link is far smaller; a property list can be built to stall whoever reads it."""


def read_bookmarks(data: bytes, sites: Collection[str] = ()) -> Iterator[Line]:
    """Yield the links of a bookmark export; who reads them takes only what a site file claims."""
    del sites
    text = "\n".join(text_lines(data))
    number, counted = 1, 0
    for match in _ANCHOR.finditer(text):
        url = _BREAK.sub("", html.unescape(next(filter(None, match.groups()), "")).strip())
        if url.lower().startswith(("http://", "https://")):
            number, counted = number + text.count("\n", counted, match.start()), match.start()
            yield replace(url_line(number, url, url), claimed_only=True)


def read_webloc(data: bytes, sites: Collection[str] = ()) -> Iterator[Line]:
    """Yield the one link of a .webloc file, XML or binary."""
    del sites
    if not data.startswith(b"bplist"):
        match = _XML_URL.search("\n".join(text_lines(data[:_LARGEST_PLIST])))
        found = (match[1] or html.unescape(match[2])).strip() if match else ""
    else:
        found = _binary_url(data)
    if found:
        is_web = found.lower().startswith(("http://", "https://"))
        yield url_line(1, found, found) if is_web else rejected(1, found, "only http and https links are taken")


def _binary_url(data: bytes) -> str:
    if len(data) > _LARGEST_PLIST:
        return ""
    import plistlib

    try:
        told = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
    except Exception:  # noqa: BLE001 the reader raises whatever a broken offset leads to
        return ""
    url = told.get("URL") if isinstance(told, dict) else None
    return url.strip() if isinstance(url, str) else ""
