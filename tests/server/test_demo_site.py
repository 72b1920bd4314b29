"""The local site over real sockets: what its pages say is what the world has; HTTP's rules; a clean end."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from html import unescape
from http.client import HTTPConnection
from pathlib import Path

import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser

from syncer.clock import VirtualClock
from syncer.demo.login import COOKIE, NAME, TOKEN, WORD
from syncer.demo.server import LocalSite
from syncer.demo.threads import DAY
from syncer.demo.world import START, World


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """A site with 50 posts whose time stands still."""
    with LocalSite(World(seed=1, posts=50)) as running:
        yield running


class Answer:
    """What came back: status, headers in lower case, body."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def ask(site: LocalSite, target: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """Send one request on a connection of its own."""
    connection = HTTPConnection(site.root.removeprefix("http://"), timeout=5)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body, sent)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def test_a_walk_over_the_html_pages_finds_every_post_once(site: LocalSite) -> None:
    """Following rel=next from page 1 gives the world's order; page numbers work by hand too."""
    target, found = "/posts?tags=scenery&page=1", []
    while target:
        tree = LexborHTMLParser(ask(site, target).text)
        found += [int(node.attributes["data-id"] or 0) for node in tree.css("article.post")]
        following = tree.css_first("a[rel=next]")
        target = (following.attributes["href"] or "") if following else ""
    assert found == [post.id for post in site.world.search("scenery")]
    first, second = (ask(site, f"/posts?tags=scenery&page={number}").text for number in (1, 2))
    assert ("post-50" in first, "post-50" in second) == (True, False)
    assert ('rel="prev"' in first, 'rel="prev"' in second) == (False, True)
    assert 'class="post pinned" id="post-3"' in ask(site, "/posts").text
    assert ask(site, "/posts?tags=nothing_like_it").status == 200


@pytest.mark.parametrize("number", [3, 11, 13, 29, 44, 45])
def test_post_pages_tell_what_the_world_has(site: LocalSite, number: int) -> None:
    """Title, tags with namespaces, notes, files, hashes, sources, read with another parser."""
    post = site.world.post(number)
    assert post
    tree = LexborHTMLParser(ask(site, f"/post/{number}").text)
    title = tree.css_first("h1.title")
    assert title
    assert title.text() == post.title
    tags = [(node.attributes["data-namespace"] or "", node.text().strip()) for node in tree.css("ul#tags li.tag")]
    assert tags == [(tag.namespace, tag.text) for tag in post.tags]
    originals = tree.css("a#original, a.original")
    expected = [] if number == 13 else [(file.path, file.md5) for file in post.files]
    assert [(node.attributes["href"], node.attributes["data-md5"]) for node in originals] == expected
    notes = [
        (node.css_first("h3").text(), "\n".join(p.text() for p in node.css("p")))  # type: ignore[union-attr] # one each
        for node in tree.css("div.note")
    ]
    assert notes == [(note.name, note.text) for note in post.notes]
    assert bool(tree.css_first("p.deleted")) == (number == 13)
    assert [node.attributes["href"] for node in tree.css("a.source")] == list(post.sources)


def test_texts_are_escaped(site: LocalSite) -> None:
    """Signs that mean something in HTML are written as entities."""
    assert not re.search(r"<stone>|5 < 6|& both", "".join(ask(site, f"/post/{n}").text for n in range(1, 51)))


def test_the_interface_says_the_same_as_the_pages(site: LocalSite) -> None:
    """JSON posts: search with `_` and `+`, tags apart by namespace, hashes, deleted ones without files."""
    posts = json.loads(ask(site, "/api/posts.json?tags=roll_1+scenery&limit=100").body)
    assert [item["id"] for item in posts] == [post.id for post in site.world.search("roll_1 scenery")] != []
    for item in posts:
        post = site.world.post(item["id"])
        assert post
        names = {
            (namespace, word.replace("_", " "))
            for key, namespace in (("tags", ""), ("tag_string_artist", "creator"), ("tag_string_series", "series"))
            for word in item[key].split()
        }
        assert names == {(tag.namespace, tag.text) for tag in post.tags}
        files = item.get("files") or ([{"url": item["file_url"], "md5": item["md5"]}] if "md5" in item else [])
        there = () if item["is_deleted"] else post.files
        assert [(one["url"], one["md5"]) for one in files] == [(site.root + f.path, f.md5) for f in there]
    assert [item["is_deleted"] for item in posts if item["id"] == 13] == [True]
    assert json.loads(ask(site, "/api/post/14.json").body)["created_at"].endswith("Z")
    assert ask(site, "/api/post/99.json").status == 404
    assert json.loads(ask(site, "/api/posts.json?tags=unheard_of").body) == []
    assert len(json.loads(ask(site, "/api/posts.json").body)) == 20


def test_all_media_arrive_byte_for_byte(site: LocalSite) -> None:
    """Every file of the world under its path and type; deleted and unknown ones are 404."""
    for file in site.world.expected():
        got = ask(site, file.path)
        assert (got.body == file.data, got.headers["content-type"]) == (True, file.mime)
    gone = site.world.post(13)
    assert gone
    assert ask(site, gone.files[0].path).status == ask(site, "/media/12.exe").status == 404


def test_threads_follow_the_injected_clock() -> None:
    """The thread grows, its JSON and HTML agree, and it dies."""
    clock = VirtualClock(START)
    with LocalSite(World(), clock.now) as site:
        clock.advance(3_600)
        posts = json.loads(ask(site, "/board/thread/7.json").body)["posts"]
        thread = site.world.thread(7, clock.now())
        assert thread
        assert len(posts) == len(thread.replies) == 13
        media = [f"/board/media/{post['tim']}{post['ext']}" for post in posts if "tim" in post]
        html = ask(site, "/board/thread/7").text
        assert media == re.findall(r'class="file" href="([^"]+)"', html) == [file.path for file in thread.files]
        hashes = [base64.b64decode(post["md5"]).hex() for post in posts if "md5" in post]
        assert hashes == [file.md5 for file in thread.files]
        assert ask(site, media[-1]).body == thread.files[-1].data
        assert json.loads(ask(site, "/board/thread/6.json").body)["posts"][0]["archived"] == 1
        clock.advance(DAY)
        assert ask(site, "/board/thread/7.json").status == ask(site, "/board/thread/7").status == 404
        assert site.log[-1].time == START + 3_600 + DAY


def test_the_feed_is_read_by_feedparser(site: LocalSite) -> None:
    """Twenty posts with media and tags."""
    feed = feedparser.parse(ask(site, "/feed.xml").body)
    assert not feed.bozo
    assert len(feed.entries) == 20
    entry = next(entry for entry in feed.entries if entry.link.endswith("/post/50"))
    post = site.world.post(50)
    assert post
    assert [media["url"] for media in entry.media_content] == [site.root + file.path for file in post.files]
    assert [tag.term for tag in entry.tags] == [str(tag) for tag in post.tags]
    assert unescape(entry.title) == post.title


def test_ranges_and_etags_hold_to_the_standard(site: LocalSite) -> None:
    """RFC 9110: 206 with Content-Range, 416 behind the end, If-Range that does not hold gives 200, 304."""
    data = site.world.post(50).files[0].data  # type: ignore[union-attr] # the world has 50 posts
    path, size = site.world.expected("roll_5")[0].path, len(data)
    whole = ask(site, path)
    tag = whole.headers["etag"]
    middle = ask(site, path, Range="bytes=100-199")
    assert (middle.status, middle.body) == (206, data[100:200])
    assert middle.headers["content-range"] == f"bytes 100-199/{size}"
    rest = ask(site, path, Range="bytes=100-", If_Range=tag)
    assert (rest.status, rest.body) == (206, data[100:])
    assert ask(site, path, Range="bytes=-7").body == data[-7:]
    other = ask(site, path, Range="bytes=100-", If_Range='"another"')
    assert (other.status, other.body == data) == (200, True)
    behind = ask(site, path, Range=f"bytes={size}-")
    assert (behind.status, behind.headers["content-range"]) == (416, f"bytes */{size}")
    same = ask(site, path, If_None_Match=tag)
    assert (same.status, same.body) == (304, b"")
    listing = ask(site, "/posts")
    assert ask(site, "/posts", If_None_Match=listing.headers["etag"]).status == 304
    assert ask(site, path, "HEAD").body == b""


def test_the_login_wants_name_word_and_token(site: LocalSite) -> None:
    """Members' pages lead to the login; its cookie opens them."""
    away = ask(site, "/members/post/12")
    assert (away.status, away.headers["location"]) == (302, "/login")
    form = f"user={NAME}&password={WORD.replace(' ', '+')}&token="
    assert "set-cookie" not in ask(site, "/login", "POST", f"{form}wrong".encode()).headers
    done = ask(site, "/login", "POST", f"{form}{TOKEN}".encode())
    assert (done.status, done.headers["set-cookie"].split(";")[0]) == (302, COOKIE)
    assert ask(site, "/members/post/12", Cookie=COOKIE).status == 200


def test_one_connection_serves_many_requests_and_all_are_logged(site: LocalSite, tmp_path: Path) -> None:
    """Keep-alive; the log in memory and in the file agree, with headers and host."""
    file = tmp_path / "log.jsonl"
    with LocalSite(site.world, log_file=file) as other:
        connection = HTTPConnection(other.root.removeprefix("http://"), timeout=5)
        connection.connect()
        own = connection.sock.getsockname()
        for target in ("/posts?tags=sky", "/post/1", "/media/none.png"):
            connection.request("GET", target, headers={"User-Agent": "tester/1"})
            connection.getresponse().read()
        assert connection.sock.getsockname() == own
        connection.close()
        assert other.log.targets() == ["/posts?tags=sky", "/post/1", "/media/none.png"]
        assert [entry.status for entry in other.log] == [200, 200, 404]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["target"] for line in lines] == ["/posts?tags=sky", "/post/1", "/media/none.png"]
    assert lines[0]["headers"]["user-agent"] == "tester/1"
    assert len(other.log) == 3


def test_other_loopback_addresses_are_other_sites() -> None:
    """A test can have several domains."""
    with LocalSite(World(), host="127.0.0.2") as site:
        assert site.root.startswith("http://127.0.0.2:")
        assert site.root in ask(site, "/api/posts.json").text


def test_nothing_is_left_when_it_stops(capfd: pytest.CaptureFixture[str]) -> None:
    """Stalled, dripping, endless and idle connections are ended, threads too, and stderr stays empty."""
    before = set(threading.enumerate())
    site = LocalSite(World()).start()
    address = ("127.0.0.1", int(site.root.rpartition(":")[2]))
    targets = ("/fault/stalled/media/1.png", "/fault/drip/posts", "/fault/endless/posts", "/fault/silent/posts", "")
    sockets = [socket.create_connection(address, timeout=5) for _ in targets]
    for connection, target in zip(sockets, targets, strict=True):
        if target:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    while len(site.log) < len(targets) - 1:
        assert ask(site, "/fault/fine/").status == 200
    site.stop()
    site.stop()
    for connection in sockets:
        connection.close()
    assert set(threading.enumerate()) == before
    assert capfd.readouterr() == ("", "")


def test_it_runs_as_a_program_until_sigterm(tmp_path: Path) -> None:
    """First line is the root; `--misbehave` is obeyed; SIGTERM ends it with 0."""
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "syncer.demo", "--posts", "12", "--log", str(log), "--misbehave", "/post/*=404:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        root = process.stdout.readline().strip()
        connection = HTTPConnection(root.removeprefix("http://"), timeout=5)
        statuses = []
        for _ in range(2):
            connection.request("GET", "/post/12")
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()
        process.terminate()
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
    assert statuses == [404, 200]
    assert [json.loads(line)["fault"] for line in log.read_text().splitlines()] == ["404", ""]
