"""The client against the local site: what it asks, what it brings, and every misbehaviour told by its name."""

from __future__ import annotations

import contextlib
import hashlib
import resource
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.clock import SystemClock
from syncer.config.settings import Network
from syncer.demo.posts import WorldFile
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.fetch.client import Client, Request
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.text import decode

NETWORK = Network(
    allow=("127.0.0.1",),
    user_agent="syncer test",
    connect_timeout=0.5,
    read_timeout=0.15,
    page_deadline=5.0,
    deadline=5.0,
    max_page_size=1_000_000,
    max_file_size=1_000_000,
)


@pytest.fixture(scope="module")
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=1, posts=50)) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh_log(site: LocalSite) -> None:
    site.behave()
    site.log.clear()


@pytest.fixture
def png(site: LocalSite) -> WorldFile:
    return next(file for file in site.world.expected() if file.path.endswith(".png"))


def make(network: Network = NETWORK, *, slow_window: float = 0.1) -> Client:
    return Client(network, SystemClock(), slow_window=slow_window)


@pytest.fixture
def client() -> Iterator[Client]:
    made = make()
    yield made
    made.close()


def file_failure(client: Client, url: str, part: Path) -> Failure:
    with pytest.raises(FetchError) as caught:
        client.file(Request(url), part)
    assert not part.exists(), "nothing half stays behind"
    return caught.value.failure


def page_failure(client: Client, url: str) -> Failure:
    with pytest.raises(FetchError) as caught:
        client.page(Request(url))
    return caught.value.failure


def test_a_host_is_asked_as_browsers_read_it(site: LocalSite, client: Client) -> None:
    url = site.root.replace("127.0.0.1", "１２７。0.0.1.") + "/post/1"
    assert client.page(Request(url)).status == 200
    assert site.log[0].headers["host"] == site.root.removeprefix("http://")


def test_a_file(site: LocalSite, client: Client, png: WorldFile, tmp_path: Path) -> None:
    part, came = tmp_path / "1.part", list[int]()
    answer = client.file(Request(site.root + png.path, referrer=site.root + "/post/1#top"), part, came.append)
    assert part.read_bytes() == png.data
    assert (answer.status, answer.size, answer.md5) == (200, len(png.data), png.md5)
    assert answer.sha256 == hashlib.sha256(png.data).hexdigest()
    assert answer.length_known
    assert answer.content_type == "image/png"
    assert sum(came) == len(png.data)
    beside = tmp_path / "a sidecar"
    beside.touch()
    # Whoever may read the one may read the other; until it is delivered nobody else gets into its folder.
    assert stat.S_IMODE(part.stat().st_mode) == stat.S_IMODE(beside.stat().st_mode)
    asked = site.log[0].headers
    assert asked["accept-encoding"] == "identity"
    assert asked["user-agent"] == "syncer test"
    assert asked["referer"] == site.root + "/post/1"
    assert "cookie" not in asked


def test_a_page(site: LocalSite, client: Client) -> None:
    came: list[int] = []
    answer = client.page(Request(site.root + "/posts?tags=a+b&page=1"), came.append)
    assert b"<title>" in answer.body
    assert answer.size == len(answer.body) == sum(came)
    assert site.log[0].target == "/posts?tags=a+b&page=1"
    assert site.log[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("fault", ["404", "500", "redirect_chain"])
def test_bytes_of_bodies_that_nobody_wants_are_counted_too(
    site: LocalSite, client: Client, tmp_path: Path, fault: str
) -> None:
    site.misbehave("/", fault)
    came: list[int] = []
    with contextlib.suppress(FetchError):
        client.page(Request(site.root + "/"), came.append)
    with contextlib.suppress(FetchError):
        client.file(Request(site.root + "/"), tmp_path / "1.part", came.append)
    (head, *others) = (len(each.target) for each in site.log)
    assert len(came) == 1 + len(others), "one answer of each request"
    assert min(came) > head > 0


def test_a_key_is_in_no_word_about_where_a_redirect_leads(site: LocalSite, client: Client) -> None:
    site.misbehave("/*", "redirect_to", to="ftp:||x.example|1.png?api_key=s3cret+word&b=1")
    with pytest.raises(FetchError) as caught:
        client.page(Request(site.root + "/", keys=(("api_key", "s3cret word"),)))
    assert caught.value.failure.kind is FailureKind.BAD_REDIRECT
    assert caught.value.failure.detail == 'Location "ftp://x.example/1.png" leads to no web page'


def test_headers_of_the_site_file_go_with_it_but_not_those_of_ours(site: LocalSite, client: Client) -> None:
    own = (("X-Requested-With", "XMLHttpRequest"), ("user-agent", "other"), ("Host", "evil"), ("Content-Length", "5"))
    client.page(Request(site.root + "/", own))
    asked = site.log[0].headers
    assert asked["x-requested-with"] == "XMLHttpRequest"
    assert asked["user-agent"] == "other"
    assert asked["host"] == site.root.removeprefix("http://")
    assert "content-length" not in asked


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "日本"])
def test_headers_that_cannot_be_sent(site: LocalSite, client: Client, value: str) -> None:
    with pytest.raises(FetchError) as caught:
        client.page(Request(site.root + "/", (("X-Token", value),)))
    assert caught.value.failure.kind is FailureKind.BAD_REQUEST
    assert len(site.log) == 0


def test_a_referrer_with_letters_of_its_own(site: LocalSite, client: Client) -> None:
    client.page(Request(site.root + "/", referrer="http://example.org/空"))
    assert site.log[0].headers["referer"] == "http://example.org/%E7%A9%BA"


def test_an_encrypted_page_is_no_referrer_for_what_all_can_read(site: LocalSite, client: Client) -> None:
    for referrer in ("https://example.org/secret", "HTTPS://example.org/secret"):
        client.page(Request(site.root + "/", referrer=referrer))
    assert all("referer" not in each.headers for each in site.log)


FILES = {
    # fault: (kind, words that must be in the detail)
    "truncated": ("wrong_length", "more were announced"),
    "length_wrong": ("wrong_length", "0 bytes came"),
    "cut_chunked": ("wrong_length", ""),
    "stalled": ("timeout", "silent"),
    "silent": ("timeout", "no answer"),
    "drip": ("drip", "bytes in"),
    "huge_length": ("too_large", "1,000,000,000,000 bytes announced, 1,000,000 allowed"),
    "endless": ("too_large", "more than 1,000,000 bytes"),
    "cut_gzip": ("cut_gzip", ""),
    "gzip_bomb,bytes=5000000": ("too_large", "more than 1,000,000 bytes"),
    "empty": ("empty", ""),
    "garbage": ("bad_answer", ""),
    "closed": ("dropped", "before it answered"),
    "reset": ("dropped", ""),
    "huge_headers": ("bad_answer", ""),
    "redirect_nowhere": ("wrong_answer", "does not say where"),
    "redirect_bad,to=file": ("bad_redirect", "leads to no web page"),
    "redirect_bad,to=javascript": ("bad_redirect", ""),
    "redirect_bad,to=data": ("bad_redirect", ""),
    "redirect_bad,to=port": ("bad_redirect", ""),
    "redirect_bad,to=nohost": ("bad_redirect", ""),
    "redirect_bad,to=empty": ("wrong_answer", ""),
    "400": ("refused_request", "status 400"),
    "401": ("unauthorised", "status 401"),
    "403": ("forbidden", "status 403"),
    "404": ("not_found", "status 404"),
    "410": ("gone", "status 410"),
    "451": ("legal", "status 451"),
    "500": ("server_error", "status 500"),
    "503": ("unavailable", "status 503"),
    "509": ("slow_down", "status 509"),
    "529": ("slow_down", "status 529"),
    "challenge": ("challenge", "browser check"),
    "challenge,status=503": ("challenge", ""),
    "json_refusal": ("forbidden", ""),
}


@pytest.mark.parametrize(("fault", "kind", "words"), [(name, *row) for name, row in FILES.items()])
def test_files_served_wrongly(
    site: LocalSite, client: Client, png: WorldFile, tmp_path: Path, fault: str, kind: str, words: str
) -> None:
    failure = file_failure(client, f"{site.root}/fault/{fault}{png.path}", tmp_path / "1.part")
    assert failure.kind == kind
    assert words in failure.detail
    assert len(site.log) == 1, "one request a call, whatever happens"


PAGES = ("truncated", "stalled", "cut_gzip", "gzip_bomb,bytes=5000000", "endless", "cut_chunked", "closed")


@pytest.mark.parametrize("fault", PAGES)
def test_pages_served_wrongly(site: LocalSite, client: Client, fault: str) -> None:
    assert page_failure(client, f"{site.root}/fault/{fault}/posts").kind == FILES[fault][0]


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [("429_seconds", 120), ("429_date", 120), ("429_zero", 1), ("429_negative", 1), ("429_garbage", None),
     ("429_huge", 86_400), ("429_missing", None), ("503,retry=7", 7)],
)  # fmt: skip
def test_every_form_of_retry_after(site: LocalSite, fault: str, seconds: float | None) -> None:
    class SiteClock(SystemClock):
        """Tells the site's time, so that its dates mean what they say."""

        def now(self) -> float:
            return site.now()

    client = Client(NETWORK, SiteClock())
    failure = page_failure(client, f"{site.root}/fault/{fault}/posts")
    client.close()
    assert failure.kind is FailureKind.SLOW_DOWN
    if fault == "429_date":
        # The site's Date header is real time, its Retry-After is not: only the bounds can be known here.
        assert failure.retry_after == 1
    else:
        assert failure.retry_after == seconds


@pytest.mark.parametrize("fault", ["no_length", "no_length_cut"])
def test_without_a_length_it_is_said_that_nobody_knows(
    site: LocalSite, client: Client, png: WorldFile, tmp_path: Path, fault: str
) -> None:
    answer = client.file(Request(f"{site.root}/fault/{fault}{png.path}"), tmp_path / "1.part")
    assert not answer.length_known
    assert (answer.size == len(png.data)) == (fault == "no_length")


@pytest.mark.parametrize("fault", ["chunked", "gzip", "slow,seconds=0.05"])
def test_unusual_but_right(site: LocalSite, client: Client, png: WorldFile, tmp_path: Path, fault: str) -> None:
    answer = client.file(Request(f"{site.root}/fault/{fault}{png.path}"), tmp_path / "1.part")
    assert answer.md5 == png.md5
    assert answer.length_known
    assert (tmp_path / "1.part").read_bytes() == png.data


def test_what_is_behind_the_announced_end_is_not_taken(
    site: LocalSite, client: Client, png: WorldFile, tmp_path: Path
) -> None:
    assert client.file(Request(f"{site.root}/fault/too_long{png.path}"), tmp_path / "1.part").md5 == png.md5
    assert client.file(Request(site.root + png.path), tmp_path / "2.part").md5 == png.md5


def test_a_packed_page_comes_unpacked(site: LocalSite, client: Client) -> None:
    plain = client.page(Request(site.root + "/posts"))
    came: list[int] = []
    packed = client.page(Request(site.root + "/fault/gzip/posts"), came.append)
    assert packed.body == plain.body
    assert sum(came) < len(packed.body), "what is counted is what came over the line"


@pytest.mark.parametrize("fault", ["shift_jis", "no_charset", "bom", "wrong_charset"])
def test_charsets_of_real_pages(site: LocalSite, client: Client, fault: str) -> None:
    page = "/posts"
    right = client.page(Request(site.root + page)).body.decode()
    answer = client.page(Request(f"{site.root}/fault/{fault}{page}"))
    title = right[right.index("<main") : right.index("</main>")] if "<main" in right else right
    shown = decode(answer.body, answer.content_type)
    assert "\ufffd" not in shown
    if fault != "shift_jis":  # what Shift_JIS cannot write is written as entities
        assert title in shown


def test_one_hop_and_no_further(site: LocalSite, client: Client, png: WorldFile, tmp_path: Path) -> None:
    part = tmp_path / "1.part"
    first = client.file(Request(f"{site.root}/fault/redirect_chain,hops=2{png.path}"), part)
    assert (first.status, first.location) == (302, f"{site.root}/fault/redirect_chain,hops=1{png.path}")
    assert not part.exists()
    assert len(site.log) == 1
    second = client.file(Request(first.location or ""), part)
    third = client.file(Request(second.location or ""), part)
    assert third.md5 == png.md5
    assert (
        client.page(Request(f"{site.root}/fault/redirect_relative/posts")).location == f"{site.root}/fault/fine/posts"
    )


def test_a_redirect_into_the_house_is_refused_at_its_own_hop(site: LocalSite, client: Client, tmp_path: Path) -> None:
    answer = client.page(Request(f"{site.root}/fault/redirect_private/posts"))
    assert answer.location == "http://10.255.255.1/media/1.png"
    failure = file_failure(client, answer.location, tmp_path / "1.part")
    assert failure.kind is FailureKind.BLOCKED_ADDRESS


def test_nobody_listens(client: Client) -> None:
    assert page_failure(client, "http://127.0.0.1:1/").kind is FailureKind.REFUSED


def test_a_private_site_is_not_asked_unless_allowed(site: LocalSite) -> None:
    port = site.root.rpartition(":")[2]
    for allow, allowed in (((), False), ((f"127.0.0.1:{port}",), True), (("127.0.0.1:1",), False)):
        client = make(replace(NETWORK, allow=allow))
        for name in ("127.0.0.1", "localhost", "127.1", "0x7f000001"):
            url = f"http://{name}:{port}/"
            if allowed:
                assert client.page(Request(url)).status == 200
            else:
                assert page_failure(client, url).kind is FailureKind.BLOCKED_ADDRESS, url
        client.close()
    assert len(site.log) == 4


def test_only(site: LocalSite) -> None:
    client = make(replace(NETWORK, only=("example.org",)))
    assert page_failure(client, site.root + "/").kind is FailureKind.OUTSIDE_ONLY
    client.close()
    assert len(site.log) == 0


def test_connections_are_used_again_after_every_answer_that_was_read(
    site: LocalSite, client: Client, png: WorldFile
) -> None:
    for path in ("/", "/nowhere", "/fault/429_seconds/posts", "/fault/redirect_chain/posts", png.path, "/posts"):
        for _ in range(2):
            with contextlib.suppress(FetchError):
                client.page(Request(site.root + path))
    assert len(site.log) == 12
    assert client.close_idle(0) == 1


def test_idle_connections_are_closed(site: LocalSite, client: Client) -> None:
    client.page(Request(site.root + "/"))
    assert client.close_idle(60) == 0
    assert client.close_idle(0) == 1
    assert client.close_idle(0) == 0
    assert client.page(Request(site.root + "/")).status == 200


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(site: LocalSite, client: Client) -> None:
    with LocalSite(World(posts=1)) as short:
        root, port = short.root, int(short.root.rpartition(":")[2])
        assert client.page(Request(root + "/")).status == 200
    with LocalSite(World(posts=1), port=port):
        assert client.page(Request(root + "/")).status == 200


def test_a_304_is_an_answer(site: LocalSite, client: Client) -> None:
    first = client.page(Request(site.root + "/posts"))
    second = client.page(Request(site.root + "/posts", (("If-None-Match", first.headers["etag"]),)))
    assert (second.status, second.body) == (304, b"")


def test_the_part_is_never_written_through_a_link(
    site: LocalSite, client: Client, png: WorldFile, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "1.part").symlink_to(tmp_path / "victim")
    with pytest.raises(FetchError) as caught:
        client.file(Request(site.root + png.path), tmp_path / "1.part")
    assert caught.value.failure.kind is FailureKind.DISK
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_disk_that_takes_no_more_is_ours_not_the_sites(
    site: LocalSite, client: Client, png: WorldFile, tmp_path: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        failure = file_failure(client, site.root + png.path, tmp_path / "1.part")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failure.kind is FailureKind.DISK
    assert "File too large (errno 27)" in failure.detail
