"""What another program was told in confidence, and what looks like a secret, is in no word of it that is shown."""

from __future__ import annotations

import html
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import masks
from syncer.config.handover import GalleryDlSettings, Handover, YtDlpSettings
from syncer.handover import hidden
from syncer.handover.base import Ask, Limits, Ran, Tool
from syncer.handover.gallery_dl import GalleryDl
from syncer.handover.yt_dlp import YtDlp

SECRET = "hunter2-s3cret"


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer {}", "authorization: Basic {} x", "{{'Authorization': 'Basic {}', 'a': 1}}", "Cookie: a=1; b={}",
        'headers={{"Cookie": "a={}; b"}}', "Set-Cookie: sid={}; Path=/", "X-Api-Key: {}", "token={}", "api_key={}&x=1", "apikey={}",
        "access_token: '{}'", "password: {}", "password: abc", '{{"refresh_token": "{}"}}', "PHPSESSID={}; a=b", "sessionid={}", "key={}",
        "['yt-dlp', '-p', '{}', 'x']", "yt-dlp --password {} --foo", "--video-password={}", "-p {}", "--add-headers 'Cookie:a={}'",
        "--username {} x", "https://kim:{}@host.example/", "socks5h://kim:{}@proxy.example:1080", "--twofactor {}", "passwd = {}",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_taken_out(said: str) -> None:
    found = masks.masked(said.format(SECRET))
    assert SECRET not in found
    assert "abc" not in found


@pytest.mark.parametrize(
    "said",
    [
        "Use --cookies, --username and --password, --netrc-cmd, or --netrc (yt-dlp) to provide account credentials",
        "'username' and 'password' required", "KeyError: 'id'", "Missing key: foo", "HTTP Error 401: Unauthorized", "monkey=3",
        "unsupported keyword=foo", "oauth: login required", "session expired: log in", "the passing=3 of a compass: north", "author=kim",
    ],
)  # fmt: skip
def test_other_words_stay(said: str) -> None:
    assert masks.masked(said) == said


@given(
    st.lists(
        st.sampled_from(
            ["token", "key", "--p", "-", "=", ": ", "'", '"', "cookie", "a", " ", "9", "\n", "http://", "@"]
        )
    )
)
def test_no_text_is_changed_twice_or_takes_long(pieces: list[str]) -> None:
    once = masks.masked("".join(pieces))
    assert len(once) <= len("".join(pieces)) + len(pieces)


def test_a_text_that_is_built_to_stall_does_not() -> None:
    began = time.process_time()
    for text in ("a-" * 10_000, "--p " * 5_000, "token" * 4_000, '"' * 20_000, "cookie" * 3_000, "key: " * 4_000):
        masks.masked(text)
    assert time.process_time() - began < 0.5


OPTIONS = {
    "pixiv": {"refresh-token": SECRET, "ugoira": True},
    "far": {"cookies": {"sid": "another-one"}, "directory": ["{category}"]},
}
WORDS = (
    "--username",
    "kim@host.example",
    "-p",
    "my word 12",
    "--extractor-args",
    "youtube:po_token=web+abcdef",
    "--format-sort",
    "b",
)


def test_options_that_may_be_secrets_are_known() -> None:
    settings = Handover(gallery_dl=GalleryDlSettings(options=OPTIONS), yt_dlp=YtDlpSettings(options=WORDS))
    found = set(hidden.of_options(settings))
    assert {SECRET, "another-one", "kim@host.example", "my word 12", "web+abcdef"} <= found
    assert not {"{category}", "b", "True"} & found


@pytest.mark.parametrize("secret", [SECRET, "p w&d/ü+12", 'with "quotes" \\ in', "two\nlines here"])
def test_a_secret_is_hidden_however_it_is_written(secret: str) -> None:
    hide = masks.hider([secret, "short"])
    for form in (secret, quote(secret, safe=""), repr(secret)[1:-1], json.dumps(secret)[1:-1], html.escape(secret)):
        assert hide(f"said {form}!") == f"said {masks.HIDDEN}!"
    assert hide("a short word") == "a short word"


@pytest.mark.parametrize("make", [GalleryDl, YtDlp])
def test_a_program_that_repeats_what_it_was_told_is_not_repeated(tmp_path: Path, make: Any) -> None:
    """The secret stands where a cut at some hundred letters would leave a half of it."""
    said = "x" * (280 - len("[gallery-dl][error] ")) + f" {SECRET}"
    ran = Ran(1, b"", f"[gallery-dl][error] {said}\nERROR: {said}\n".encode())
    ask = Ask("https://a.example/x", tmp_path, Limits(60.0, 10, 1_000_000), hide=masks.hider([SECRET]))
    found = make(Handover()).list(
        Tool(make(Handover()).name, ("/usr/bin/true",), "2026.01.01"), ask, lambda *_, **__: ran
    )
    assert found.trouble is not None
    assert "hunter2" not in found.trouble.words
    assert "xxx" in found.trouble.words
