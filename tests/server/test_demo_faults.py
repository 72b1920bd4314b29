"""Each misbehaviour is on the wire what its name says, seen with bare sockets, not with the site's own words."""

from __future__ import annotations

import gzip
import io
import json
import re
import socket
import zlib
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

import pytest
from PIL import Image

from syncer.demo.faults import FAULTS
from syncer.demo.posts import WorldFile
from syncer.demo.reply import Ask
from syncer.demo.server import LocalSite
from syncer.demo.world import START, World


@pytest.fixture(scope="module")
def site() -> Iterator[LocalSite]:
    """One site for the whole file; faults asked for by path leave nothing behind."""
    with LocalSite(World(seed=1, posts=50)) as running:
        yield running


class Wire:
    """What came over the wire until the other side closed, or for `patience` seconds."""

    def __init__(self, site: LocalSite, target: str, headers: Mapping[str, str] = {}, patience: float = 5.0) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.raw, self.closed, self.reset = b"", False, False
        with socket.create_connection(("127.0.0.1", int(site.root.rpartition(":")[2])), timeout=patience) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {site.root[7:]}\r\n{lines}\r\n".encode())
            self._read(connection)
        head, _, self.body = self.raw.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1]) if first.startswith("HTTP/1.1 ") else 0
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}

    def _read(self, connection: socket.socket) -> None:
        try:
            while len(self.raw) < 3_000_000:
                data = connection.recv(65_536)
                if not data:
                    self.closed = True
                    return
                self.raw += data
                if self._whole():
                    return
        except TimeoutError:
            return
        except ConnectionResetError:
            self.reset = True

    def _whole(self) -> bool:
        """Stop early at a right answer on a connection that stays open."""
        head, end, body = self.raw.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        kept = b"Connection: close" not in head
        return bool(end and kept and length and len(body) >= int(length[1]))

    @property
    def length(self) -> int:
        """The length that the headers claim."""
        return int(self.headers["content-length"])

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@pytest.fixture(scope="module")
def png(site: LocalSite) -> WorldFile:
    """A PNG of some kilobytes."""
    return next(file for file in site.world.expected() if file.extension == "png" and file.size > 9_000)


def test_cut_bodies(site: LocalSite, png: WorldFile) -> None:
    """Truncated, stalled, reset, broken inside, cut without a sign."""
    cut = Wire(site, f"/fault/truncated{png.path}")
    assert (cut.length, cut.body, cut.closed) == (png.size, png.data[: png.size // 2], True)
    assert len(Wire(site, f"/fault/truncated,bytes=10{png.path}").body) == 10
    stalled = Wire(site, f"/fault/stalled{png.path}", patience=0.2)
    assert (len(stalled.body), stalled.closed) == (png.size // 2, False)
    silent = Wire(site, f"/fault/silent{png.path}", patience=0.2)
    assert (silent.raw, silent.closed) == (b"", False)
    closed = Wire(site, f"/fault/closed{png.path}")
    assert (closed.raw, closed.closed) == (b"", True)
    assert Wire(site, f"/fault/reset{png.path}").reset
    unsaid = Wire(site, f"/fault/no_length_cut{png.path}")
    assert ("content-length" in unsaid.headers, unsaid.body) == (False, png.data[: png.size // 2])
    broken = Wire(site, f"/fault/broken_image{png.path}")
    assert broken.length == len(broken.body) == png.size // 2
    with Image.open(io.BytesIO(broken.body)) as image, pytest.raises(OSError, match="truncated"):
        image.load()


def test_lengths_that_lie(site: LocalSite, png: WorldFile) -> None:
    """Too long, none, one, huge, endless, empty."""
    long = Wire(site, f"/fault/too_long{png.path}")
    assert (long.length, len(long.body)) == (png.size, png.size + 800)
    none = Wire(site, f"/fault/no_length{png.path}")
    assert ("content-length" in none.headers, none.body == png.data, none.closed) == (False, True, True)
    wrong = Wire(site, f"/fault/length_wrong{png.path}")
    assert (wrong.length, wrong.body, wrong.closed) == (1, b"", True)
    huge = Wire(site, f"/fault/huge_length{png.path}", patience=0.2)
    assert (huge.length, huge.body == png.data, huge.closed) == (10**12, True, False)
    assert len(Wire(site, f"/fault/endless{png.path}").body) > 20 * png.size
    empty = Wire(site, f"/fault/empty{png.path}")
    assert (empty.status, empty.length, empty.body) == (200, 0, b"")


def test_packing(site: LocalSite, png: WorldFile) -> None:
    """gzip whole and cut, chunks whole and cut, a bomb."""
    assert gzip.decompress(Wire(site, f"/fault/gzip{png.path}").body) == png.data
    for target in (f"/fault/cut_gzip{png.path}", f"/fault/cut_gzip,length=no{png.path}"):
        cut = Wire(site, target)
        assert ("content-length" in cut.headers) == ("length=no" not in target)
        with pytest.raises(EOFError):
            gzip.decompress(cut.body)
        assert png.data.startswith(zlib.decompressobj(31).decompress(cut.body))
    chunked = Wire(site, f"/fault/chunked{png.path}", {"Connection": "close"})
    assert chunked.body.endswith(b"\r\n0\r\n\r\n")
    assert chunked.body.startswith(b"3e8\r\n" + png.data[:1_000] + b"\r\n")
    half = Wire(site, f"/fault/cut_chunked{png.path}")
    assert (half.closed, half.body.endswith(b"0\r\n\r\n")) == (True, False)
    bomb = Wire(site, f"/fault/gzip_bomb,bytes=1000000{png.path}")
    assert (len(bomb.body) < 2_000, len(gzip.decompress(bomb.body))) == (True, 1_000_000)


def test_drip_comes_byte_by_byte(site: LocalSite) -> None:
    """At 50 ms a byte only a few bytes come in 0.2 s, and they are the right ones."""
    with socket.create_connection(("127.0.0.1", int(site.root.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(b"GET /fault/drip,seconds=0.02/media/1.jpg HTTP/1.1\r\nHost: x\r\n\r\n")
        pieces = [connection.recv(65_536) for _ in range(6)]
    assert all(len(piece) <= 2 for piece in pieces[1:])


def test_other_content(site: LocalSite, png: WorldFile) -> None:
    """HTML as image, HTML as HTML, another type, another file, wrong hashes on pages."""
    html = Wire(site, f"/fault/html_as_image{png.path}")
    assert (html.status, html.headers["content-type"], html.body[:9]) == (200, "image/png", b"<!DOCTYPE")
    assert Wire(site, f"/fault/html_instead{png.path}").headers["content-type"].startswith("text/html")
    other = Wire(site, f"/fault/other_type{png.path}")
    assert (other.headers["content-type"], other.body[:3]) == ("image/png", b"\xff\xd8\xff")
    wrong = Wire(site, f"/fault/wrong_md5{png.path}")
    with Image.open(io.BytesIO(wrong.body)) as image:
        image.load()
    assert wrong.body != png.data
    number = png.path.split("/")[2].split(".")[0].split("_")[0]
    for target in (f"/post/{number}", f"/api/post/{number}.json"):
        assert png.md5 in Wire(site, target).text
        assert png.md5 not in Wire(site, f"/fault/wrong_md5{target}").text
    assert Wire(site, "/fault/garbage/posts").status == 0
    assert len(Wire(site, "/fault/huge_headers/posts").headers["x-long"]) == 200_000


def test_redirects_lead_where_they_say(site: LocalSite, png: WorldFile) -> None:
    """The chain ends at the right file after its hops; the loop comes back; bad targets are bad."""
    target, seen = f"/fault/redirect_chain,hops=4{png.path}", []
    while (step := Wire(site, target)).status == 302:
        seen.append(target)
        target = step.headers["location"].removeprefix(site.root)
    assert (len(set(seen)), step.body == png.data) == (4, True)
    assert Wire(site, f"/fault/redirect_chain,status=308{png.path}").status == 308
    first = f"/fault/redirect_loop{png.path}"
    second = Wire(site, first).headers["location"].removeprefix(site.root)
    assert Wire(site, second).headers["location"] == site.root + first != site.root + second
    own = f"/fault/redirect_self{png.path}"
    assert Wire(site, own).headers["location"] == site.root + own
    endless = Wire(site, f"/fault/redirect_endless{png.path}").headers["location"].removeprefix(site.root)
    assert Wire(site, endless).headers["location"] != site.root + endless
    assert "location" not in Wire(site, f"/fault/redirect_nowhere{png.path}").headers
    bad = {to: Wire(site, f"/fault/redirect_{to}{png.path}").headers["location"] for to in ("file", "javascript")}
    assert bad == {"file": "file:///etc/hostname", "javascript": "javascript:alert(1)"}
    assert Wire(site, f"/fault/redirect_login{png.path}").headers["location"] == "/login"
    assert "password" in Wire(site, "/login").text


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 451, 500, 502, 503, 509, 529])
def test_any_status_by_its_number(site: LocalSite, status: int) -> None:
    """Also those that are in no standard."""
    assert Wire(site, f"/fault/{status}/media/1.png").status == status
    assert Wire(site, f"/fault/{status},retry=7/media/1.png").headers["retry-after"] == "7"


def test_each_form_of_retry_after(site: LocalSite) -> None:
    """Seconds, date by the site's clock, zero with a cookie, negative, rubbish, missing."""

    def retry(name: str) -> str | None:
        answer = Wire(site, f"/fault/{name}/posts")
        assert answer.status == 429
        return answer.headers.get("retry-after")

    assert retry("429_seconds,seconds=9") == "9"
    date = retry("429_date,seconds=90")
    assert date
    assert parsedate_to_datetime(date).timestamp() == START + 90
    assert [retry(f"429_{form}") for form in ("zero", "negative", "garbage", "missing")] == ["0", "-5", "soon", None]
    assert "set-cookie" in Wire(site, "/fault/429_zero/posts").headers


def test_once_wrong_then_right(site: LocalSite, png: WorldFile) -> None:
    """By name, by `times` in the path, and each path for itself."""
    assert [Wire(site, f"/fault/500_then_fine{png.path}").status for _ in range(3)] == [500, 200, 200]
    assert [Wire(site, f"/fault/500_then_fine{target}").status for target in ("/posts", "/posts")] == [500, 200]
    lengths = [len(Wire(site, f"/fault/truncated,times=2{png.path}").body) for _ in range(3)]
    assert lengths == [png.size // 2, png.size // 2, png.size]


def test_doors_that_stay_shut(site: LocalSite) -> None:
    """Login page for all, challenge, a refusal as JSON."""
    assert "<title>Login</title>" in Wire(site, "/fault/login_page/api/posts.json").text
    challenge = Wire(site, "/fault/challenge,status=503/posts")
    assert (challenge.status, challenge.headers["cf-mitigated"]) == (503, "challenge")
    assert json.loads(Wire(site, "/fault/json_refusal/posts").body)["success"] is False


def test_charsets(site: LocalSite) -> None:
    """The label lies, is missing, or is in the page alone; the text is the same."""
    right = Wire(site, "/post/44").text
    assert "fjäll" in right
    lie = Wire(site, "/fault/wrong_charset/post/44")
    assert (lie.headers["content-type"], lie.text) == ("text/html; charset=iso-8859-1", right)
    bare = Wire(site, "/fault/no_charset/post/44")
    assert (bare.headers["content-type"], b"charset" in bare.body) == ("text/html", False)
    page = Wire(site, "/fault/shift_jis/post/39").body
    assert b'charset="shift_jis"' in page
    assert "夕焼け" in page.decode("shift_jis")
    assert Wire(site, "/fault/bom/post/44").body[:3] == b"\xef\xbb\xbf"


def test_pages_that_never_end(site: LocalSite) -> None:
    """The same page under each number; a page that names itself; the last one again and again."""

    def following(target: str) -> str:
        link = re.search(r'rel="next" href="([^"]+)"', Wire(site, target).text)
        return link[1].replace("&amp;", "&") if link else ""

    ids = [re.findall(r'data-id="(\d+)"', Wire(site, f"/fault/same_page/posts?page={n}").text) for n in (1, 2, 9)]
    assert ids[0] == ids[1] == ids[2] != []
    assert following("/fault/same_page/posts?page=9").endswith("page=10")
    assert following("/fault/same_page/posts?page=9").startswith("/fault/same_page/posts?")
    assert following("/fault/next_self/posts?page=1") == "/fault/next_self/posts?page=1"
    last = Wire(site, "/api/posts.json?page=3").body
    assert Wire(site, "/fault/last_repeats/api/posts.json?page=8").body == last != b"[]"


def test_pages_with_other_contents(site: LocalSite) -> None:
    """Other markup, other keys, nothing, all posts, rubbish, broken items, links nobody may follow."""
    assert 'class="post"' not in Wire(site, "/fault/site_changed/posts").text
    changed = json.loads(Wire(site, "/fault/site_changed/api/posts.json").body)
    assert {"post_id", "url_of_file"} <= set(changed[0])
    assert json.loads(Wire(site, "/fault/no_results/api/posts.json").body) == []
    everything = json.loads(Wire(site, "/fault/all_posts/api/posts.json?tags=roll_1&limit=200").body)
    assert len(everything) == 50
    with pytest.raises(json.JSONDecodeError):
        json.loads(Wire(site, "/fault/garbage_json/api/posts.json").text)
    with pytest.raises(RecursionError):
        json.loads(Wire(site, "/fault/deep_json/api/posts.json").body)
    broken = json.loads(Wire(site, "/fault/broken_items/api/posts.json").body)
    assert (len(broken), broken[1], broken[2]) == (24, None, {})
    assert 'data-id="x"' in Wire(site, "/fault/broken_items/posts").text
    assert "javascript:" in Wire(site, "/fault/bad_links/post/1").text
    assert '"file_url": "file:' in Wire(site, "/fault/bad_links/api/post/1.json").text


def test_ranges_that_go_wrong(site: LocalSite, png: WorldFile) -> None:
    """Ignored, from elsewhere, lying, refused, an error page, an ETag that never holds."""

    def ranged(name: str) -> Wire:
        headers = {"Range": "bytes=500-", "If-Range": f'"{png.md5}"'}
        return Wire(site, f"/fault/{name}{png.path}", headers)

    ignored = ranged("range_ignored")
    assert (ignored.status, ignored.body == png.data) == (200, True)
    offset = ranged("range_offset,start=3")
    assert offset.headers["content-range"] == f"bytes 3-{png.size - 1}/{png.size}"
    assert (offset.status, offset.body == png.data[3:]) == (206, True)
    lies = ranged("range_lies")
    assert lies.headers["content-range"].startswith("bytes 500-")
    assert (lies.body, lies.length) == (png.data[: png.size - 500], png.size - 500)
    refused = ranged("range_refused")
    assert (refused.status, refused.headers["content-range"]) == (416, f"bytes */{png.size}")
    assert ranged("range_error_page").body.startswith(b"<html>")
    assert ranged("etag_changes").status == 200
    resumed = ranged("truncated")
    assert (resumed.status, resumed.body) == (206, png.data[500:][: (png.size - 500) // 2])


def test_ranges_that_are_half_right(site: LocalSite, png: WorldFile) -> None:
    """Less than was asked for, nothing said about it, several parts, another total, another tag."""

    def ranged(name: str) -> Wire:
        return Wire(site, f"/fault/{name}{png.path}", {"Range": "bytes=500-", "If-Range": f'"{png.md5}"'})

    half = (png.size - 500) // 2
    short = ranged("range_short")
    assert short.headers["content-range"] == f"bytes 500-{500 + half - 1}/{png.size}"
    assert short.body == png.data[500 : 500 + half]
    bare = ranged("range_bare")
    assert (bare.status, "content-range" in bare.headers, bare.body) == (206, False, png.data[500:])
    parts = ranged("range_multipart")
    assert parts.headers["content-type"].startswith("multipart/byteranges")
    assert png.data[500:] in parts.body
    assert ranged("range_other_total").headers["content-range"] == f"bytes 500-{png.size - 1}/{png.size * 2}"
    other = Wire(site, f"/fault/if_range_ignored{png.path}", {"Range": "bytes=500-", "If-Range": '"old"'})
    assert (other.status, other.headers["etag"]) == (206, '"new"')
    cut = [Wire(site, f"/fault/cut,known=weak{png.path}") for _ in range(2)]
    assert [len(each.body) for each in cut] == [png.size // 2, png.size]
    assert (cut[0].headers["etag"], "last-modified" in cut[0].headers) == (f'W/"{png.md5}"', False)


def test_orders_hold_for_what_they_name_and_as_often(png: WorldFile) -> None:
    """`misbehave` by pattern, so many times; an unknown name is refused; `fine` gets past it."""
    with LocalSite(World(seed=1, posts=50)) as site:
        site.misbehave("/media/*.png", "503", times=2, retry=5)
        site.misbehave("/posts[?]*page=2*", "404")
        assert [Wire(site, png.path).status for _ in range(3)] == [503, 503, 200]
        assert [Wire(site, f"/posts?page={page}").status for page in (1, 2, 3)] == [200, 404, 200]
        assert [entry.fault for entry in site.log] == ["503", "503", "", "", "404", ""]
        assert Wire(site, "/fault/fine/posts?page=2").status == 200
        site.behave()
        assert Wire(site, "/posts?page=2").status == 200
        with pytest.raises(ValueError, match="no fault is called 'nonsense'"):
            site.misbehave("*", "nonsense")
        assert Wire(site, "/fault/nonsense/posts").status == 404


@pytest.mark.parametrize("name", sorted(FAULTS))
@pytest.mark.parametrize("target", ["/posts", "/api/posts.json", "/media/1.jpg", "/board/thread/7.json", "/none"])
def test_every_fault_can_be_asked_for_anything(site: LocalSite, name: str, target: str) -> None:
    """No fault ends in an error of the site itself, whatever it is asked for."""
    reply, fault = site.answer(Ask(f"/fault/{name},bytes=1000{target}", root=site.root, headers={"range": "bytes=5-"}))
    assert (fault, reply.status in range(200, 530)) == (name, True)
    assert FAULTS[name].what
