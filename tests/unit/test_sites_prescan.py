"""What is counted before a page is parsed: real pages pass however untidy, no hostile one does, whatever it hides behind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from syncer.sites.prescan import FEW, MAX_DEPTH, MAX_TAGS, SHORT, deep, odd


def look(text: str) -> str | None:
    return odd(text, text.count("<"))


def _fonts(number: int, form: str = "<font size={}>") -> str:
    return "".join(form.format(each) for each in range(number))


NAMES = [f"a{each}" for each in range(9000)]
PLAIN = {
    "paragraphs without end": "<p>text" * 4000,
    "cells without end": "<table>" + ("<tr>" + "<td>text" * 10) * 400 + "</table>",
    "anchors without end": "<a name=x>text" * 3000,
    "icons": "<li><i class='icon icon-star'></i> x</li>" * 800,
    "many tidy formats": "<p><b>x</b> <i>y</i></p>" * 800,
    "a few formats left open": "<p><b><i><font color=red></p>" + "<p>x</p>" * 2000,
    "a long script": "<script>" + "if (a < b && c > d) '<div><div>'; " * 1000 + "</script>",
    "much text": "word " * 40_000,
    "a long attribute": f"<a href='/x' title='{'word ' * 20_000}' class=x>x</a>" + "<p>x</p>" * 40,
    "many attributes, but not of one tag": ("<p " + " ".join(NAMES[:200]) + ">") * 60,
}

ODD = {
    "many elements": "<br>" * (MAX_TAGS + 1),
    "tags and text": "<br>" * 4000 + "x" * 60_000,
    "formats reopened for each paragraph": "<p>" + _fonts(1000) + "</p>" + "<p>x</p>" * 1000,
    "formats that differ behind a sign": _fonts(1000, '<b x=">{}">') + "<p>x" * 1000,
    "capital formats": _fonts(1000, "<FONT\n{}>") + "<P>x" * 1000,
    "attributes": "<p " + " ".join(NAMES) + ">",
    "attributes in capitals": "<P\n" + "\n".join(NAMES) + "/>",
    "attributes with values": "<p " + " ".join(f"{name}=1" for name in NAMES) + ">",
    "attributes behind a false end": "<p " + '"x=">" '.join(NAMES) + ">",
    "attributes behind a true value": "<p x='>' " + " ".join(NAMES) + ">",
    "attributes without blanks": "<p " + "/".join(NAMES) + ">",
    "attributes that touch": "<p " + "".join(f"{name}='1'" for name in NAMES) + ">",
    "attributes behind a name that looks like a value": '<p ="><p ' + " ".join(NAMES) + '">' + "x" * SHORT,
}


@pytest.mark.parametrize("name", PLAIN)
def test_an_untidy_page_is_plain(name: str) -> None:
    assert look(PLAIN[name]) is None


@pytest.mark.parametrize("name", ODD)
def test_a_costly_page_is_odd(name: str) -> None:
    assert look(ODD[name]) is not None


@given(st.text(alphabet="<>/abpdiv \"'=!-", max_size=400))
def test_small_texts_are_plain_or_have_very_many_tags(text: str) -> None:
    assert (look(text) is None) or text.count("<") > FEW


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100,
        "<div></x>" * 100,
        "<div><title></div></title>" * 100,
        "<div><table></div></table>" * 100,
        "<div><!--</div>-->" * 100,
        "<svg><style><g></style>" * 100,
    ],
)
def test_depth_is_seen_whatever_is_closed(page: str) -> None:
    assert deep(LexborHTMLParser(page), page.count("<"))


def test_the_depth_of_real_pages_is_none() -> None:
    inner = MAX_DEPTH - 4
    page = "<div>" * inner + "<p>x</p>" * 100 + "</div>" * inner
    assert not deep(LexborHTMLParser(page), page.count("<"))
