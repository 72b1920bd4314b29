"""The bandwidth contexts of a URL."""

from __future__ import annotations

import pytest
from publicsuffixlist import PublicSuffixList

from syncer.fetch.contexts import contexts, domain, registered


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


def test_a_domain_is_registered_as_the_whole_list_of_suffixes_says() -> None:
    """The list is read one top-level domain at a time; below its suffixes that gives what all of it gives."""
    whole = PublicSuffixList()
    rules = sorted(rule for rule in whole._publicsuffix if rule.isascii())
    odd = [rule.lstrip("!*.") for rule in rules if rule[0] in "!*"]
    assert len(rules) > 9_000
    assert len(odd) > 100
    for rule in (*(each.lstrip("!*.") for each in rules[::10]), *odd, "unknown", "co.unknown"):
        for name in (f"one.two.{rule}", f"one.{rule}"):
            assert registered(f"https://{name}/") == (whole.privatesuffix(name) or name), name
