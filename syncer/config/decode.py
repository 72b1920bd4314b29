"""From the bytes of a person's file to lines of text, whatever program wrote them.

Pure, and on this floor because lists of queries and dropped link files are both read by it.
"""

from __future__ import annotations

import codecs
import re

# UTF-32's little-endian mark begins with UTF-16's: the longer ones are tried first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, ""),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096
_LINE_END = re.compile(r"\r\n|\n|\r")


def text_lines(data: bytes) -> list[str]:
    """Return the lines of a text in UTF-8, UTF-16, UTF-32 or, line by line where it is not UTF-8, Windows-1252.

    Never fails: what cannot be read becomes U+FFFD. One odd line does not spoil the spelling of the others.
    """
    encoding, body = _encoding(data)
    if encoding:
        return _LINE_END.split(body.decode(encoding, errors="replace"))
    return [_one_line(line) for line in body.splitlines()]


def _encoding(data: bytes) -> tuple[str, bytes]:
    for mark, encoding in _MARKS:
        body = data[len(mark) :]
        # UTF-16 whose first character is a zero begins like UTF-32, but goes on like nothing of the kind.
        if data.startswith(mark) and not (encoding.startswith("utf-32") and _is_broken(body, encoding)):
            return encoding, body
    return _wide_without_mark(data[:_SAMPLE]), data


def _is_broken(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def _wide_without_mark(sample: bytes) -> str:
    """Tell UTF-16 by its zero bytes: half of a link's bytes, all of them on the same side."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    many = len(sample) * 0.15
    if odd > many and even * 20 < odd:
        return "utf-16-le"
    if even > many and odd * 20 < even:
        return "utf-16-be"
    return ""


def _one_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")
