"""A page's text from its bytes: BOM, header, the page's own word, UTF-8 test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.fetch.text import codec_of, decode

SKY = "空の写真 – café"
SHIFT_JIS = '<html><head><meta charset="Shift_JIS"><title>空の写真</title>'


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        # said by nobody
        (SKY.encode(), "text/html", SKY),
        ("café".encode("cp1252"), "text/html", "café"),
        ("“quoted” €".encode("cp1252"), "", "“quoted” €"),
        (b"", "", ""),
        # said by the header
        ("空".encode("euc-jp"), "text/html; charset=EUC-JP", "空"),
        ("空".encode("gb18030"), 'text/html; charset="gb2312"', "空"),
        ("한".encode("cp949"), "text/html;charset=euc-kr", "한"),
        ("привет".encode("koi8-r"), "text/html; charset = 'koi8-r' ; x=y", "привет"),
        ("“café”".encode("cp1252"), "text/html; charset=latin-1", "“café”"),
        ("“café”".encode("cp1252"), "text/html; charset=ISO-8859-1", "“café”"),
        # said by the page only
        (SHIFT_JIS.encode("cp932"), "text/html", SHIFT_JIS),
        ("<?xml version='1.0' encoding='Shift_JIS'?><a>空</a>".encode("cp932"), "application/xml",
         "<?xml version='1.0' encoding='Shift_JIS'?><a>空</a>"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">мир'.encode("cp1251"), "text/html",
         '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">мир'),
        ('<!-- <meta charset="koi8-r"> --><meta charset=windows-1251>мир'.encode("cp1251"), "text/html",
         '<!-- <meta charset="koi8-r"> --><meta charset=windows-1251>мир'),
        # a BOM goes before everything, and is no text
        (b"\xef\xbb\xbf" + SKY.encode(), "text/html; charset=iso-8859-1", SKY),
        ("\ufeff".encode("utf-16-le") + SKY.encode("utf-16-le"), "text/html; charset=utf-8", SKY),
        ("\ufeff".encode("utf-16-be") + SKY.encode("utf-16-be"), "", SKY),
        # said wrongly
        (SKY.encode(), "text/html; charset=iso-8859-1", SKY),
        (SKY.encode(), "text/html; charset=nonsense", SKY),
        (SKY.encode(), "text/html; charset=utf-7", SKY),
        (SKY.encode(), "text/html; charset=base64", SKY),
        (SHIFT_JIS.encode("cp932"), "text/html; charset=utf-8", SHIFT_JIS),
        (b"<meta charset=utf-16>" + SKY.encode(), "text/html", "<meta charset=utf-16>" + SKY),
        # a few bad bytes
        (SKY.encode() + b"\xff", "text/html; charset=utf-8", SKY + "\ufffd"),
        (SKY.encode()[:-1], "text/html; charset=utf-8", SKY[:-1] + "\ufffd"),
        (b"\x81\x8d", "", "\ufffd\ufffd"),
    ],
)  # fmt: skip
def test_decode(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text


def test_a_page_that_lies_with_every_word_is_replaced_not_refused() -> None:
    assert "\ufffd" in decode(b"<meta charset=utf-8>\x82\xa0\x82\xa2\x82\xa4", "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("label", "codec"),
    [("Latin-1", "cp1252"), (" UTF8 ", "utf-8"), ("'sjis'", "cp932"), ("us-ascii", "cp1252"), ("big5", "big5hkscs"),
     ("iso-8859-9", "cp1254"), ("utf-7", None), ("unicode_escape", None), ("rot13", None), ("", None)],
)  # fmt: skip
def test_labels_as_browsers_read_them(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


@given(st.binary(max_size=300), st.text(max_size=40))
def test_never_fails(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type), str)


@given(st.text(max_size=200))
def test_utf8_comes_back_as_it_was(text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode().lstrip("\ufeff")
    assert decode(clean.encode(), "text/html; charset=utf-8") == clean
