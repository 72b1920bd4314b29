"""Files of cookies as browsers, extensions, curl and people leave them. A value is in no fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.clock import VirtualClock
from syncer.fetch import cookie_files
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookies import Jars

TITLE = "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n"
ROW = ".example.org\tTRUE\t/\tTRUE\t1893456000\tsession\ts3cret\n"
ONE = Cookie("session", "s3cret", "example.org", "/", 1893456000, secure=True, host_only=False)


def read(text: str | bytes) -> tuple[Cookie, ...]:
    export = cookie_files.read(text.encode() if isinstance(text, str) else text)
    assert export.faults == ()
    return export.cookies


@pytest.mark.parametrize(
    "data",
    [
        (TITLE + ROW).encode(),
        ROW.encode(),
        ROW.rstrip("\n").encode(),
        b"\xef\xbb\xbf" + (TITLE + ROW).encode(),
        (TITLE + ROW).replace("\n", "\r\n").encode(),
        (TITLE + ROW).replace("\t", "   ").encode(),
        (TITLE + ROW).encode("utf-16"),
        ("\n\n# a remark\n" + ROW).encode(),
        (TITLE + ROW).replace("TRUE", "true").encode(),
        (TITLE + ROW).replace("1893456000", "1893456000.25").encode(),
        (TITLE + ROW).replace("1893456000", "1893456000000").encode(),
        (TITLE + ROW).replace("1893456000", "13537929600000000").encode(),
        (TITLE + ROW + ROW).encode(),
    ],
    ids=["plain", "no title", "no last line end", "BOM", "CRLF", "blanks", "UTF-16", "remarks", "lower case", "fraction",
         "milliseconds", "since 1601", "twice"],
)  # fmt: skip
def test_every_spelling_of_a_cookies_txt(data: bytes) -> None:
    assert read(data) == (ONE,)
    assert cookie_files.is_export("whatever.txt", data) or b"   " in data


def test_what_the_standard_library_drops() -> None:
    rows = (
        "#HttpOnly_www.example.org\tFALSE\t/\tFALSE\t0\tuntil_the_end\tv1\n"
        "www.example.org\tFALSE\t/a\tFALSE\t1893456000\tempty\t\n"
        "www.example.org\tFALSE\t/a\tFALSE\t1893456000\ttabbed\tone\ttwo\n"
        "example.org\tTRUE\t/\tFALSE\t-1\tno_dot\tv\n"
    )
    first, empty, tabbed, wide = read(rows)
    assert first == Cookie("until_the_end", "v1", "www.example.org", http_only=True)
    assert empty == Cookie("empty", "", "www.example.org", "/a", 1893456000)
    assert tabbed == Cookie("tabbed", "one\ttwo", "www.example.org", "/a", 1893456000)
    assert wide == Cookie("no_dot", "v", "example.org", host_only=False)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("example.org\tTRUE\t/\n", "3 fields"),
        ("ex ample.org\tTRUE\t/\tFALSE\t0\tn\ts3cret\n", "no domain"),
        ("s3cret\ts3cret\ts3cret\ts3cret\ts3cret\ts3cret\ts3cret\n", "expiry"),
        ("example.org\ts3cret\t/\tFALSE\t0\tn\ts3cret\n", "TRUE or FALSE"),
        ("example.org\tTRUE\t/\tFALSE\ts3cret\tn\ts3cret\n", "expiry"),
        (f"example.org\tTRUE\t/\tFALSE\t0\tn\ts3cret{'x' * 5000}\n", "longer"),
        ("example.org\tTRUE\t/\tFALSE\t0\tn\ts3cret;x\n", "characters"),
        ("s3cret\n", "1 fields"),
    ],
)
def test_a_bad_line_is_told_without_its_value_and_the_others_are_taken(row: str, why: str) -> None:
    export = cookie_files.read((TITLE + row + ROW).encode())
    assert export.cookies == (ONE,)
    (fault,) = export.faults
    assert fault.startswith("line 4: ")
    assert why in fault
    assert "s3cret" not in fault


SHAPES: dict[str, Any] = {
    "EditThisCookie": [
        {"domain": ".example.org", "expirationDate": 1893456000.5, "hostOnly": False, "httpOnly": False, "id": 1,
         "name": "session", "path": "/", "sameSite": "lax", "secure": True, "session": False, "storeId": "0", "value": "s3cret"},
    ],
    "Cookie-Editor": [
        {"name": "session", "value": "s3cret", "domain": ".example.org", "hostOnly": False, "path": "/", "secure": True,
         "httpOnly": False, "sameSite": "no_restriction", "session": False, "firstPartyDomain": "", "partitionKey": None,
         "expirationDate": 1893456000, "storeId": None},
    ],
    "a browser driver": {"cookies": [
        {"name": "session", "value": "s3cret", "domain": ".example.org", "path": "/", "expires": 1893456000, "secure": True},
    ]},
    "Selenium": [
        {"name": "session", "value": "s3cret", "domain": ".example.org", "path": "/", "expiry": 1893456000, "secure": True},
    ],
    "dates": [
        {"name": "session", "value": "s3cret", "host": ".example.org", "path": "/", "expires": "2030-01-01T00:00:00.000Z",
         "secure": True},
    ],
    "Cookie Quick Manager": [
        {"Host raw": "https://.example.org/", "Name raw": "session", "Path raw": "/", "Content raw": "s3cret",
         "Expires": "01-01-2030 01:00:00", "Expires raw": "1893456000", "Send for": "Encrypted connections only",
         "Send for raw": "true", "HTTP only raw": "false", "SameSite raw": "lax", "This domain only": "Valid for subdomains",
         "This domain only raw": "false", "Store raw": "firefox-default", "First Party Domain": ""},
    ],
    "one alone": {"name": "session", "value": "s3cret", "domain": ".example.org", "expires": 1893456000, "secure": True},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_the_json_of_browsers(shape: str) -> None:
    data = json.dumps(SHAPES[shape], indent=2).encode()
    assert read(data) == (ONE,)
    assert cookie_files.is_export("export.json", data)


def test_json_session_host_only_and_odd_items() -> None:
    rows = [
        {
            "name": "a",
            "value": "1",
            "domain": "www.example.org",
            "hostOnly": True,
            "session": True,
            "expirationDate": 5,
        },
        {"name": "b", "value": "1", "domain": "www.example.org", "expires": -1},
        {"name": "s3cret"},
        "s3cret",
        {"name": "c", "value": 7, "domain": "example.org"},
        {"name": "d", "value": "s3cret", "domain": "example.org", "expires": [1]},
        {"name": "e", "value": "s3cret", "domain": "example.org", "expires": 10**400},
    ]
    export = cookie_files.read(json.dumps(rows).encode())
    assert export.cookies == (Cookie("a", "1", "www.example.org"), Cookie("b", "1", "www.example.org"))
    assert [fault.partition(":")[0] for fault in export.faults] == [f"cookie {number}" for number in range(3, 8)]
    assert "s3cret" not in "".join(export.faults)


def test_letters_beyond_ascii_go_as_their_bytes() -> None:
    (found,) = read("bücher.example\tFALSE\t/\tFALSE\t0\tname\tgrün\n")
    assert found.domain == "xn--bcher-kva.example"
    assert found.value.encode("latin-1") == "grün".encode()


@pytest.mark.parametrize(
    ("name", "text", "it_is"),
    [
        ("cookies.txt", "not a cookie\n", True),
        ("Cookies-example.txt", "# HTTP Cookie File\n", True),
        ("links.txt", TITLE, True),
        ("links.txt", "https://example.org/1\n" + ROW, True),
        ("cookies.txt", "https://example.org/recipes\n", False),
        ("cookies.txt", "", False),
        ("links.txt", "https://example.org/1\ttitle\tof\tthe\tpage\ta\tb\n", False),
        ("links.json", '["https://example.org/1"]', False),
        ("links.json", '{"a": 1}', False),
        ("links.txt", "danbooru: sky\n", False),
    ],
)
def test_what_counts_as_a_file_of_cookies(name: str, text: str, *, it_is: bool) -> None:
    assert cookie_files.is_export(name, text.encode()) is it_is


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_anything_is_read_without_an_error(data: bytes) -> None:
    export = cookie_files.read(data)
    cookie_files.is_export("a.txt", data)
    for each in export.cookies:
        f"{each.name}={each.value}".encode("latin-1")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "value", "domain", "path", "expires", "cookies", "secure"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_without_an_error(data: object) -> None:
    cookie_files.read(json.dumps(data).encode())


def test_deep_json_is_no_export() -> None:
    assert cookie_files.read(b"[" * 100_000).cookies == ()


def test_a_cookie_of_no_host_costs_itself_alone() -> None:
    rows = ("[x", "a]b[.example", "a/b.example", ".good.example", "::1", "127.0.0.1")
    text = "".join(f"{domain}\tTRUE\t/\tFALSE\t1999999999\tn\tv\n" for domain in rows)
    export = cookie_files.read(text.encode())
    assert [each.domain for each in export.cookies] == ["good.example", "::1", "127.0.0.1"]
    assert len(export.faults) == 3
    jars = Jars(VirtualClock())
    assert set(jars.give(export.cookies)) == {"good.example", "::1", "127.0.0.1"}
    assert jars.clear("http://[") == {}
    assert jars.clear("https://www.good.example/path?x#y") == {"good.example": 1}
