"""The text that a post without files becomes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncer.deliver import note_file
from syncer.model import Note, Post


def test_title_notes_and_url_stand_in_blocks() -> None:
    post = Post(url="https://a.example/9", title=" A\nday ", notes=(Note("text", "First.\r\nSecond."),))
    assert note_file.render(post) == b"A day\n\nFirst.\nSecond.\n\nhttps://a.example/9\n"
    told_by_id = Post(site="board", id="7", notes=(Note("text", "Yes."),))
    assert note_file.render(told_by_id) == b"Yes.\n\nboard 7\n"
    two = Post(url="https://a.example/9", notes=(Note("text", "One."), Note("more", "Two.")))
    assert note_file.render(two) == b"text\nOne.\n\nmore\nTwo.\n\nhttps://a.example/9\n"
    assert note_file.render(Post(title="alone", notes=(Note("text", " \n"),))) == b""


@given(st.text(), st.text(min_size=1), st.text())
def test_what_comes_from_the_net_makes_plain_lines(title: str, text: str, url: str) -> None:
    data = note_file.render(Post(title=title, url=url, notes=(Note("n", text),))).decode("utf-8")
    assert not {*map(chr, range(32)), "\x7f", "\u2028"} - {"\n", "\t"} & set(data)
    assert data == "" or (data.endswith("\n") and not data.endswith("\n\n"))
