"""URLs as text: one key for all spellings of a URL, links joined and encoded."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import web
from syncer.sites import urls

PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "Z0",
            "-._~",
            "!$&'()*+,;=:@",
            "/",
            "?",
            "%41",
            "%zz",
            "%",
            ".",
            "..",
            "[",
            " ",
            "\t",
            "#",
            "ü",
            "x:80",
            ":443",
        ]
    ),
    max_size=8,
).map("".join)


@given(
    st.sampled_from(["http://", "https://", "HTTP://", "ftp://"]),
    PIECES,
    PIECES,
    st.sampled_from(["", ":80", ":443", ":8080", ":0080", ":99999"]),
)
def test_what_is_taken_apart_quickly_is_taken_apart_alike(scheme: str, host: str, rest: str, port: str) -> None:
    for url in (f"{scheme}h.example{port}/{rest}", f"{scheme}{host}{port}/{rest}", f"{scheme}h.example{port}{rest}"):
        assert urls.split(url) == urls._split(url.strip())
        if urls.split(url) is not None:
            parts = urlsplit(web.plain(url))
            path, query = urls.encode_path(parts.path) or "/", urls.encode_query(parts.query)
            whole = urls.unsplit(parts.scheme, parts.netloc, path, query, urls.encode_query(parts.fragment))
            assert urls.tidy(url) == whole


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h.example/~a", "https://h.example/%7Ea"),
        ("https://h.example/~a", "https://h.example/%7ea"),
        ("https://H.Example:443/a#p1", "https://h.example/a"),
        ("http://h.example:80", "http://h.example/"),
        ("https://h.example/a%2fb", "https://h.example/a%2Fb"),
        ("https://h.example/ü?q=é b", "https://h.example/%C3%BC?q=%C3%A9%20b"),
        ("https://h.example/a/./b/../c", "https://h.example/a/c"),
    ],
)
def test_spellings_of_one_url_have_one_key(one: str, other: str) -> None:
    assert urls.key(one) == urls.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h.example/a%2Fb", "https://h.example/a/b"),
        ("https://h.example/a%252Fb", "https://h.example/a%2Fb"),
        ("https://h.example/v/a;b.mp4?x=1;2", "https://h.example/v/a?x=1"),
        ("https://h.example/a?x=1", "https://h.example/a?x=2"),
        ("https://h.example:8443/a", "https://h.example/a"),
        ("https://h.example/a", "https://h.example/A"),
    ],
)
def test_different_urls_have_different_keys(one: str, other: str) -> None:
    assert urls.key(one) != urls.key(other)


@given(st.text(max_size=80))
def test_a_key_is_its_own_key(text: str) -> None:
    key = urls.key(f"https://h.example/{text}")
    assert urls.key(key) == key


@given(st.text(max_size=60))
def test_encoding_twice_changes_nothing(text: str) -> None:
    once = urls.encode_path(text)
    assert urls.encode_path(once) == once
    assert once.isascii()


@pytest.mark.parametrize(
    ("base", "link", "joined"),
    [
        ("http://h:1/a/b?x=1", "/c/d.png", "http://h:1/c/d.png"),
        ("https://h.example/a/b", "c?d=e f", "https://h.example/a/c?d=e%20f"),
        ("https://h.example/a/", "//cdn.example/y", "https://cdn.example/y"),
        ("https://h.example/a", "/x/../y", "https://h.example/y"),
        ("https://h.example/a", "https://x.example/a%2", "https://x.example/a%252"),
        ("https://h.example/a/b", "images\\1.png?f=c:\\x", "https://h.example/a/images/1.png?f=c:%5Cx"),
        ("https://h.example/a/b", "\\\\cdn.example\\1.png", "https://cdn.example/1.png"),
        ("https://h.example/a", "javascript:alert(1)", None),
        ("https://h.example/a", "data:image/png;base64,AA", None),
        ("https://h.example/a", "ftp://h.example/x", None),
        ("https://h.example/a", "", None),
        ("https://h.example/a", "http://[::1/x", None),
    ],
)
def test_links_are_joined_and_only_http_is_taken(base: str, link: str, joined: str | None) -> None:
    assert urls.join(base, link) == joined


def test_what_is_no_url_is_not_split() -> None:
    for text in ("", "h.example/a", "ftp://h.example/a", "https://", "https://h:99999/", "https://h example/"):
        assert urls.split(text) is None
