"""Pages that are looked at again: asked for with what is known of them, and answered from the cache where they are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.clock import SystemClock
from syncer.config.settings import Network
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.fetch.client import Answer, Client, Request
from syncer.fetch.failure import FailureKind, FetchError
from syncer.fetch.pages import PageCache

NETWORK = Network(allow=("127.0.0.1",), connect_timeout=0.5, read_timeout=0.3, page_deadline=5.0)
MEMBER = (("Cookie", "session=let-me-in"),)


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=1, posts=20, tiny=True)) as running:
        yield running


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = Client(NETWORK, SystemClock(), page_cache=PageCache(tmp_path / "pages", 64 * 1024 * 1024))
    yield made
    made.close()


def look(client: Client, request: Request, on_bytes: Callable[[int], None] = lambda number: None) -> Answer:
    """Look at a page as follows do it: what is well read is kept."""
    answer = client.page(request, on_bytes, again=True)
    client.keep_page(answer)
    return answer


def test_the_same_page_comes_from_the_cache_and_still_costs_a_request(site: LocalSite, client: Client) -> None:
    came: list[int] = []
    first = look(client, Request(site.root + "/posts"), came.append)
    booked = sum(came)
    second = look(client, Request(site.root + "/posts"), came.append)
    assert [entry.status for entry in site.log] == [200, 304]
    assert site.log[1].headers["if-none-match"] == first.headers["etag"]
    assert (second.status, second.body, second.content_type) == (200, first.body, first.content_type)
    assert (first.unchanged, second.unchanged) == (False, True)
    assert sum(came) == booked, "no body came"


def test_another_page_replaces_it(site: LocalSite, client: Client) -> None:
    first = look(client, Request(site.root + "/posts"))
    site.misbehave("/posts", "no_results", times=1)
    changed = look(client, Request(site.root + "/posts"))
    assert changed.body != first.body
    assert not changed.unchanged
    site.misbehave("/posts", "no_results", times=1)
    assert look(client, Request(site.root + "/posts")).body == changed.body


def test_it_is_only_done_for_what_is_looked_at_again(site: LocalSite, client: Client) -> None:
    look(client, Request(site.root + "/posts"))
    assert client.page(Request(site.root + "/posts")).status == 200
    assert "if-none-match" not in site.log[1].headers


def test_what_a_login_sees_is_shown_to_nobody_else(site: LocalSite, client: Client) -> None:
    url = site.root + "/members/post/3"
    inside = look(client, Request(url, MEMBER))
    assert inside.status == 200
    for headers in ((), (("Cookie", "session=another"),)):
        outside = look(client, Request(url, headers))
        assert outside.location is not None, "sent to the login, as if nothing were kept"
        assert "if-none-match" not in site.log[-1].headers
    assert look(client, Request(url, MEMBER)).unchanged


def test_a_refused_or_broken_page_leaves_what_is_kept(site: LocalSite, client: Client) -> None:
    look(client, Request(site.root + "/posts"))
    for fault in ("503", "closed"):
        site.misbehave("/posts", fault, times=1)
        with pytest.raises(FetchError):
            look(client, Request(site.root + "/posts"))
    assert look(client, Request(site.root + "/posts")).unchanged


def test_a_page_that_was_not_what_it_should_be_is_fetched_whole_again(site: LocalSite, client: Client) -> None:
    """Its ETag may be that of the right page."""
    client.page(Request(site.root + "/posts"), again=True)
    assert "if-none-match" not in site.log[-1].headers
    look(client, Request(site.root + "/posts"))
    assert "if-none-match" not in site.log[-1].headers, "nobody had kept it"
    kept = look(client, Request(site.root + "/posts"))
    assert kept.unchanged
    client.drop_page(kept)
    assert not look(client, Request(site.root + "/posts")).unchanged


def test_a_304_that_nobody_asked_for_is_no_page(site: LocalSite, client: Client) -> None:
    site.misbehave("/posts", "unasked_304", times=2)
    for again in (False, True):
        with pytest.raises(FetchError) as caught:
            client.page(Request(site.root + "/posts"), again=again)
        assert caught.value.failure.kind is FailureKind.WRONG_ANSWER


def test_another_user_agent_is_another_reader(site: LocalSite, client: Client, tmp_path: Path) -> None:
    look(client, Request(site.root + "/posts"))
    client.close()
    cache = PageCache(tmp_path / "pages", 64 * 1024 * 1024)
    other = Client(replace(NETWORK, user_agent="another"), SystemClock(), page_cache=cache)
    assert not look(other, Request(site.root + "/posts")).unchanged
    other.close()
