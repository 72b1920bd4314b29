"""What yt-dlp is told, and what is read of what it prints: as yt-dlp 2026.10.26 writes it."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.config.field_map import NONE
from syncer.config.handover import YtDlpSettings
from syncer.fetch.failure import FailureKind
from syncer.handover import yt_dlp_answers, yt_dlp_troubles, yt_dlp_words
from syncer.handover.base import BROKEN, UNSUPPORTED, Ask, GarbageError, Limits, Manners, Ran, Tool
from syncer.model import MediaFile, Post

TOOL = Tool("yt-dlp", ("/usr/bin/yt-dlp",), "2026.10.26")
PAGE = "https://site.example/watch"
EXTRACTORS = f"""\
generic
  {PAGE}
  https://www.youtube.com/watch?v=BaW_jenozKc
  https://vimeo.com/76979871
vimeo
  https://vimeo.com/76979871
vimeo:album
Yandex (CURRENTLY BROKEN)
youtube
  https://www.youtube.com/watch?v=BaW_jenozKc
"""


def listing(*entries: dict[str, Any], url: str = PAGE) -> yt_dlp_answers.Answer:
    return yt_dlp_answers.listing(entries, lambda _: NONE, url)


def ask(**more: Any) -> Ask:
    return Ask(PAGE, Path("/private"), Limits(60, 10, 1000), **more)


def rows(words: list[list[str]]) -> list[str]:
    return [" ".join(row) for row in words]


def test_its_generic_part_claims_only_what_no_site_of_it_claims() -> None:
    urls = [
        PAGE,
        "https://www.youtube.com/watch?v=BaW_jenozKc",
        "https://vimeo.com/76979871",
        "https://nobody.example/",
    ]
    found = yt_dlp_answers.claims(EXTRACTORS, urls)
    assert {url: (claim.extractor, claim.generic) for url, claim in found.items()} == {
        PAGE: ("generic", True),
        urls[1]: ("youtube", False),
        urls[2]: ("vimeo", False),
    }


@pytest.mark.parametrize("out", ["", "usage: yt-dlp [OPTIONS]\n  URL\n"])
def test_an_answer_without_the_part_that_every_yt_dlp_has_is_none(out: str) -> None:
    with pytest.raises(GarbageError):
        yt_dlp_answers.claims(out, [PAGE])


def test_what_it_prints_for_us_is_told_from_all_else() -> None:
    out = b'[generic] a: Downloading webpage\nsyncer-entry {"id": "a"}\n{"id": "b"}\nsyncer-entry {"id"\nsyncer-entry [1]\n'
    assert yt_dlp_answers.entries(out) == [{"id": "a"}]


@given(st.binary(max_size=200))
def test_nothing_that_it_prints_is_too_odd(noise: bytes) -> None:
    for data in yt_dlp_answers.entries(b"syncer-entry " + noise):
        assert isinstance(listing(data).posts, tuple)
    assert yt_dlp_answers.requests(noise.decode("utf-8", "replace")) >= 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
KEYS = (
    "_type",
    "url",
    "ie_key",
    "extractor_key",
    "id",
    "webpage_url",
    "playlist_index",
    "direct",
    "thumbnails",
    "thumbnail",
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_no_entry_is_too_odd(data: dict[str, Any]) -> None:
    listing(data)
    yt_dlp_answers.picture(data)
    yt_dlp_answers.live(data)
    yt_dlp_answers.archived(data)


def test_an_entry_of_a_listing_is_a_post_whose_video_it_fetches() -> None:
    entry = {
        "_type": "url", "ie_key": "Youtube", "id": "abc", "url": "https://www.youtube.com/watch?v=abc", "title": "A",
        "extractor_key": "YoutubeTab", "webpage_url": "https://www.youtube.com/watch?v=abc", "playlist_index": 3,
        "thumbnails": [{"url": "https://i.example/small.jpg"}, {"url": "https://i.example/large.jpg"}],
    }  # fmt: skip
    (post,) = listing(entry).posts
    assert (post.site, post.id, post.title, post.url) == ("youtube", "abc", "A", entry["url"])
    assert post.files == (MediaFile("handover:yt-dlp:https://www.youtube.com/watch?v=abc"),)
    assert yt_dlp_answers.picture(entry) == (MediaFile("https://i.example/large.jpg"),)
    assert yt_dlp_answers.picture({}) == ()


def test_an_entry_that_leads_to_a_list_is_looked_through() -> None:
    tab = {"_type": "url", "ie_key": "YoutubeTab", "url": "https://www.youtube.com/@a/shorts"}
    found = listing(tab, {**tab, "url": PAGE})
    assert (found.posts, found.galleries) == ((), ("https://www.youtube.com/@a/shorts",))


def test_a_link_of_a_file_is_for_our_own_fetch() -> None:
    entry = {
        "_type": "url_transparent",
        "url": "https://cdn.example/b.mp3?t=1",
        "title": "Talk",
        "timestamp": 1672653600,
    }
    assert listing(entry).posts == (
        Post(files=(MediaFile("https://cdn.example/b.mp3?t=1"),), title="Talk", time=1672653600),
    )
    direct = {
        "id": "a",
        "extractor_key": "Generic",
        "direct": True,
        "url": "https://x.example/a.mp4",
        "webpage_url": "https://x.example/a.mp4",
    }
    assert listing(direct).posts[0].files == (MediaFile("https://x.example/a.mp4"),)


def test_videos_of_one_page_are_one_post_and_keep_their_numbers() -> None:
    entry = {
        "extractor_key": "HTML5MediaEmbed",
        "id": "two-1",
        "webpage_url": PAGE,
        "playlist_index": 1,
        "playlist_title": "Two",
        "title": "Two (1)",
    }
    (post,) = listing(entry, {**entry, "id": "two-2", "playlist_index": 2}).posts
    assert (post.site, post.id, post.url, post.tags) == ("", "", PAGE, ())
    assert [file.url for file in post.files] == [f"handover:yt-dlp:item=1:{PAGE}", f"handover:yt-dlp:item=2:{PAGE}"]
    assert [file.index for file in post.files] == [0, 1]
    assert yt_dlp_words.item(f"item=2:{PAGE}") == (2, PAGE)
    assert yt_dlp_words.item(PAGE) == (0, PAGE)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"live_status": "is_live"}, "live"),
        ({"live_status": "is_upcoming"}, "not been sent yet"),
        ({"is_live": True}, "live"),
        ({"live_status": "was_live", "is_live": False}, ""),
        ({}, ""),
    ],
)
def test_what_is_still_being_made_is_seen_before(data: dict[str, Any], word: str) -> None:
    assert word in yt_dlp_answers.live(data)
    assert bool(yt_dlp_answers.live(data)) is bool(word)


def test_its_requests_are_counted_by_its_own_words() -> None:
    out = """\
[generic] Extracting URL: https://site.example/feed.xml
[generic] feed: Downloading webpage
[generic] feed: Extracting information
[download] Downloading playlist: Feed
[generic] Playlist Feed: Downloading N/A items of 3
[download] Downloading item 1 of N/A
[info] index: Downloading 1 format(s): 0
[hlsnative] Downloading m3u8 manifest
[hlsnative] Total fragments: 4
[download] Destination: 0.mp4
[download] Download completed
"""
    assert sum(map(yt_dlp_answers.requests, out.splitlines())) == 7, "page, manifest, four pieces, and the file"
    assert yt_dlp_answers.host_of("https://Site.example:443/a") == "site.example"
    assert yt_dlp_answers.host_of("http://u:p@127.0.0.1:8080/a") == "127.0.0.1:8080"


def test_what_it_is_told_stands_on_no_command_line_and_keeps_its_words() -> None:
    manners = Manners(
        pace=2.5, rate=1000, user_agent="A 'B' $C\n", cookies=Path("/private/c"), proxy="http://u:p w@x.example"
    )
    given = yt_dlp_words.config(yt_dlp_words.looking(YtDlpSettings(), ask(manners=manners), generic=False, ffmpeg=True))
    words = shlex.split(given.decode(), comments=True)  # as yt-dlp reads a config
    for option, value in (
        ("--sleep-requests", "2.5"), ("--limit-rate", "1000"), ("--user-agent", "A 'B' $C\n"), ("--cookies", "/private/c"),
        ("--proxy", "http://u:p w@x.example"), ("--use-extractors", "default,-generic"), ("--playlist-items", "1:1"),
    ):  # fmt: skip
        assert words[words.index(option) + 1] == value
    assert words[-1] == PAGE


def test_a_person_chooses_the_format_but_not_the_pace() -> None:
    info = Path("/private/x/info.json")
    own = YtDlpSettings(options=("--sleep-requests", "0"))
    told = yt_dlp_words.downloading(own, ask(), info, generic=True, ffmpeg=True)
    words = [word for row in told for word in row]
    assert words.index("--sleep-requests") == 0
    assert words[len(words) - 1 - words[::-1].index("--sleep-requests") + 1] == "1"
    assert "--format" not in words, "its own default takes the best"
    alone = yt_dlp_words.downloading(YtDlpSettings(), ask(), info, generic=True, ffmpeg=False)
    assert "--format b" in rows(alone), "nothing could put two streams together"
    chosen = replace(YtDlpSettings(), format="bv*[height<=720]+ba/b")
    assert "--format bv*[height<=720]+ba/b" in rows(
        yt_dlp_words.downloading(chosen, ask(), info, generic=True, ffmpeg=False)
    )
    by_option = yt_dlp_words.downloading(replace(chosen, options=("-f", "18")), ask(), info, generic=True, ffmpeg=True)
    assert not any(row.startswith("--format") for row in rows(by_option))


def test_subtitles_are_put_into_the_video_where_something_can() -> None:
    own, info = YtDlpSettings(subtitles=("en", "de")), Path("/private/x/info.json")
    assert "--sub-langs en,de" in rows(yt_dlp_words.downloading(own, ask(), info, generic=False, ffmpeg=True))
    assert "--embed-subs" not in rows(yt_dlp_words.downloading(own, ask(), info, generic=False, ffmpeg=False))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[youtube] abc: Private video. Sign in if you've been granted access to this video. Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp", "not_found"),  # noqa: E501
        ("[youtube] abc: Video unavailable. This video has been removed by the uploader", "not_found"),
        ("[youtube] abc: Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.", "not_found"),  # noqa: E501
        ("[youtube] abc: Sign in to confirm your age. This video may be inappropriate for some users.", "forbidden"),
        ("[youtube] abc: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies", "challenge"),
        ("[youtube] abc: Join this channel to get access to members-only content like this video", "forbidden"),
        ("[youtube] abc: This live event will begin in 3 hours.", "not_yet"),
        ("[twitch:stream] abc: The channel is not currently live", "not_yet"),
        ("[bbc] abc: This video is not available from your location due to geo restriction", "legal"),
        ("[x] 1: Login required to view this", "unauthorised"),
        ("[vimeo] 1: Unable to download JSON metadata: HTTP Error 429: Too Many Requests (caused by <HTTPError 429: Too Many Requests>)", "slow_down"),  # noqa: E501
        ("[generic] nope: Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404: Not Found>)", "not_found"),
        ("[generic] x: Unable to download webpage: HTTP Error 403: Forbidden (caused by <HTTPError 403: Forbidden>)", "forbidden"),
        ("[generic] x: Unable to download webpage: HTTPSConnection(host='x', port=443): Failed to resolve 'x' ([Errno -2] Name or service not known)", "dns"),  # noqa: E501
        ("[generic] x: Unable to download webpage: [Errno 111] Connection refused (caused by TransportError)", "refused"),
        ("[generic] x: Unable to download webpage: The read operation timed out (caused by TransportError)", "timeout"),
        ("[generic] x: Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "tls"),
        ("Unable to download video: [Errno 28] No space left on device", "disk"),
        ("fragment 3 not found, unable to continue", "wrong_length"),
        ("Unsupported URL: https://site.example/watch", UNSUPPORTED),
        ("[x] 1: This video is DRM protected", "gone"),
        ("[x] 1: Requested format is not available. Use --list-formats for a list of available formats", BROKEN),
        ("[x] 1: Unable to extract uploader id; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues", BROKEN),
    ],
)  # fmt: skip
def test_its_errors_are_faults_of_ours(said: str, kind: str) -> None:
    found = yt_dlp_troubles.read(TOOL, said, ffmpeg=False)
    assert found.kind == kind, found
    assert found.words.startswith("yt-dlp: ")
    assert kind in (BROKEN, UNSUPPORTED) or kind in {str(each) for each in FailureKind}


def test_every_kind_of_its_table_is_one_that_the_judge_knows() -> None:
    kinds = {kind for _, kind, _ in yt_dlp_troubles._TABLE} - {UNSUPPORTED, "format", "extractor"}
    assert kinds <= {str(each) for each in FailureKind}


def test_what_can_be_mended_is_told_with_the_cure() -> None:
    broken = yt_dlp_troubles.read(
        TOOL, "[x] 1: Unable to extract title; please report this issue on  https://x", ffmpeg=True
    )
    assert "2026.10.26" in broken.advice
    assert "update /usr/bin/yt-dlp" in broken.advice
    assert "report this issue" not in broken.words
    unmerged = "[x] 1: Requested format is not available"
    assert "Install ffmpeg" in yt_dlp_troubles.read(TOOL, unmerged, ffmpeg=False).advice
    assert "Install ffmpeg" not in yt_dlp_troubles.read(TOOL, unmerged, ffmpeg=True).advice


def test_a_run_is_judged_by_its_first_error() -> None:
    two = b"WARNING: x\nERROR: [a] 1: HTTP Error 429: Too Many Requests\nERROR: [a] 2: Unable to extract title\n"
    found = yt_dlp_troubles.ended(TOOL, Ran(1, b"", two), ffmpeg=True)
    assert found is not None
    assert found.kind == "slow_down"
    piece = b"ERROR: \r[download] Got error: HTTP Error %s. Giving up after 3 retries\nERROR: fragment 3 not found, unable to continue\n"
    for status, kind in ((b"404: Not Found", "wrong_length"), (b"429: Too Many Requests", "slow_down")):
        found = yt_dlp_troubles.ended(TOOL, Ran(1, b"", piece % status), ffmpeg=True)
        assert found is not None
        assert found.kind == kind
    assert yt_dlp_troubles.ended(TOOL, Ran(0, b"", b"WARNING: x\n"), ffmpeg=True) is None
    ended = yt_dlp_troubles.ended(TOOL, Ran(None, b"", two, "it took longer than 60 seconds"), ffmpeg=True)
    assert ended is not None
    assert "longer than 60 seconds" in ended.words


def test_an_entry_of_its_archive_is_written_as_it_writes_it() -> None:
    assert yt_dlp_answers.archived({"extractor_key": "Youtube", "id": "abc"}) == "youtube abc"
    assert yt_dlp_answers.archived({"extractor_key": "Youtube", "id": "a\nyoutube b"}) == ""


def test_all_of_an_entry_survives_being_written_and_read() -> None:
    data = {"id": "ü", "title": 'a "b"\n'}
    assert yt_dlp_answers.entries(f"syncer-entry {json.dumps(data)}\n".encode()) == [data]
