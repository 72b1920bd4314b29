"""One hop: where it leads, and when a row of hops ends."""

from __future__ import annotations

import pytest

from syncer.fetch.failure import FailureKind, FetchError
from syncer.fetch.redirect import check_hops, target

HERE = "https://example.org/a/b?x=1#top"


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("https://cdn.example.org/1.jpg", "https://cdn.example.org/1.jpg"),
        ("/c", "https://example.org/c"),
        ("c;d?y=1;2#part", "https://example.org/a/c;d?y=1;2"),
        ("?page=2", "https://example.org/a/b?page=2"),
        ("//other.example/x", "https://other.example/x"),
        ("  /blank  ", "https://example.org/blank"),
        ("/a b", "https://example.org/a%20b"),
        ("/a%2Fb%7e~", "https://example.org/a%2Fb%7e~"),
        ("/é".encode().decode("latin-1"), "https://example.org/%C3%A9"),
        ("\\\\other.example\\x?y=\\", "https://other.example/x?y=%5C"),
        ("/c, /c", "https://example.org/c"),
        ("/c, /d", "https://example.org/c,%20/d"),
        ("HTTP://Example.org:8080/x", "http://example.org:8080/x"),
        ("http://[2606:2800:220:1::1]/x", "http://[2606:2800:220:1::1]/x"),
        ("http://MÜller。example/é?ü".encode().decode("latin-1"), "http://xn--mller-kva.example/%C3%A9?%C3%BC"),
        ("//ｅｘａｍｐｌｅ.org/x".encode().decode("latin-1"), "https://example.org/x"),
    ],
)
def test_targets(location: str, leads_to: str) -> None:
    assert target(HERE, location) == leads_to


@pytest.mark.parametrize(
    "location",
    [
        None, "", "   ", "file:///etc/hostname", "ftp://example.org/x", "javascript:alert(1)", "data:image/png;base64,A",
        "http:///media/1.png", "http://127.0.0.1:99999/x", "http://[::1", "/a\x00b", "/a\r\nX: y",
        "https://name:s3cret@example.org/", "ftp://name:s3cret@example.org/x", "ftp://example.org/x?pw=s3cret", "mailto:a@b#s3cret",
    ],
)  # fmt: skip
def test_leads_nowhere(location: str | None) -> None:
    with pytest.raises(FetchError) as caught:
        target(HERE, location)
    assert caught.value.failure.kind is FailureKind.BAD_REDIRECT
    assert "s3cret" not in str(caught.value), "a password is shown to nobody"


def test_circles() -> None:
    check_hops(["https://a.example/", "https://b.example/"], "https://c.example/")
    for hops in (["https://a.example/"], ["https://a.example/", "https://b.example/"]):
        with pytest.raises(FetchError) as caught:
            check_hops(hops, "https://a.example/")
        assert caught.value.failure.kind is FailureKind.REDIRECT_LOOP


def test_back_to_itself_with_a_cookie_is_no_circle_yet() -> None:
    check_hops(["https://a.example/"], "https://a.example/", cookie_set=True)
    with pytest.raises(FetchError):
        check_hops(["https://a.example/", "https://a.example/"], "https://a.example/", cookie_set=True)


def test_ten_hops_are_enough() -> None:
    hops = [f"https://a.example/{step}" for step in range(10)]
    check_hops(hops[:9], "https://a.example/x")
    with pytest.raises(FetchError, match="more than 10 redirects"):
        check_hops(hops, "https://a.example/x")
