"""A name and password in somebody's link are taken out where the link is found, and shown nowhere whatever brought them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.cli import frame, journal
from syncer.config import texts
from syncer.errors import ItemError
from syncer.fetch import redirect
from syncer.fetch.failure import FetchError
from syncer.service import results
from syncer.service.events import Event, guarded
from syncer.sites import urls
from syncer.sites.chains import links
from tests.unit.test_sites_native import parse

LINK = "https://kim:s3cret@host.example/a.png"
PARSER = """[parser.p]
each = "$[*]"
page = [{ what = "next", json = "$[*].n" }]
get = [{ what = "post", value = "1" }, { what = "file", json = "$.f" }, { what = "source", json = "$.s" },
  { what = "time", json = "$.t" }]
"""


@pytest.mark.parametrize("link", [LINK, "//kim:s3cret@host.example/a.png", "https:\\\\kim:s3cret@host.example/a.png"])
def test_a_link_of_a_page_loses_its_login(tmp_path: Path, link: str) -> None:
    assert urls.join("https://s.example/", link) == "https://host.example/a.png"
    found = parse(tmp_path, PARSER, json.dumps([dict.fromkeys("fnst", link)]))
    assert found.posts[0].files[0].url == "https://host.example/a.png"
    assert "s3cret" not in repr((found.posts, found.next))


def test_a_link_that_an_imported_file_finds_loses_its_login() -> None:
    assert links.found(LINK, "https://s.example/") == "https://host.example/a.png"
    assert links.found("//kim:s3cret@host.example/a", "https://s.example/") == "https://host.example/a"


def test_a_redirect_that_leads_nowhere_shows_no_login() -> None:
    with pytest.raises(FetchError) as caught:
        redirect.target("https://s.example/", "ftp://kim:s3cret@host.example/")
    assert "ftp://host.example/" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_output_shows_one(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[Event] = []
    guarded(told.append)(Event("failed", LINK, f"{LINK}: not found"))
    assert told == [Event("failed", "https://host.example/a.png", "https://host.example/a.png: not found")]

    def show(data: dict[str, Any]) -> Iterable[str]:
        yield f"1  {data['url']}"

    for as_json in (True, False):
        frame.render(results.Result("history", {"url": LINK, "mail": "a@b.example"}), show, as_json=as_json)
        frame.render(results.failed("history", ItemError(f"{LINK} is gone", "")), show, as_json=as_json)
    written = capsys.readouterr()
    assert "s3cret" not in written.out + written.err
    assert written.out.count("https://host.example/a.png") == 3
    assert "a@b.example" in written.out
    record = logging.LogRecord("syncer", logging.WARNING, "", 0, "%s broke", (LINK,), None)
    for made in (journal.PlainFormatter("%(message)s"), journal.JournalFormatter("%(message)s")):
        assert made.format(record).endswith("https://host.example/a.png broke")


@given(st.text("ab:@/?# '\"", max_size=12), st.sampled_from(["http", "HTTPS", "ftp", "socks5"]))
def test_only_what_stands_before_the_host_is_left_out(rest: str, scheme: str) -> None:
    url = f"{scheme}://host.example/{rest}"
    assert texts.without_login(url) == url
    assert texts.without_login(f"see {scheme}://kim:s3cr@t@{url.partition('://')[2]}") == f"see {url}"
