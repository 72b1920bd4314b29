"""Web pages where something else was due: what they are is said, and a small login form in a corner is no login page."""

from __future__ import annotations

import pytest

from syncer.fetch.failure import FailureKind
from syncer.fetch.strange import gate, instead, is_html, is_login, title

FORM = '<form action="/go"><input name=user><input type="password" name=word></form>'
JSON_DUE = FailureKind.HTML_FOR_JSON
URL = "https://site.example/api/posts.json"


def page(name: str, body: str = "") -> str:
    return f"<!DOCTYPE html>\n<html><head><title>{name}</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (page("x"), True),
        ("  \n<!-- a -->\n<HTML>", True),
        ("<head>", True),
        ('{"title": "<html>"}', False),
        ('<?xml version="1.0"?><rss/>', False),
        ("", False),
        ("plain", False),
        ("<posts/>", False),
    ],
)
def test_what_is_a_web_page(text: str, html: bool) -> None:
    assert is_html(text) == html
    assert (instead(text, URL, JSON_DUE) is not None) == html


@pytest.mark.parametrize("name", ["Login", "Sign in - Site", "Log In to your account", "Anmeldung", "ログイン"])
def test_logins_by_title(name: str) -> None:
    found = instead(page(name, FORM), URL, JSON_DUE)
    assert found is not None
    assert (found.kind, found.detail) == (FailureKind.LOGIN_PAGE, f'a page titled "{name}"')
    assert gate(page(name, FORM), URL) == found


@pytest.mark.parametrize(
    "url", ["https://s.example/login?next=/a", "https://s.example/users/sign_in", "https://s.example/login.php"]
)
def test_logins_by_url(url: str) -> None:
    assert is_login(page("Welcome", FORM), url)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (page("Posts", FORM), URL),
        (page("How to log in"), "https://s.example/login"),
        (page("Catalogin", FORM), "https://s.example/blogging/1"),
    ],
)
def test_what_is_no_login(text: str, url: str) -> None:
    found = instead(text, url, JSON_DUE)
    assert found is not None
    assert found.kind is JSON_DUE
    assert gate(text, url) is None


def test_a_browser_check_with_status_200() -> None:
    found = instead(page("Just a moment..."), URL, JSON_DUE)
    assert found is not None
    assert found.kind is FailureKind.CHALLENGE
    assert gate(page("Just a moment..."), URL) == found


def test_titles() -> None:
    assert title("<title>\n A &amp; B\n</title>") == "A & B"
    assert title("no title") == ""
    assert title("<title>" + "x" * 10_000) == "x" * 300
