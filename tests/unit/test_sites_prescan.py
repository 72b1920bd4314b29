"""Pages built to stall a parser are refused; real pages never are, however untidy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import ItemError
from syncer.sites.prescan import MAX_TEXT, refuse_hostile


def _fonts(number: int) -> str:
    return "".join(f"<font size={each}>" for each in range(number))


UNTIDY = {
    "paragraphs without end": "<p>text" * 5000,
    "list items without end": "<ul>" + "<li>text" * 5000 + "</ul>",
    "cells without end": "<table>" + ("<tr>" + "<td>text" * 10) * 1000 + "</table>",
    "anchors without end": "<a name=x>text" * 5000,
    "many tidy formats": "<p><b>x</b> <i>y</i></p>" * 20_000,
    "a few formats left open": "<p><b><i><font color=red></p>" + "<p>x</p>" * 20_000,
    "deep but real": "<div>" * 300 + "text" + "</div>" * 300,
    "a long script": "<script>" + "if (a < b && c > d) '<div><div>'; " * 20_000 + "</script>",
    "a long comment": "<!-- " + "<div>" * 20_000 + " -->",
    "much text": "word " * 1_000_000,
}

HOSTILE = {
    "nested elements": "<div>" * 2500,
    "nested formats": "<b>" * 8000,
    "formats reopened for each paragraph": "<p>" + _fonts(200) + "</p>" + "<p>x</p>" * 9000,
    "attributes": "<p " + " ".join(f"a{each}=1" for each in range(60_000)) + ">",
    "length": "x" * (MAX_TEXT + 1),
}


@pytest.mark.parametrize("name", UNTIDY)
def test_an_untidy_page_is_read(name: str) -> None:
    refuse_hostile(UNTIDY[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_refused(name: str) -> None:
    with pytest.raises(ItemError, match="The page"):
        refuse_hostile(HOSTILE[name])


@given(st.text(alphabet="<>/abpdiv \"'=!-", max_size=400))
def test_small_texts_are_always_read(text: str) -> None:
    refuse_hostile(text)
