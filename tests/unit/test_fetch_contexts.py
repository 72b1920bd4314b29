"""The bandwidth contexts of a URL."""

from __future__ import annotations

import pytest

from syncer.fetch.contexts import contexts, domain


@pytest.mark.parametrize(
    ("url", "domains"),
    [
        ("https://a.b.example.org/1", ["a.b.example.org", "b.example.org", "example.org"]),
        ("https://EXAMPLE.org./", ["example.org"]),
        ("https://www.example.co.uk/", ["www.example.co.uk", "example.co.uk"]),
        ("https://someone.github.io/x", ["someone.github.io"]),
        ("https://co.uk/", ["co.uk"]),
        ("http://127.0.0.1:8123/x", ["127.0.0.1:8123"]),
        ("http://127.0.0.1/x", ["127.0.0.1:80"]),
        ("https://[2606:2800:220:1:0::1]/x", ["[2606:2800:220:1::1]:443"]),
        ("http://[::ffff:1.2.3.4]:81/", ["1.2.3.4:81"]),
        ("http://nas:8080/", ["nas"]),
        ("https://www.müller.de/", ["www.xn--mller-kva.de", "xn--mller-kva.de"]),
        ("http://example.org:99999/", ["example.org"]),
        ("nonsense", []),
    ],
)
def test_contexts(url: str, domains: list[str]) -> None:
    assert contexts(url) == ("everything", *(f"domain:{each}" for each in domains))


def test_whoever_asks_adds_contexts_of_its_own() -> None:
    assert contexts("https://example.org/", ("subscription:sky",))[-1] == "subscription:sky"


def test_the_domain_to_pause() -> None:
    assert domain("https://a.example.org/1") == "domain:a.example.org"
    assert domain("http://127.0.0.1:8123/") == "domain:127.0.0.1:8123"
