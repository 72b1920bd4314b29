"""Which names in the inbox are none of ours, what folders mean, and how a name is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.intake.mounts import polled_parts
from syncer.intake.names import Place, ignored, meaning, place, printable, suffix


@pytest.mark.parametrize(
    "name",
    [
        "a.txt.part", "a.txt.filepart", "a.txt.crdownload", "a.TMP", "a.txt~", ".a.txt.swp", ".#a.txt", "#a.txt#",
        ".stfolder", ".stversions", ".syncthing.a.txt.tmp", "~syncthing~a.txt.tmp", "._a.url", ".DS_Store", ".hidden.txt",
        "Thumbs.db", "desktop.ini", "~$links.txt", "a.txt.sb-1234abcd-Ab12Cd", ".nfs000001", "@eaDir", "a.url.partial",
        "a.txt.download", ".~lock.a.txt#", "a.bak", "a\n.txt~",
    ],
)  # fmt: skip
def test_names_of_editors_sync_tools_and_downloads_are_none_of_ours(name: str) -> None:
    assert ignored(name)


@pytest.mark.parametrize(
    "name",
    [
        "a.txt",
        "a.url",
        "A.LIST",
        "tmp.txt",
        "part",
        "a~b.txt",
        "#1 birds.txt",
        "a b.webloc",
        "links",
        "x.sync-conflict.txt",
    ],
)
def test_other_names_are_looked_at(name: str) -> None:
    assert ignored(name) is None


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ((), Place()),
        (("favourites",), Place("favourites")),
        (("favourites", "birds"), Place("favourites/birds")),
        (("favourites", "done"), Place("favourites/done")),
        (("done",), Place(ignored=True)),
        (("failed", "favourites"), Place(ignored=True)),
        (("Done",), Place(ignored=True)),
        ((".stversions", "birds"), Place(ignored=True)),
        (("birds", ".git"), Place(ignored=True)),
    ],
)
def test_folders_are_labels_unless_they_have_a_meaning(folders: tuple[str, ...], expected: Place) -> None:
    assert place(folders) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("", ("", "")),
        ("favourites/birds", ("", "favourites/birds")),
        ("again", ("again", "")),
        ("Again/favourites/birds", ("again", "favourites/birds")),
        ("follow", ("follow", "")),
        ("FOLLOW/landscapes", ("follow", "landscapes")),
        ("birds/follow", ("", "birds/follow")),
        ("followers", ("", "followers")),
    ],
)
def test_two_folders_say_what_is_to_be_done(label: str, expected: tuple[str, str]) -> None:
    assert meaning(label) == expected
    assert place(tuple(label.split("/")) if label else ()) == Place(label)


@pytest.mark.parametrize(
    ("name", "end"), [("a.TXT", "txt"), ("a.b.url", "url"), ("a", ""), (".url", ""), ("a.", ""), ("", "")]
)
def test_the_end_of_a_name(name: str, end: str) -> None:
    assert suffix(name) == end


@given(st.binary(min_size=1, max_size=40))
def test_any_name_can_be_shown(raw: bytes) -> None:
    name = raw.decode("utf-8", "surrogateescape")
    shown = printable(name)
    shown.encode("utf-8")
    assert shown.isprintable() or "\ufffd" in shown
    ignored(name)


_MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
nas:/share /srv/nas nfs4 rw 0 0
/dev/sdb1 /srv/nas/local ext4 rw 0 0
ann@host:/x /home/ann/inbox/far\\040away fuse.sshfs rw 0 0
/dev/sdc1 /home/ann/inbox/stick fuseblk rw 0 0
//nas/y /home/ann/inbox/win cifs rw 0 0
portal /run/user/1000/doc fuse.portal rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("root", "parts"),
    [
        ("/home/ann/other", ()),
        ("/home/ann/inbox", ("/home/ann/inbox/far away", "/home/ann/inbox/win")),
        ("/srv/nas/inbox", ("/srv/nas/inbox",)),
        ("/srv/nas", ("/srv/nas",)),
        ("/srv/nas/local/inbox", ()),
        ("/srv/nasty", ()),
        ("/home/ann/inbox/win/deep", ("/home/ann/inbox/win/deep",)),
    ],
)
def test_network_mounts_are_polled_and_only_they(root: str, parts: tuple[str, ...]) -> None:
    assert polled_parts(root, _MOUNTS) == parts


def test_without_a_list_of_mounts_nothing_is_polled() -> None:
    assert polled_parts("/home/ann/inbox", "") == ()
