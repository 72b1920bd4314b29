"""Files that other programs write: bookmarks, .webloc, .desktop; and what a list says of the lines below."""

from __future__ import annotations

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.intake import linkfile
from syncer.intake.lines import LineKind
from syncer.intake.linkfile import READERS

URL = "https://birds.example/post/1?a=b&c=d"
BOOKMARKS = f"""<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<DL><p>
  <DT><A HREF="{URL.replace("&", "&amp;")}" ADD_DATE="1">Heron &amp; reed</A> <DT><a add_date=2 href='https://b.example/2'>x</a>
  <DT><A HREF="javascript:alert(1)">no</A>
  <DT><A HREF="place:sort=8">no</A>
  <DT><A ADD_DATE="3" HREF=https://c.example/3>y</A>
</DL>
"""


def urls(name: str, data: bytes) -> list[str]:
    return [line.url for line in linkfile.read(name, data).lines if line.kind is LineKind.URL]


def test_bookmarks_are_wanted_only_where_a_site_file_knows_them() -> None:
    read = linkfile.read("bookmarks.html", BOOKMARKS.encode())
    assert [line.url for line in read.lines] == [URL, "https://b.example/2", "https://c.example/3"]
    assert all(line.claimed_only for line in read.lines)


@pytest.mark.parametrize(
    "data",
    [
        plistlib.dumps({"URL": URL}),
        plistlib.dumps({"URL": URL}, fmt=plistlib.FMT_BINARY),
        plistlib.dumps({"URL": URL}).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + plistlib.dumps({"URL": URL}),
        f"<plist><dict><key>URL</key><string><![CDATA[{URL}]]></string></dict></plist>".encode(),
        f"[InternetShortcut]\r\nURL={URL}\r\n".encode(),
        f"{URL}\n".encode(),
    ],
)
def test_a_link_file_of_macos(data: bytes) -> None:
    assert urls("heron.webloc", data) == [URL]


@pytest.mark.parametrize(
    "data",
    [
        b"bplist00" + b"\xff" * 100,
        b"bplist00",
        plistlib.dumps({"URL": 3}),
        plistlib.dumps(["https://a.example/"]),
        b"<plist><dict><key>URL</key></dict></plist>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><key>URL</key><string>&a;</string>',
        plistlib.dumps({"URL": "file:///etc/passwd"}),
        plistlib.dumps({"URL": URL, "more": ["x"] * 100_000}, fmt=plistlib.FMT_BINARY),
    ],
)
def test_what_is_none_is_refused_in_words(data: bytes) -> None:
    read = linkfile.read("x.webloc", data)
    assert not read.usable
    assert read.why


def test_a_shortcut_of_a_linux_desktop() -> None:
    text = f"[Desktop Entry]\nType=Link\nName=Heron\nIcon=text-html\nURL={URL}\n"
    assert urls("Heron.desktop", text.encode()) == [URL]
    assert urls("Program.desktop", b"[Desktop Entry]\nType=Application\nExec=rm -rf https://a.example/\n") == []


def test_an_anchor_may_go_over_lines() -> None:
    assert urls("b.html", b"<p>\n<a\n  class=x\n  href='https://a.example/1\n/2'>x</a>\n") == ["https://a.example/1/2"]


@pytest.mark.parametrize(
    "text",
    [
        f"[DOC#1]\nURL=https://frame.example/\n[InternetShortcut]\nURL={URL}\nURL=https://second.example/\n",
        f"[InternetShortcut.W]\nURL=https+ADo-//wide.example/\n[internetshortcut]\nURL={URL}\n",
        f"[Other]\nURL={URL}\n[Desktop Entry]\nURL[de]=https://german.example/\n",
        f"[Desktop Entry]\nURL[$e]={URL}\n",
    ],
)
def test_the_link_of_a_shortcut_is_that_of_its_own_section(text: str) -> None:
    assert urls("x.url", text.encode()) == [URL]


def test_an_entry_of_kde_doubles_its_dollars() -> None:
    assert urls("x.desktop", b"[Desktop Entry]\nURL[$e]=https://a.example/?a=$$1\n") == ["https://a.example/?a=$1"]


def test_tags_and_rules_hold_for_the_lines_below() -> None:
    text = """https://a.example/1
Tags: blue sky, creator:jo,, blue sky
https://a.example/2
rule: linked images
demo: heron
tags:
https://a.example/3
rule:
https://a.example/4
"""
    told = [(line.url or line.query, line.tags, line.rule) for line in linkfile.read("l.txt", text.encode()).lines]
    assert told == [
        ("https://a.example/1", (), ""),
        ("https://a.example/2", ("blue sky", "creator:jo"), ""),
        ("heron", ("blue sky", "creator:jo"), "linked images"),
        ("https://a.example/3", (), "linked images"),
        ("https://a.example/4", (), ""),
    ]


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=300))
def test_nothing_that_is_dropped_breaks_a_reader(kind: str, data: bytes) -> None:
    for start in (b"", b"bplist00", b"<a href=", b"tags:", b"<key>URL</key><string>"):
        read = linkfile.read(f"x.{kind}", start + data)
        assert all(line.kind is LineKind.REJECTED or line.url.startswith("http") or line.query for line in read.lines)
