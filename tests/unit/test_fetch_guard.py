"""Whom a request may reach: schemes, private addresses in every disguise, `allow`, `only`."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.fetch.failure import FailureKind, FetchError
from syncer.fetch.guard import Guard, guard, read_address

OPEN = guard((), ())


def refusal(rules: Guard, url: str) -> FailureKind | None:
    try:
        rules.check_url(url)
    except FetchError as error:
        return error.failure.kind
    return None


def peer_refused(rules: Guard, host: str, port: int, peer: str) -> bool:
    try:
        rules.check_peer(host, port, peer)
    except FetchError as error:
        return error.failure.kind is FailureKind.BLOCKED_ADDRESS
    return False


PRIVATE = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "255.255.255.255",
    "100.64.0.1", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::c0a8:101", "2002:7f00:1::", "2001:db8::1", "2001:0:1::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("peer", PRIVATE)
def test_private_peers(peer: str) -> None:
    assert peer_refused(OPEN, "example.org", 443, peer)


@pytest.mark.parametrize("peer", PUBLIC)
def test_public_peers(peer: str) -> None:
    assert not peer_refused(OPEN, "example.org", 443, peer)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example.org/a b", "bad_request"),
        ("https://example.org/a\nb", "bad_request"),
        ("file:///etc/passwd", "bad_request"),
        ("ftp://example.org/", "bad_request"),
        ("javascript:alert(1)", "bad_request"),
        ("https:///x", "bad_request"),
        ("example.org/x", "bad_request"),
        ("http://example.org:99999/", "bad_request"),
        ("http://[::1", "bad_request"),
        ("http://user:secret@example.org/", "bad_request"),
        ("http://127.0.0.1/", "blocked_address"),
        ("http://[::1]:8080/", "blocked_address"),
        ("http://[::ffff:127.0.0.1]/", "blocked_address"),
        ("http://192.168.1.1./", "blocked_address"),
        ("http://8.8.8.8/", None),
        ("http://127.1/", "blocked_address"),
        ("http://0xA.0.257/", "blocked_address"),
        ("http://0300.0250.1/", "blocked_address"),
        ("http://2130706433/", "blocked_address"),
        ("http://0x8.8.2056/", None),
        ("http://1.2.3.4.5/", None),
        ("http://256.1.1.1/", None),
        ("http://127.0x1g/", None),
        ("https://example.org:8443/x?y#z", None),
        ("HTTPS://EXAMPLE.ORG/", None),
    ],
)
def test_urls(url: str, kind: str | None) -> None:
    assert refusal(OPEN, url) == kind


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(["{}", "0x{:x}", "0{:o}"]), min_size=1, max_size=4))
def test_short_forms_of_addresses_are_read_as_the_system_reads_them(number: int, forms: list[str]) -> None:
    first = list(number.to_bytes(4, "big"))[: len(forms) - 1]
    numbers = [*first, number % 256 ** (4 - len(first))]
    text = ".".join(form.format(part) for form, part in zip(forms, numbers, strict=True))
    read = read_address(text)
    assert read is not None
    assert read.packed == socket.inet_aton(text)


def test_passwords_are_in_no_message() -> None:
    with pytest.raises(FetchError) as caught:
        OPEN.check_url("http://user:secret@example.org/")
    assert "secret" not in str(caught.value) + repr(caught.value.failure)


def test_allow_by_address_port_and_name() -> None:
    rules = guard(("127.0.0.1:8123", "nas.home.example", "[fd00::5]:80", "10.1.1.1"), ())
    assert refusal(rules, "http://127.0.0.1:8123/") is None
    assert refusal(rules, "http://127.0.0.1:8124/") == "blocked_address"
    assert refusal(rules, "http://10.1.1.1:99/") is None
    assert refusal(rules, "http://[fd00::5]/") is None
    assert refusal(rules, "http://[fd00::5]:81/") == "blocked_address"
    assert not peer_refused(rules, "nas.home.example", 5000, "192.168.1.5")
    assert not peer_refused(rules, "NAS.home.example.", 5000, "192.168.1.5")
    assert peer_refused(rules, "evil.example", 5000, "192.168.1.5"), "a name that leads into the house"
    assert peer_refused(rules, "sub.nas.home.example", 80, "192.168.1.5"), "only that very name"
    assert not peer_refused(rules, "evil.example", 8123, "127.0.0.1"), "the address itself is allowed"
    assert not peer_refused(rules, "x.example", 8123, "::ffff:127.0.0.1")


def test_only() -> None:
    rules = guard((), ("example.org", "8.8.8.8:80", "xn--mller-kva.de"))
    assert refusal(rules, "https://example.org/") is None
    assert refusal(rules, "https://cdn.example.org/") is None
    assert refusal(rules, "http://8.8.8.8/") is None
    assert refusal(rules, "https://www.müller.de/") is None
    for url in (
        "https://notexample.org/",
        "https://example.org.evil.example/",
        "http://8.8.8.8:81/",
        "http://8.8.4.4/",
    ):
        assert refusal(rules, url) == "outside_only", url


def test_only_does_not_allow_what_is_private() -> None:
    assert refusal(guard((), ("127.0.0.1",)), "http://127.0.0.1/") == "blocked_address"


def test_entries_that_cannot_be_read_are_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8123"):
        guard(("http://127.0.0.1/",), ())
