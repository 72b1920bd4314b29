"""The text of a page from its bytes: BOM, header, the page's own word, a test for UTF-8; never guesses by letters.

Ours, because requests takes pages without a charset for latin-1 and the HTML parser does not look (cases PA5). Pure;
the jobs of `service` decode before they parse.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_LABELS: Final = {
    "utf-8": "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf8mb4",
    "utf-16-le": "utf-16 utf-16le ucs-2 unicode unicodefeff iso-10646-ucs-2 csunicode",
    "utf-16-be": "utf-16be unicodefffe",
    "cp1252": "windows-1252 latin-1 latin1 l1 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 ascii us-ascii"
    " ansi_x3.4-1968 cp819 ibm819 iso-ir-100 csisolatin1 x-cp1252 x-user-defined",
    "cp1250": "windows-1250 x-cp1250",
    "cp1251": "windows-1251 x-cp1251",
    "cp1253": "windows-1253 x-cp1253",
    "cp1254": "windows-1254 x-cp1254 latin5 l5 iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso-ir-148 csisolatin5",
    "cp1255": "windows-1255 x-cp1255",
    "cp1256": "windows-1256 x-cp1256",
    "cp1257": "windows-1257 x-cp1257",
    "cp1258": "windows-1258 x-cp1258",
    "cp874": "windows-874 dos-874 tis-620 iso-8859-11 iso8859-11 iso885911",
    "cp866": "ibm866 866 csibm866",
    "iso8859-2": "iso-8859-2 latin2 l2 iso88592 iso_8859-2 iso-ir-101 csisolatin2",
    "iso8859-3": "iso-8859-3 latin3 l3 iso88593 iso_8859-3",
    "iso8859-4": "iso-8859-4 latin4 l4 iso88594 iso_8859-4",
    "iso8859-5": "iso-8859-5 cyrillic iso88595 iso_8859-5 csisolatincyrillic",
    "iso8859-6": "iso-8859-6 iso-8859-6-e iso-8859-6-i arabic asmo-708 ecma-114 iso88596 iso_8859-6",
    "iso8859-7": "iso-8859-7 greek greek8 elot_928 ecma-118 sun_eu_greek iso88597 iso_8859-7",
    "iso8859-8": "iso-8859-8 iso-8859-8-e iso-8859-8-i hebrew visual logical iso88598 iso_8859-8",
    "iso8859-10": "iso-8859-10 latin6 l6 iso885910",
    "iso8859-13": "iso-8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso885914",
    "iso8859-15": "iso-8859-15 latin9 l9 iso885915 iso_8859-15",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "koi koi8 koi8_r cskoi8r",
    "koi8-u": "koi8-ru",
    "mac-roman": "macintosh mac x-mac-roman csmacintosh",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "gbk gb2312 gb_2312 gb_2312-80 chinese csgb2312 iso-ir-58 x-gbk",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis",
    "euc-jp": "eucjp x-euc-jp cseucpkdfmtjapanese",
    "iso2022-jp": "iso-2022-jp csiso2022jp",
    "cp949": "euc-kr euckr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 iso-ir-149 windows-949 cseuckr",
}
"""Python's codec for each label of the WHATWG encoding standard; what is not listed is not believed.

As browsers do, "latin-1" and "ascii" are cp1252, "gb2312" is gb18030, "shift_jis" is cp932, and labels for codecs
that are no charsets (utf-7, base64, ...) mean nothing.
"""
_CODECS: Final = {label: codec for codec, labels in _LABELS.items() for label in (codec, *labels.split())}

_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META: Final = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
_LOOK: Final = 4096
"""A page says its charset within so many bytes; browsers look at 1024."""
_HIGH: Final = bytes(range(128))


def decode(body: bytes, content_type: str) -> str:
    """Return the text of a page, without its BOM; bytes that fit no charset become U+FFFD.

    A BOM decides. Else the first of header, meta and XML declaration that fits the bytes does; a page that is UTF-8
    all through is UTF-8 even where it is labelled latin-1, since that label is most often just a server's default.
    Without any label: UTF-8 if it is, else cp1252.
    """
    for bom, codec in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(codec, "replace")
    utf8 = _strict(body, "utf-8")
    labels = list(_labels(body, content_type))
    for codec in labels:
        if codec == "cp1252" and utf8 is not None:
            return utf8
        text = _strict(body, codec)
        text = _nearly(body, codec) if text is None else text
        if text is not None:
            return text
    if utf8 is not None:
        return utf8
    return body.decode(labels[0] if labels else "cp1252", "replace")


def codec_of(label: str) -> str | None:
    """Return Python's codec for a charset label as sites write it; None for one that browsers do not know."""
    return _CODECS.get(label.strip().strip("\"'").lower())


def _labels(body: bytes, content_type: str) -> Iterator[str]:
    header = _HEADER.search(content_type)
    if header and (codec := codec_of(header[1])):
        yield codec
    head = _COMMENT.sub(b"", body[:_LOOK])
    for found in (_XML.match(head), _META.search(head)):
        codec = codec_of(found[1].decode("ascii", "replace")) if found else None
        if codec is not None:
            # What can be read as ASCII is not UTF-16, whatever it says of itself.
            yield "utf-8" if codec.startswith("utf-16") else codec


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _nearly(body: bytes, codec: str) -> str | None:
    """Return the text with its few bad bytes replaced; None where they are so many that the label must be wrong."""
    text = body.decode(codec, "replace")
    high = len(body.translate(None, _HIGH))
    return text if text.count("\ufffd") * 4 <= high else None
