"""Dropped link files in every spelling that programs and people give them: no link lost, no file that stops the next."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.intake.lines import LineKind
from syncer.intake.linkfile import MAX_BYTES, MAX_LINES, LinkFile, read
from syncer.sites import urls

HERON = "https://birds.example/heron?size=large&x=%20"


def _urls(found: LinkFile) -> list[str]:
    return [line.url for line in found.lines if line.kind is LineKind.URL]


def _rejected(found: LinkFile) -> list[tuple[int, str]]:
    return [(line.number, line.why) for line in found.lines if line.kind is LineKind.REJECTED]


_SHORTCUT = f"[InternetShortcut]\r\nURL={HERON}\r\nIconIndex=0\r\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_SHORTCUT.encode(), id="plain"),
        pytest.param(b"\xef\xbb\xbf" + _SHORTCUT.encode(), id="utf-8 with BOM"),
        pytest.param(_SHORTCUT.encode("utf-16"), id="utf-16 with BOM"),
        pytest.param(b"\xfe\xff" + _SHORTCUT.encode("utf-16-be"), id="utf-16 big-endian with BOM"),
        pytest.param(_SHORTCUT.encode("utf-16-le"), id="utf-16 little-endian without BOM"),
        pytest.param(_SHORTCUT.encode("utf-16-be"), id="utf-16 big-endian without BOM"),
        pytest.param(_SHORTCUT.encode("utf-32"), id="utf-32 with BOM"),
        pytest.param(f"URL={HERON}".encode(), id="no section, no line end"),
        pytest.param(f"[InternetShortcut]\nURL={HERON}\nURL=https://birds.example/other\n".encode(), id="key twice"),
        pytest.param(f"[InternetShortcut]\nurl = {HERON}\n".encode(), id="lower case with blanks"),
        pytest.param(f"[InternetShortcut]\rURL={HERON}\r".encode(), id="old Mac line ends"),
        pytest.param(f"[DEFAULT]\nBASEURL=https://birds.example/\n[InternetShortcut]\nURL={HERON}".encode(), id="base"),
        pytest.param(f'URL="{HERON}"\n'.encode(), id="quoted"),
        pytest.param(f"URL=\nURL={HERON}\n".encode(), id="first one empty"),
        pytest.param(
            f"[InternetShortcut]\nIconFile=https://birds.example/i.ico\nURL={HERON}".encode(), id="icon first"
        ),
        pytest.param(f"\ufeff{HERON}\r\n".encode(), id="nothing but the link"),
        pytest.param(f"[Intern\xe9tShortcut]\nURL={HERON}\n".encode("cp1252"), id="Windows-1252"),
        pytest.param(_SHORTCUT.encode().replace(b"\r\n", b"\0\r\n"), id="zero bytes at the line ends"),
    ],
)
@pytest.mark.parametrize("name", ["heron.url", "HERON.URL"])
def test_a_shortcut_gives_its_link(name: str, data: bytes) -> None:
    found = read(name, data)
    assert _urls(found) == [HERON]
    assert found.usable


@pytest.mark.parametrize(
    "url",
    [
        "https://birds.example/a%2Fb?x=%20",
        "https://birds.example/%7Eann/(1)?q='a',b.",
        "http://[2001:db8::1]:8080/a;b?c",
    ],
)
def test_the_link_of_a_shortcut_is_kept_byte_for_byte(url: str) -> None:
    assert _urls(read("a.url", f"[InternetShortcut]\r\nURL={url}\r\n".encode())) == [url]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[InternetShortcut]\nURL=file:///etc/passwd\n", "only http and https"),
        (b"[InternetShortcut]\nURL=javascript:alert(1)\n", "only http and https"),
        (b"[InternetShortcut]\nURL=https:///path\n", "no host name"),
    ],
)
def test_a_shortcut_to_something_else_is_turned_down_with_a_reason(data: bytes, why: str) -> None:
    found = read("a.url", data)
    assert not found.usable
    assert why in found.lines[0].why


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0\0", b"\r\n \r\n", b"[InternetShortcut]\nIconFile=https://a.example/i.ico\n"]
)
def test_a_shortcut_without_a_link_is_not_usable(data: bytes) -> None:
    found = read("a.url", data)
    assert not found.usable
    assert found.why


_LIST = """\
# birds to look at

https://birds.example/1
  <https://birds.example/2>  \t
[a heron](https://birds.example/3) and ![pic](https://birds.example/4 "title")
http://a.example http://b.example
HTTPS://Birds.Example/5
see https://birds.example/6, then (https://birds.example/7_(grey)) and 'https://birds.example/8'.
wget 'https://birds.example/9?a=1&b=2' -O heron.jpg
http://c.example/1,http://c.example/2;https://c.example/3|https://c.example/4
https://web.archive.example/web/2020/https://birds.example/old
https://share.example/?url=https://birds.example/10
[https://birds.exa…](https://birds.example/11)
- **https://birds.example/12**
<a href="https://birds.example/13">heron</a>
https://birds.example/14 # the grey one, see https://birds.example/not-this
\u200bhttps://birds.example/15\u200b
"""
_LIST_URLS = [
    *(f"https://birds.example/{number}" for number in (1, 2, 3, 4)),
    "http://a.example",
    "http://b.example",
    "HTTPS://Birds.Example/5",
    "https://birds.example/6",
    "https://birds.example/7_(grey)",
    "https://birds.example/8",
    "https://birds.example/9?a=1&b=2",
    "http://c.example/1",
    "http://c.example/2",
    "https://c.example/3",
    "https://c.example/4",
    "https://web.archive.example/web/2020/https://birds.example/old",
    "https://share.example/?url=https://birds.example/10",
    *(f"https://birds.example/{number}" for number in (11, 12, 13, 14, 15)),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["links.txt", "links.list"])
def test_every_link_of_a_list_is_found(name: str, end: str, encoding: str) -> None:
    found = read(name, _LIST.replace("\n", end).encode(encoding))
    assert _urls(found) == _LIST_URLS
    assert _rejected(found) == []
    assert found.problems == ()


def test_a_link_alone_on_its_line_is_kept_byte_for_byte() -> None:
    urls = [
        "https://birds.example/a.",
        "https://birds.example/(x",
        "https://birds.example/x,",
        "https://birds.example/'a'?",
    ]
    assert _urls(read("a.txt", "\n".join(urls).encode())) == urls


def test_one_line_in_another_encoding_does_not_spoil_the_others() -> None:
    data = "https://birds.example/grüße\n".encode() + "https://birds.example/caf\xe9\n".encode("cp1252")
    assert _urls(read("a.txt", data)) == ["https://birds.example/grüße", "https://birds.example/café"]


def test_queries_name_a_site() -> None:
    found = read("a.txt", b"safebooru: sky cloud\r\nmy-site.2:  rating:safe -rain  \r\n")
    assert [(line.number, line.site, line.query) for line in found.lines] == [
        (1, "safebooru", "sky cloud"),
        (2, "my-site.2", "rating:safe -rain"),
    ]
    assert found.usable


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("just some words", "neither a link nor"),
        ("see also: ", "neither a link nor"),
        ("safebooru:", "no query behind"),
        ("www.birds.example/1", "no http:// or https://"),
        ("birds.example/1", "no http:// or https://"),
        (r"C:\pictures\heron.jpg", "neither a link nor"),
        ("ftp://birds.example/1", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("strange://birds.example", "only http and https"),
        ("mailto:ann@birds.example", "only http and https"),
        ("http:/birds.example/1", "not a whole link"),
        ("http://", "no host name"),
        ("https:///birds", "no host name"),
        ("https://...", "no host name"),
        ("https://{host}/1", "no host name"),
        ("http://https://birds.example/1", "twice"),
        ("http://birds.example:port/", "not a link"),
        ("http://birds.example:99999/", "not a link"),
        ("http://[::1/", "not a link"),
        ("https://birds.example/\ufffd", "could not be read"),
        ("https://birds.example/" + "x" * 20_000, "longer than 16384"),
        ("safebooru: " + "x" * 3_000, "more than 2000"),
    ],
)
def test_what_is_no_link_is_turned_down_with_a_reason_and_the_rest_goes_on(line: str, why: str) -> None:
    found = read("a.txt", f"https://birds.example/1\n{line}\nhttps://birds.example/2\n".encode())
    assert _urls(found) == ["https://birds.example/1", "https://birds.example/2"]
    ((number, reason),) = _rejected(found)
    assert number == 2
    assert why in reason


def test_a_slash_at_the_end_makes_twins() -> None:
    links = (
        "https://birds.example/1",
        "https://birds.example/1/",
        "https://birds.example/1?to=/",
        "https://birds.example/1?to=",
    )
    found = read("a.txt", "\n".join(links).encode(), key=urls.key)
    assert _urls(found) == [links[0], *links[2:]]
    assert [(line.number, line.why) for line in found.twins] == [(2, "the same as on line 1")]


def test_twins_are_left_out_and_say_whose() -> None:
    data = b"https://birds.example/1\nsky: blue\nhttps://birds.example/1\nsky: blue\nhttps://birds.example/1/\nwords\nwords\n"
    found = read("a.txt", data)
    assert _urls(found) == ["https://birds.example/1", "https://birds.example/1/"]
    assert [(line.number, line.why) for line in found.twins] == [
        (3, "the same as on line 1"),
        (4, "the same as on line 2"),
    ]
    assert len(_rejected(found)) == 2
    by_key = read("a.txt", data, key=lambda url: url.rstrip("/"))
    assert _urls(by_key) == ["https://birds.example/1"]
    assert [line.number for line in by_key.twins] == [3, 4, 5]


def test_a_key_that_cannot_take_a_link_apart_does_not_stop_the_file() -> None:
    def key(url: str) -> str:
        raise ValueError(url)

    assert _urls(read("a.txt", b"https://a.example/1 https://a.example/2 https://a.example/1", key)) == [
        "https://a.example/1",
        "https://a.example/2",
    ]


def test_zero_bytes_end_a_link() -> None:
    assert _urls(read("a.txt", b"https://a.example/1\0\0\0\nhttps://a.example/2\0words\0https://a.example/3\n")) == [
        "https://a.example/1",
        "https://a.example/2",
        "https://a.example/3",
    ]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("x" * 1_000_000, id="words"),
        pytest.param(" " * 1_000_000 + "x", id="blanks"),
        pytest.param("https://a.example/" + ")" * 1_000_000, id="brackets"),
        pytest.param("(https://a.example/" + "(" * 1_000_000, id="open brackets"),
        pytest.param("[" * 1_000_000, id="square brackets"),
        pytest.param("a." * 500_000, id="dots"),
        pytest.param("(https://a.example/1)" * 40_000, id="links without blanks"),
        pytest.param("http://" * 150_000, id="schemes"),
        pytest.param("\0" * 1_000_000 + "x", id="zero bytes"),
        pytest.param("[x](" * 250_000 + "https://a.example", id="labels"),
    ],
)
def test_a_line_of_a_megabyte_is_read_in_a_moment(line: str) -> None:
    found = read("a.txt", f"https://a.example/first\n{line}\nhttps://a.example/last".encode())
    assert {"https://a.example/first", "https://a.example/last"} <= set(_urls(found))
    assert all(len(line.text) <= 300 for line in found.lines)


def test_too_much_is_refused_whole() -> None:
    assert "10 MB" in read("a.txt", b"https://a.example/\n" + b"#" * MAX_BYTES).why
    found = read("a.txt", b"".join(b"https://a.example/%d\n" % number for number in range(MAX_LINES + 1)))
    assert found.lines == ()
    assert "100,000 lines" in found.why
    assert read("a.txt", b"".join(b"https://a.example/%d\n" % number for number in range(MAX_LINES))).usable


@pytest.mark.parametrize(
    ("line", "site", "query"),
    [
        ("demo: source:https://a.example/1 -x", "demo", "source:https://a.example/1 -x"),
        ("demo/by artist : kim", "demo/by artist", "kim"),
        ("demo: //x", "demo", "//x"),
        ("data: x", "data", "x"),
    ],
)
def test_behind_a_known_site_stands_a_query(line: str, site: str, query: str) -> None:
    (found,) = read("a.txt", line.encode(), None, {"demo", "data"}).lines
    assert (found.kind, found.site, found.query) == (LineKind.QUERY, site, query)


@pytest.mark.parametrize(
    "line", ["demo: https://a.example/1", "demo: a nice one https://a.example/1", "demos: x:https://a.example/1"]
)
def test_a_link_behind_a_name_stays_a_link(line: str) -> None:
    assert _urls(read("a.txt", line.encode(), None, {"demo"})) == ["https://a.example/1"]


@pytest.mark.parametrize("name", ["heron.jpg", "README", ".url", "a.txt.exe", ""])
def test_other_files_are_not_read(name: str) -> None:
    found = read(name, b"https://birds.example/1")
    assert not found.usable
    assert ".txt" in found.why


def test_a_picture_with_the_wrong_name_is_turned_down() -> None:
    found = read("a.txt", bytes(range(256)) * 40)
    assert not found.usable
    assert found.why == "no line in it is a link or `site: query`"


@given(st.sampled_from(["a.txt", "a.url", "a.list", "a.jpg"]), st.binary(max_size=400))
@example("a.url", b"URL=http://[")
@example("a.txt", b"\xff\xfe")
@example("a.txt", b"http://\xff:\xff")
def test_any_bytes_are_read_without_an_error(name: str, data: bytes) -> None:
    found = read(name, data)
    for line in found.lines:
        assert (line.kind is LineKind.REJECTED) == bool(line.why)
        assert (line.kind is LineKind.URL) == bool(line.url)
        assert (line.kind is LineKind.QUERY) == bool(line.site and line.query)
        assert "\n" not in line.text


_HOSTS = st.sampled_from(["birds.example", "a-b.example:8080", "127.0.0.1", "[::1]", "müller.example"])
_PATHS = st.text(
    st.characters(codec="utf-8", categories=("L", "N"), include_characters="/._~%&=?+-:@!$*_"), max_size=20
)
_URL = st.builds("{}://{}/{}x".format, st.sampled_from(["http", "https", "HTTP"]), _HOSTS, _PATHS)
_AROUND = st.sampled_from(
    [("", ""), ("<", ">"), ("[bird](", ")"), ("(", ")"), ('"', '"'), ("'", "'"), ("look: ", "."), ("\0", "\0")]
)


@given(st.lists(st.tuples(_URL, _AROUND), max_size=8), st.sampled_from([" ", "\n", "\r\n", "\t", "\r"]),
       st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))  # fmt: skip
def test_every_link_of_any_text_is_found_or_turned_down_once(
    links: list[tuple[str, tuple[str, str]]], between: str, encoding: str
) -> None:
    text = between.join(before + url + after for url, (before, after) in links)
    found = read("a.txt", text.encode(encoding))
    assert _urls(found) == list(dict.fromkeys(url for url, _ in links))
    assert len(found.lines) + len(found.twins) == len(links)
