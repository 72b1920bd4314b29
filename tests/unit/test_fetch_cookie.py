"""Cookies by RFC 6265: what is kept of a Set-Cookie header, and whom it goes to. Expected values are those of the RFC and of browsers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.clock import VirtualClock
from syncer.fetch import cookie
from syncer.fetch.contexts import contexts
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookies import MOST, MOST_JARS, Jars

NOW = 1_700_000_000.0
AT = "https://www.example.org/gallery/list?page=2"


def kept(text: str, url: str = AT) -> Cookie:
    found = cookie.read(text, url, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("a=1", "a", "1"),
        ("  a = 1 ; Path=/", "a", "1"),
        ("a=", "a", ""),
        ("a=b=c==", "a", "b=c=="),
        ('a="quoted"', "a", '"quoted"'),
        ("only", "", "only"),
        ("=x", "", "x"),
    ],
)
def test_name_and_value(text: str, name: str, value: str) -> None:
    found = kept(text)
    assert (found.name, found.value) == (name, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "a=1; Domain=other.example",
        "a=1; Domain=example.com",
        "a=1; Domain=w.example.org",
        "a=1; Domain=org",
        f"a={'x' * 4096}",
        f"a=1; Path=/{'x' * 1024}",
        "a=1\x00",
        "__Secure-a=1",
        "__Host-a=1; Secure; Path=/; Domain=www.example.org",
        "__Host-a=1; Secure; Path=/list",
    ],
)
def test_what_is_ignored(text: str) -> None:
    assert cookie.read(text, AT, NOW) is None


def test_a_domain_that_many_share_takes_no_cookies() -> None:
    assert cookie.read("a=1; Domain=co.uk", "https://shop.co.uk/", NOW) is None
    assert cookie.read("a=1; Domain=github.io", "https://me.github.io/", NOW) is None
    assert kept("a=1; Domain=.shop.co.uk", "https://www.shop.co.uk/").domain == "shop.co.uk"


def test_a_secure_cookie_is_neither_taken_from_nor_sent_to_plain_http() -> None:
    assert cookie.read("a=1; Secure", "http://www.example.org/", NOW) is None
    found = kept("a=1; secure; HTTPONLY; Path=/")
    assert (found.secure, found.http_only) == (True, True)
    assert cookie.goes_to(found, cookie.place("https://www.example.org/"))
    assert not cookie.goes_to(found, cookie.place("http://www.example.org/"))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a=1", "/gallery"),
        ("a=1; Path=/", "/"),
        ("a=1; Path=", "/gallery"),
        ("a=1; Path=gallery", "/gallery"),
        ("a=1; Path=/x; Path=/y", "/y"),
    ],
)
def test_the_path(text: str, path: str) -> None:
    assert kept(text).path == path


@pytest.mark.parametrize(
    ("path", "asked", "goes"),
    [
        ("/", "/", True),
        ("/", "/any", True),
        ("/docs", "/docs", True),
        ("/docs", "/docs/", True),
        ("/docs", "/docs/web", True),
        ("/docs/", "/docs/web", True),
        ("/docs", "/docsets", False),
        ("/docs/", "/docs", False),
        ("/docs", "/", False),
    ],
)
def test_to_which_paths_it_goes(path: str, asked: str, goes: bool) -> None:
    one = Cookie("a", "1", "example.org", path)
    assert cookie.goes_to(one, cookie.place(f"https://example.org{asked}")) is goes


@pytest.mark.parametrize(
    ("domain", "host", "goes"),
    [
        ("", "www.example.org", True),
        ("", "a.www.example.org", False),
        ("", "example.org", False),
        ("example.org", "example.org", True),
        ("example.org", "www.example.org", True),
        ("EXAMPLE.org", "a.b.example.org", True),
        ("example.org", "badexample.org", False),
        ("example.org", "example.org.evil.test", False),
    ],
)
def test_to_which_hosts_it_goes(domain: str, host: str, goes: bool) -> None:
    found = kept(f"a=1; Path=/; Domain={domain}" if domain else "a=1; Path=/")
    assert cookie.goes_to(found, cookie.place(f"https://{host}/")) is goes


def test_an_address_has_no_sub_domains() -> None:
    one = Cookie("a", "1", "0.0.1", host_only=False)
    assert not cookie.goes_to(one, cookie.place("http://127.0.0.1/"))


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("a=1", None),
        ("a=1; Max-Age=60", 1_700_000_060),
        ("a=1; Max-Age=-5", 1_700_000_000),
        ("a=1; Max-Age=0", 1_700_000_000),
        ("a=1; Max-Age=x", None),
        ("a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT", 1_812_536_294),
        ("a=1; Expires=Wednesday, 09-Jun-27 10:18:14 GMT", 1_812_536_294),
        ("a=1; Expires=Wed Jun  9 10:18:14 2027", 1_812_536_294),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("a=1; Expires=never", None),
        ("a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Max-Age=60", 1_700_000_060),
        (f"a=1; Max-Age={'9' * 18}", 253402300799),
    ],
)
def test_the_expiry(text: str, expires: int | None) -> None:
    assert kept(text).expires == expires


def test_longer_paths_go_first() -> None:
    clock = VirtualClock(NOW)
    jars = Jars(clock)
    jars.take("https://example.org/", ["a=1; Path=/", "b=2; Path=/deep/er", "c=3; Path=/deep", "d=4; Path=/"])
    assert jars.header("https://example.org/deep/er") == "b=2; c=3; a=1; d=4"


def test_a_later_one_replaces_the_earlier_and_an_old_one_removes_it() -> None:
    clock = VirtualClock(NOW)
    jars = Jars(clock)
    jars.take("https://example.org/", ["a=1", "b=2; Max-Age=60"])
    jars.take("https://example.org/", ["a=3; Max-Age=120"])
    assert jars.header("https://example.org/") == "b=2; a=3"
    clock.advance(60)
    assert jars.header("https://example.org/") == "a=3"
    jars.take("https://example.org/", ["a=; Max-Age=0"])
    assert jars.header("https://example.org/") is None


def test_what_changes_is_written_and_nothing_else() -> None:
    clock = VirtualClock(NOW)
    jars = Jars(clock)
    jars.take("https://example.org/", ["a=1"])
    assert list(jars.changed()) == ["example.org"]
    jars.take("https://www.example.org/", ["gone=; Max-Age=0"])
    jars.take("https://example.org/", ["a=1"])
    assert jars.changed() == {}
    jars.clear("https://cdn.example.org")
    assert jars.changed() == {"example.org": None}


def test_ports_of_an_address_stay_apart_but_share_what_a_browser_brings() -> None:
    jars = Jars(VirtualClock(NOW))
    jars.take("http://127.0.0.1:8123/", ["own=1; Path=/"])
    jars.give([Cookie("all", "2", "127.0.0.1"), Cookie("own", "3", "127.0.0.1")])
    assert jars.header("http://127.0.0.1:8123/") == "own=1; all=2"
    assert jars.header("http://127.0.0.1:9000/") == "all=2; own=3"
    assert jars.header("http://127.0.0.2:8123/") is None
    assert jars.clear("127.0.0.1") == {"127.0.0.1:8123": 1, "127.0.0.1": 2}


def test_the_oldest_of_too_many_go_but_never_what_a_person_brought() -> None:
    jars = Jars(VirtualClock(NOW))
    jars.give([Cookie("mine", "1", "mine.example")])
    for number in range(MOST + 5):
        jars.take("https://flood.example/", [f"c{number}=1"])
    assert [each.name for each in jars.of("https://flood.example/")] == [f"c{n}" for n in range(5, MOST + 5)]
    for number in range(MOST_JARS + 5):
        jars.take(f"https://d{number}.example/", ["a=1"])
    assert jars.header("https://mine.example/") == "mine=1"
    assert len(jars.everything()) == MOST_JARS
    assert jars.header("https://flood.example/") is None


def test_the_user_agent_goes_with_the_domain_and_the_config_goes_first() -> None:
    jars = Jars(VirtualClock(NOW))
    jars.give([Cookie("a", "1", "www.example.org")], "Browser/1")
    assert jars.user_agent("https://cdn.example.org/") == "Browser/1"
    assert jars.user_agent("https://example.com/") == ""
    jars.give([Cookie("a", "2", "example.org")])
    assert jars.user_agent("https://example.org/") == "Browser/1"
    jars.set_agents({"example.org": "Config/2"})
    assert jars.user_agent("https://example.org/") == "Config/2"


def test_no_value_is_in_what_python_shows() -> None:
    assert "s3cret" not in repr(kept("a=s3cret"))


HOSTS = st.sampled_from([
    "example.org", "www.example.org", "a.b.example.org", "example.com", "shop.co.uk", "other.co.uk", "me.github.io",
    "you.github.io", "127.0.0.1", "127.0.0.1:8080", "[::1]", "localhost", "xn--bcher-kva.example", "bücher.example",
])  # fmt: skip
DOMAINS = st.sampled_from(["", *(f"; Domain={each}" for each in ("org", "example.org", ".example.org", "co.uk"))]) | (
    HOSTS.map(lambda host: f"; Domain={host}")
)


@given(HOSTS, DOMAINS, HOSTS, st.text(max_size=20))
def test_no_cookie_ever_leaves_its_registered_domain(setter: str, domain: str, asked: str, name: str) -> None:
    jars = Jars(VirtualClock(NOW))
    jars.take(f"https://{setter}/", [f"{name}=planted{domain}; Path=/"])
    if jars.header(f"https://{asked}/") is not None:
        assert contexts(f"https://{setter}/")[-1] == contexts(f"https://{asked}/")[-1]


@given(st.text(max_size=200))
def test_any_header_is_read_without_an_error_and_sent_back_in_one_line(text: str) -> None:
    jars = Jars(VirtualClock(NOW))
    jars.take(AT, [text])
    sent = jars.header(AT)
    assert sent is None or not set(sent) & set("\r\n\0")
    if sent is not None:
        sent.encode("latin-1")


def test_values_are_hidden_as_they_stand_in_urls_and_markup_too() -> None:
    jars = Jars(VirtualClock(NOW))
    jars.take(AT, ['session=abc/def+"9"; Path=/', "theme=dark"])
    said = 'a dark page for ?s=abc%2Fdef%2B%229%22 with value="abc/def+&quot;9&quot;"'
    assert jars.hide(AT, said) == 'a dark page for ?s=(hidden) with value="(hidden)"'
    assert jars.hide("https://other.example/", said) == said
