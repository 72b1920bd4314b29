"""What gallery-dl writes, read without it: claims, listings, errors; and what error messages of such programs mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config.field_map import NONE, FieldMap
from syncer.handover import gallery_dl_answers as answers
from syncer.handover import troubles
from syncer.handover.base import GarbageError
from syncer.model import Note

BLOCK = """Category / Subcategory
  "{}" / "{}"

Filename format (default):
  "{{id}}.{{extension}}"

Archive format (custom):
  "{{id}}_{{num}}"

Archive format (default):
  "{{id}}"

Request interval (default):
  [0.5,1.5]

"""


PLAIN = st.none() | st.integers() | st.text(max_size=8)
SHAPES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def own(_: str) -> FieldMap:
    return NONE


def listing(*messages: list[Any]) -> answers.Answer:
    found = answers.listing(json.dumps(messages).encode(), own, "https://a.example/x")
    assert found is not None
    return found


def test_each_claim_goes_to_its_url_whichever_are_unknown_between_them() -> None:
    urls = ["https://a.example/1", "https://b.example/2", "https://c.example/3.jpg"]
    err = (
        "[1/3] https://a.example/1\n[gallery-dl][error] Unsupported URL 'https://a.example/1'\n"
        "[2/3] https://b.example/2\n[3/3] https://c.example/3.jpg\n"
    )
    found = answers.claims(BLOCK.format("siteb", "post") + BLOCK.format("directlink", ""), err, urls)
    assert set(found) == set(urls[1:])
    assert (found[urls[1]].extractor, found[urls[1]].generic, found[urls[1]].pause) == ("siteb/post", False, 1.5)
    assert found[urls[1]].entry == "{category}{id}_{num}", "what the person has set goes before the default"
    assert found[urls[2]].generic, "a part that takes any link knows no site"
    with pytest.raises(GarbageError):  # what does not fit together is believed to nobody
        answers.claims(BLOCK.format("siteb", "post"), "", urls)
    # A mistake in the person's own config is about no URL.
    assert answers.claims(BLOCK.format("siteb", "post"), "[config][error] odd\n", urls[:1]).keys() == set(urls[:1])


def test_the_files_of_a_post_come_together_and_one_without_files_stays() -> None:
    meta = {"category": "far", "id": 7, "title": "Owl"}
    found = listing(
        [2, meta],
        [
            3,
            "https://cdn.example/a.jpg",
            {
                **meta,
                "num": 1,
                answers.ENTRY: "far7_1",
                "_http_headers": {"Referer": "https://a.example/7", "Authorization": "Bearer s3cret"},
            },
        ],
        [3, "ytdl:https://cdn.example/b.m3u8", {**meta, "num": 2}],
        [3, "text:It was late.", meta],
        [3, "exec:rm", meta],
        [3, "ytdl:https://cdn.example/c.m3u8\n-extractor.postprocessors=[]", meta],
        [2, {"category": "far", "id": 8, "file_url": "https://cdn.example/gone.jpg"}],
    )
    first, second = found.posts
    assert [file.url for file in first.files] == [
        "https://cdn.example/a.jpg",
        "handover:gallery-dl:ytdl:https://cdn.example/b.m3u8",
    ]
    assert first.files[0].hashes == (("gallery-dl", "far7_1"),)
    assert first.files[0].headers == (("Referer", "https://a.example/7"),)
    assert Note("text", "It was late.") in first.notes
    assert (second.id, second.files) == ("8", ())
    assert (found.units, found.error) == (2, "")


def test_what_it_would_look_through_next_is_a_post_where_anything_is_told_of_it() -> None:
    found = listing(
        [6, "https://a.example/chapter/1", {"category": "far", "title": "One"}],
        [6, "https://a.example/user/posts", {"_extractor": "x", "category": "far", "subcategory": "user"}],
        [6, "https://a.example/x", {}],
        [6, "javascript:alert(1)", {}],
    )
    assert found.galleries == ("https://a.example/user/posts",)
    (post,) = found.posts
    assert (post.url, post.follow, post.title) == (
        "https://a.example/chapter/1",
        ("https://a.example/chapter/1",),
        "One",
    )


def test_an_error_stands_beside_what_came_before_it() -> None:
    meta = {"category": "far", "id": 7}
    found = listing(
        [2, meta], [3, "https://c.example/a.jpg", meta], [-1, {"error": "HttpError", "message": "'404 Not Found'"}]
    )
    assert len(found.posts) == 1
    assert found.error == "HttpError: '404 Not Found'"


@given(SHAPES)
def test_an_answer_of_any_shape_is_read_or_refused(data: Any) -> None:
    answers.listing(json.dumps(data).encode(), own, "https://a.example/")


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ('[urllib3.connectionpool][debug] http://127.0.0.1:8123 "GET /post.json HTTP/1.1" 200 526', "127.0.0.1:8123"),
        ('[urllib3.connectionpool][debug] https://a.example:443 "POST /1 HTTP/1.1" 200 None', "a.example"),
        ("[far][debug] Using FarExtractor for 'https://a.example/x'", ""),
    ],
)
def test_a_request_is_told_by_its_host(line: str, host: str) -> None:
    assert answers.host(line) == host


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("HttpError: '404 Not Found' for 'https://a.example/401'", "not_found"),
        ("HttpError: '401 Unauthorized' for 'https://a.example/'", "unauthorised"),
        ("HttpError: '403 Forbidden' for 'https://a.example/'", "forbidden"),
        ("HttpError: '429 Too Many Requests' for 'https://a.example/'", "slow_down"),
        ("HttpError: '502 Bad Gateway' for 'https://a.example/'", "server_error"),
        ("ChallengeError: Cloudflare challenge (403 Forbidden) for 'https://a.example/'", "challenge"),
        ("HttpError: ReadTimeout: HTTPConnectionPool(host='a', port=1): Read timed out. (read timeout=2)", "timeout"),
        ("HttpError: ConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed'))", "dropped"),
        ("JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "bad_answer"),
        ("AuthRequired: 'authenticated cookies' needed", "unauthorised"),
        ("NotFoundError: Requested user could not be found", "not_found"),
        ("Unsupported URL 'https://a.example/'", "unsupported"),
        ("[youtube] abc: Sign in to confirm you’re not a bot. Use --cookies-from-browser", "challenge"),
        ("[youtube] abc: Video unavailable. This video is private", "not_found"),
        ("[generic] Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404>)", "not_found"),
        ("unable to download video data: <urlopen error [Errno -2] Name or service not known>", "dns"),
        ("something that nobody has seen yet", "program_broken"),
    ],
)
def test_an_error_message_means_one_of_our_faults(said: str, kind: str) -> None:
    found = troubles.read("gallery-dl", said, "pip install --upgrade gallery-dl")
    assert found.kind == kind
    assert found.words.startswith("gallery-dl: ")
    if kind in ("bad_answer", "program_broken"):
        assert "pip install --upgrade gallery-dl" in found.advice


@pytest.mark.parametrize(
    "said",
    [
        "HttpError: '404 Not Found' for 'https://a.example/api?access_token=s3cret&page=1'",
        "HttpError: '403 Forbidden' for 'https://a.example/api#s3cret'",
        "ProxyError: cannot connect to socks5h://me:s3cret@proxy.example:1080",
        "no luck with refresh-token=s3cret",
    ],
)
def test_no_secret_of_a_url_is_repeated(said: str) -> None:
    assert "s3cret" not in troubles.read("gallery-dl", said, "x").words
    assert "s3cret" not in troubles.ended("gallery-dl", 1, "", f"[gallery-dl][error] {said}", "x").words


def test_an_end_before_its_time_says_why() -> None:
    assert (
        "took longer than 5 seconds" in troubles.ended("yt-dlp", None, "it took longer than 5 seconds", "", "x").words
    )
    old = troubles.ended(
        "gallery-dl", 2, "", "usage: gallery-dl\ngallery-dl: error: unrecognized arguments: --post-range", "renew it"
    )
    assert "unrecognized arguments" in old.words
    assert "renew it" in old.advice
    assert troubles.ended("yt-dlp", 1, "", "ERROR: Unsupported URL: https://a.example/", "x").kind == "unsupported"


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "brought no answer that can be read, without a word"), (-11, "crashed (signal 11)"), (4, "ended with 4")],
)
def test_an_end_without_a_word_is_told_in_words(code: int, words: str) -> None:
    assert words in troubles.ended("gallery-dl", code, "", "", "x").words
