"""Tells pages, JSON and other texts from media: what servers send under a picture's name when something is wrong.

Apart from `kind`, because texts have no magic bytes but rules of their own. Pure; the steps of delivery may import it.
"""

from __future__ import annotations

import codecs
import html
import re
from typing import Final

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_LEADING: Final = re.compile(r"\s+|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
"""What may stand before a document's first element: blanks, comments, declarations."""

_HTML: Final = re.compile(
    r"<(?:!doctype\s+html|(?:html|head|body|title|meta|link|script|style|base|noscript|iframe|frameset|div|span|p|a|b|i"
    r"|center|font|table|form|h[1-6]|br|hr|ul|ol|pre|img|main|section|article|header|nav)[\s/>])",
    re.IGNORECASE,
)
_HTML_LATER: Final = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_SVG: Final = re.compile(r"<!doctype\s+svg|<(?:[a-z]+:)?svg[\s>]", re.IGNORECASE)
_SVG_ROOT: Final = re.compile(r"<(?:[a-z]+:)?svg\s[^>]{0,8000}", re.IGNORECASE)
_SVG_LENGTH: Final = re.compile(r"""\s(width|height)\s*=\s*["'](\d{1,6}(?:\.\d{1,6})?)(?:px)?["']""")
_SVG_BOX: Final = re.compile(
    r"""\sviewBox\s*=\s*["'][\d.\-]+[\s,]+[\d.\-]+[\s,]+(\d{1,6}(?:\.\d+)?)[\s,]+(\d{1,6}(?:\.\d+)?)["']"""
)
_DOCTYPE: Final = re.compile(r"<!doctype[^>\[]*(?:\[.*?\])?[^>]*>", re.IGNORECASE | re.DOTALL)
_ELEMENT: Final = re.compile(r"<[a-z_!][^<]*", re.IGNORECASE)
_JSON: Final = re.compile(r'[\[{]\s*(?:["\[\]{}\-\d]|true\b|false\b|null\b|\Z)')
_TITLE: Final = re.compile(r"<title[^>]{0,200}>(.{0,400}?)</title", re.IGNORECASE | re.DOTALL)
_CONTROLS: Final = bytes(each for each in range(32) if each not in b"\t\n\f\r\x1b")
_LOOKED_AT: Final = 65536
_MARKUP: Final = (b"<", b"{", b"[", b" ", b"\n", b"\r", b"\t")
"""With what UTF-16 without a byte order mark may begin, so that no binary is taken for it."""


def text_kind(head: bytes) -> str | None:
    """Return `html`, `svg`, `xml`, `json` or `plain text`, or None where the bytes are no text.

    `head` is the file's beginning; a byte order mark, blanks, comments and declarations before the content do not hide it.
    """
    text = _decode(head[:_LOOKED_AT])
    if text is None:
        return None
    start = _after_leading(text)
    for pattern, name in ((_SVG, "svg"), (_HTML, "html"), (_JSON, "json")):
        if pattern.match(start):
            return name
    if not start and "<!--" in text:
        return "html"
    if _HTML_LATER.search(text[:4096]):
        return "html"
    if _ELEMENT.match(start):
        return _of_markup(start)
    return "plain text" if start else None


def title(head: bytes) -> str:
    """Return the title of an HTML page in one line of at most 80 characters, or ""."""
    found = _TITLE.search(_decode(head[:_LOOKED_AT]) or "")
    if found is None:
        return ""
    words = " ".join(html.unescape(found[1]).split())
    return "".join(each for each in words if each.isprintable())[:80]


def svg_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height that an SVG's root element gives in pixels or as its view box, None where it gives none."""
    text = _decode(head[:_LOOKED_AT]) or ""
    start = _SVG_ROOT.search(text)
    if start is None:
        return None
    given = dict(_SVG_LENGTH.findall(start[0]))
    box = _SVG_BOX.search(start[0])
    numbers = (given.get("width"), given.get("height")) if len(given) == 2 else box.groups() if box else None
    return None if numbers is None else (round(float(numbers[0] or 0)), round(float(numbers[1] or 0)))


def _of_markup(start: str) -> str:
    """Name a markup text that begins with neither an SVG nor a well-known HTML element."""
    doctype = _DOCTYPE.match(start)
    if doctype and _SVG.match(_after_leading(start[doctype.end() :])):
        return "svg"
    return "xml"


def _after_leading(text: str) -> str:
    place = 0
    while found := _LEADING.match(text, place):
        place = found.end()
    return text[place:]


def _decode(head: bytes) -> str | None:
    """Return the bytes as text, None where they hold what no text holds."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "ignore")
    if head[:1] in _MARKUP and len(head) >= 8 and not any(head[1:8:2]):
        return head.decode("utf-16-le", "ignore")
    if len(head.translate(None, _CONTROLS)) != len(head):
        return None
    return _utf8_or_latin(head)


def _utf8_or_latin(head: bytes) -> str | None:
    """Decode a head that may end in the middle of a character; bytes beyond ASCII that are mostly no letters are no text."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        beyond = sum(each >= 128 for each in head[:4096])
        likely = head[:1] in _MARKUP or len(head) >= 64 or beyond * 4 < len(head)
        return head.decode("latin-1") if likely else None
