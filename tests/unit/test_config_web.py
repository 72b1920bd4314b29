"""A host is the same however it is written, everywhere; and what is wrong with an address is said in our words, never in Python's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.cli import urls as typed
from syncer.config import hosts, json_text, load, proxies, texts, web
from syncer.config.handover import Handover
from syncer.errors import ConfigError, SyncerError, UsageError
from syncer.fetch import contexts, cookie, redirect
from syncer.fetch.guard import guard
from syncer.handover import choose, yt_dlp_answers
from syncer.handover.mapping import values
from syncer.intake import lines
from syncer.service import identity
from syncer.sites import addresses, claimed, documents, draft, urls

HOSTS = [
    ("EXAMPLE.org.", "example.org"),
    ("ｅｘａｍｐｌｅ.org", "example.org"),
    ("ＥＸample。org．", "example.org"),
    ("exa\N{SOFT HYPHEN}mple｡org", "example.org"),
    ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
    ("xn--MNCHEN-3ya.example", "xn--mnchen-3ya.example"),
    ("faß.example", "xn--fa-hia.example"),
    ("FAẞ.example", "xn--fa-hia.example"),
    ("☃.example", "xn--n3h.example"),
    ("क्\u200dष.example", "xn--11b2ezcw70k.example"),
    ("１２７.0.0.1", "127.0.0.1"),
    ("[0:0:0:0:0:0:0:1]", "::1"),
]
"""By what browsers make of them (WHATWG URL, UTS 46 without transitional processing)."""


@pytest.mark.parametrize(("written", "meant"), HOSTS)
def test_a_host_has_one_normal_form_everywhere(written: str, meant: str) -> None:
    url, plain = f"http://{written}/a?b", f"[{meant}]" if ":" in meant else meant
    assert web.host_of(url) == meant
    assert web.plain(url) == f"http://{plain}/a?b"
    assert web.plain(f"https://u:p@{written}:0443") == f"https://u:p@{plain}:443"
    parts = urls.split(url)
    assert parts is not None
    assert parts.host == plain
    assert urls.key(url) == urls.join("http://x.example/", url) == f"http://{plain}/a?b"
    assert cookie.place(url).host == meant
    assert identity.lane(url) == plain
    assert identity.lane(f"https://{written}:8443/") == f"{plain}:8443"
    for lane in (identity.lane(url), identity.lane(f"https://{written}:8443/")):
        assert len(contexts.contexts(f"http://{lane}/")) > 1, "its domain has rules and can be paused"
    assert contexts.domain(url) == contexts.domain(f"http://{plain}/")
    assert cookie.owners(url) == cookie.owners(f"http://{plain}/")
    assert redirect.target("http://x.example/", url) == f"http://{plain}/a?b"
    assert addresses.compile_address(f"http://{written}/a", "").host == plain
    if meant.endswith((".org", ".example")):
        guard((), (plain,)).check_url(url)


def test_what_can_be_no_name_stays_as_it_is() -> None:
    assert web.plain_host("a\u200db.Example") == "a\u200db.example"
    assert web.plain_host("A" * 2000) == "a" * 2000
    assert web.plain("http://[::1") == "http://[::1"


WRONG = [
    ("http://a.example:" + "9" * 5000 + "/", "its port is no number from 0 to 65535"),
    ("http://a.example:65536/", "its port is no number"),
    ("http://a.example:x/", "its port is no number"),
    ("http://a.example:-1/", "its port is no number"),
    ("http://a.example:٣/", "its port is no number"),
    ("http://a.example:1_0/", "its port is no number"),
    ("http://a.example:80:80/", "more behind its host than a port"),
    ("http://[::1]x/", "more behind its host than a port"),
    ("http://[::1/", "what stands in [ ] is no address"),
    ("http://[x]/", "what stands in [ ] is no address"),
    ("http://a℀b.example/", "its host has a letter that stands for one of"),
]
READERS: list[Callable[[str], object]] = [
    urls.split, urls.key, contexts.contexts, contexts.registered, identity.lane, cookie.place, cookie.owners, web.host_of, web.plain,
    lines.refusal, values.link, yt_dlp_answers.host_of, texts.web_address, texts.site_root, proxies.parse, typed.checked, hosts.parse,
    guard((), ()).check_url, lambda url: urls.join("http://x.example/", url), lambda url: lines.url_line(1, url, url),
    lambda url: redirect.target("http://x.example/", url), lambda url: claimed.find({}, url),
    lambda url: addresses.compile_address(url, ""),
    lambda url: choose.is_generic(url, Handover()), lambda url: draft.counts_in_path("http://x.example/?a=b", url),
]  # fmt: skip
OF_PYTHON = re.compile("Exceeds the limit|be cast|invalid literal|Invalid IPv6|does not appear|NFKC|out of range|IPv4")


def _said(read: Callable[[str], object], url: str) -> str:
    """Return what a reader says of an address; it raises nothing but what it says that it does."""
    try:
        return repr(read(url))
    except (SyncerError, ValueError) as error:
        return str(error)


@pytest.mark.parametrize(("url", "why"), WRONG)
def test_what_is_wrong_with_an_address_is_said_in_our_words(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        web.read(url)
    assert why in lines.refusal(url)
    with pytest.raises(UsageError, match=re.escape(why)):
        typed.checked(url)
    for read in READERS:
        assert not OF_PYTHON.search(_said(read, url))


ODD = st.lists(
    st.sampled_from([*"a1.:/@[]%?#-_ \\\t٣ß。．℀Ａ\u200d☃", "xn--", "::1", "99999", "9" * 5000, "www."]), max_size=8
).map("".join)


@given(ODD, ODD)
def test_no_address_is_answered_in_words_of_python(host: str, rest: str) -> None:
    for read in READERS:
        assert not OF_PYTHON.search(_said(read, f"http://{host}{rest}"))


@given(ODD)
def test_the_normal_form_of_a_host_is_its_own(host: str) -> None:
    once = web.plain_host(host)
    assert web.plain_host(once) == once


def test_numbers_of_thousands_of_digits_cost_no_page_and_no_start(tmp_path: Path) -> None:
    long = "9" * 5000
    assert json_text.read(f'{{"a": 1, "b": {long}}}') == {"a": 1, "b": long}
    file = tmp_path / "x.toml"
    file.write_text(f"a = {long}\n")
    with pytest.raises(documents.UnreadableError) as caught:
        documents.read(file)
    assert caught.value.problem.text == "is not TOML: a number has more digits than any can have"
    with pytest.raises(ConfigError) as refused:
        load.parse(f"a = {long}\n", file)
    assert "a number has more digits than any can have" in refused.value.problems[0]
