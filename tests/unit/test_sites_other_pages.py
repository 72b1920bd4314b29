"""Pages that come in place of the right one: told by what they say of themselves, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.sites.other_pages import LONGEST, other

FORM = '<form><input name="user"><input type="password" name="word"></form>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"<title>Birds</title><h1>Nothing found</h1>{FORM}", ""),
        ("<title>Login</title><h1>Log in to see more</h1>", ""),
        ("<title>Just a moment...</title>", 'headed "Just a moment..."'),
        ("<title>Birds</title><h1>Error: the search timed out</h1>", "timed out"),
        ("<h1>503 Service Temporarily Unavailable</h1>", "Unavailable"),
        ("<title>Birds &mdash; are you a robot?</title>", "Birds — are you a robot?"),
        ("<title>Nobody here but us birds!</title><p>No posts found</p>", ""),
        ("<title>Terror birds</title>", ""),
        ("<p>an error occurred</p>", ""),
        ('{"success": false, "message": "access denied"}', "access denied"),
        ('{"ok": false}', "did not work"),
        ('{"error": {"code": 3, "message": "too many tags"}}', "too many tags"),
        ('{"errors": ["no such tag", "x"], "posts": []}', "no such tag"),
        ('{"errors": [{"message": "no such tag"}]}', "no such tag"),
        ('{"status": "fail", "reason": "limit"}', "limit"),
        ('{"status": "ok", "message": "0 posts", "error": null, "errors": [], "posts": []}', ""),
        ('{"posts": [], "success": true}', ""),
        ("[]", ""),
        ("", ""),
        ('{"error": ' + "[" * 5000, ""),
    ],
)
def test_what_a_page_says_of_itself(text: str, said: str) -> None:
    assert (said in other(text)) if said else other(text) == ""


def test_the_words_of_the_query_in_a_heading_mean_nothing() -> None:
    page = "<title>Search: blue error</title>"
    assert "error" in other(page)
    assert other(page, "blue_ERROR") == ""


def test_a_long_page_is_no_message() -> None:
    assert other("<title>Error</title>" + " " * LONGEST) == ""
    assert other("<title>Error</title>")


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    other(text)
    other(f"<title>{text}</title>{FORM}", text)
    other(json.dumps({"error": text, "errors": [text], "message": {"message": [text]}}))
