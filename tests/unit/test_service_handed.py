"""URLs as they are handed over: pieces of listings, and files that only a program can fetch."""

from __future__ import annotations

from itertools import accumulate, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import ItemError
from syncer.service import handed
from syncer.service.handed import Piece


@given(st.sampled_from(["gallery-dl", "yt-dlp"]), st.integers(1, 10**8), st.integers(1, 10**8))
def test_a_piece_is_read_as_it_is_written(program: str, first: int, last: int) -> None:
    piece = Piece(program, "http://a.example/x?y=1", first, last)
    assert handed.piece(str(piece)) == piece


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x", "https://a.example/x#handover=other:1-2", "https://a.example/#handover=yt-dlp:0-2", "x"],
)
def test_any_other_url_is_none(url: str) -> None:
    assert handed.piece(url) is None


def test_pieces_follow_each_other_without_a_hole_and_grow() -> None:
    pieces = list(
        accumulate(repeat(None, 20), lambda piece, _: piece.next, initial=Piece("yt-dlp", "https://a.example/"))
    )
    assert [later.first for later in pieces[1:]] == [piece.last + 1 for piece in pieces[:-1]]
    sizes = [piece.last - piece.first + 1 for piece in pieces]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (50, 400)
    assert sum(sizes[:5]) < 400, "the look further down that a query takes now and then is no long one"


def test_a_query_must_be_a_url() -> None:
    assert (
        str(handed.start("gallery-dl", " https://a.example/ö#part "))
        == "https://a.example/%C3%B6#handover=gallery-dl:1-50"
    )
    with pytest.raises(ItemError, match="is given URLs"):
        handed.start("gallery-dl", "blue sky")


@pytest.mark.parametrize(
    ("url", "program", "plain"),
    [
        ("handover:gallery-dl:ytdl:https://a.example/v.m3u8", "gallery-dl", "https://a.example/v.m3u8"),
        ("handover:yt-dlp:https://a.example/w?v=1", "yt-dlp", "https://a.example/w?v=1"),
    ],
)
def test_a_file_for_a_program_names_both_and_waits_at_its_own_host(url: str, program: str, plain: str) -> None:
    found = handed.file(url)
    assert found is not None
    assert (found.program, found.plain, handed.on_the_net(url)) == (program, plain, plain)
    assert handed.file(plain) is None
    assert handed.on_the_net(plain) == plain


@pytest.mark.parametrize(
    ("url", "shown", "opened"),
    [
        (str(Piece("gallery-dl", "https://a.example/x")), "posts 1 to 50 of https://a.example/x, by gallery-dl", "https://a.example/x"),
        ("handover:gallery-dl:ytdl:https://a.example/v", "https://a.example/v, by gallery-dl", "https://a.example/v"),
        ("handover:yt-dlp:item=2:https://a.example/w", "video 2 of https://a.example/w, by yt-dlp", "https://a.example/w"),
        ("https://a.example/x#part", "https://a.example/x#part", "https://a.example/x#part"),
        ("a name", "a name", "a name"),
    ],
)  # fmt: skip
def test_people_read_what_a_form_of_our_own_stands_for(url: str, shown: str, opened: str) -> None:
    assert (handed.shown(url), handed.on_the_net(url)) == (shown, opened)
