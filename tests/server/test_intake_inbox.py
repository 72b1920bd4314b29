"""The inbox on a real disk: what is seen, what is left alone, and files that change, vanish or are hostile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.clock import VirtualClock
from syncer.errors import ServiceError
from syncer.intake.inbox import Inbox
from syncer.intake.linkfile import MAX_BYTES, LinkFile, read
from syncer.intake.seen import BlockedError, ChangedError, RefusedError, Seen, VanishedError

DATA = b"https://birds.example/1\n"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def inbox(tmp_path: Path, clock: VirtualClock) -> Inbox:
    box = Inbox(tmp_path / "inbox", clock)
    box.prepare()
    return box


def _drop(inbox: Inbox, name: str, data: bytes = DATA) -> Path:
    path = inbox.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _one(inbox: Inbox) -> Seen:
    (seen,) = inbox.scan().seen
    return seen


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_new_inbox_has_its_folders_and_nothing_else(inbox: Inbox) -> None:
    assert sorted(path.name for path in inbox.root.iterdir()) == ["done", "failed"]
    assert _tree(inbox.root) == {}
    inbox.prepare()


def test_an_inbox_that_cannot_be_used_says_so_with_a_cure(tmp_path: Path, clock: VirtualClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="cannot be used") as caught:
        Inbox(tmp_path / "file" / "inbox", clock).prepare()
    assert "[folders] inbox" in caught.value.advice


def test_files_are_seen_with_their_labels_and_the_rest_is_left_alone(inbox: Inbox) -> None:
    names = ["a.txt", "favourites/b.url", "favourites/birds/c.list", "picture.jpg"]
    left = [".hidden.txt", "x.txt.part", "done/d.txt", "failed/e.txt", ".stversions/f.txt", "birds/.git/g.txt"]
    for name in (*names, *left):
        _drop(inbox, name)
    scan = inbox.scan()
    assert [(str(seen.path.relative_to(inbox.root)), seen.label) for seen in scan.seen] == [
        ("a.txt", ""),
        ("favourites/b.url", "favourites"),
        ("favourites/birds/c.list", "favourites/birds"),
        ("picture.jpg", ""),
    ]
    assert scan.problems == ()
    assert not scan.gone
    assert scan.seen[0].identity.size == len(DATA)


def test_links_and_pipes_are_told_and_not_taken(inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(DATA)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.txt").write_bytes(DATA)
    (inbox.root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inbox.root / "label").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(inbox.root / "pipe.txt")
    scan = inbox.scan()
    assert scan.seen == ()
    assert {problem.path.name: problem.why for problem in scan.problems} == {
        "link.txt": "is a symbolic link: put the file itself here",
        "label": "is a symbolic link: put the file itself here",
        "pipe.txt": "is not a regular file",
    }


def test_too_many_folders_within_folders_are_not_looked_into(inbox: Inbox) -> None:
    _drop(inbox, "/".join("d" * 17) + "/a.txt")
    scan = inbox.scan()
    assert scan.seen == ()
    assert "folders deep" in scan.problems[0].why


def test_an_inbox_that_is_gone_is_not_an_empty_one(inbox: Inbox) -> None:
    for name in ("done", "failed"):
        (inbox.root / name).rmdir()
    inbox.root.rmdir()
    assert inbox.scan().gone
    _drop(inbox, "a.txt")
    seen = _one(inbox)
    assert inbox.finish(seen, "queued\n") == inbox.root / "done" / "a.txt"


def test_moved_in_linked_in_and_renamed_files_are_seen(inbox: Inbox, tmp_path: Path) -> None:
    for name in ("moved", "linked", "folder/inside"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(DATA)
    (tmp_path / "moved").rename(inbox.root / "moved.txt")
    os.link(tmp_path / "linked", inbox.root / "linked.txt")
    (tmp_path / "folder").rename(inbox.root / "folder")
    _drop(inbox, "slow.txt.filepart").rename(inbox.root / "slow.txt")
    assert [seen.path.name for seen in inbox.scan().seen] == ["inside", "linked.txt", "moved.txt", "slow.txt"]


def test_a_file_is_read_with_its_hash(inbox: Inbox) -> None:
    _drop(inbox, "a.txt")
    content = inbox.read(_one(inbox))
    assert content.data == DATA
    assert content.sha256 == hashlib.sha256(DATA).hexdigest()


def test_a_name_that_is_no_text_is_read_and_moved(inbox: Inbox) -> None:
    raw = os.fsencode(inbox.root) + b"/caf\xe9\n.txt"
    Path(os.fsdecode(raw)).write_bytes(DATA)
    seen = _one(inbox)
    assert inbox.read(seen).data == DATA
    inbox.finish(seen, "queued\n")
    assert sorted(os.fsencode(path.name) for path in (inbox.root / "done").iterdir()) == [
        b"caf\xe9\n.txt",
        b"caf\xe9\n.txt.result.txt",
    ]


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _replace(path: Path) -> None:
    path.rename(path.with_name(".old"))
    path.write_bytes(DATA)


def _become_a_link(path: Path) -> None:
    path.rename(path.with_name(".old"))
    path.symlink_to(path.with_name(".old"))


def _become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("change", [_grow, _replace, _become_a_pipe])
@pytest.mark.parametrize("act", ["read", "finish", "fail"])
def test_a_file_that_changed_since_it_was_seen_is_neither_read_nor_moved(
    inbox: Inbox, act: str, change: Callable[[Path], None]
) -> None:
    path = _drop(inbox, "a.txt")
    seen = _one(inbox)
    change(path)
    with pytest.raises(ChangedError):
        _act(inbox, act, seen)
    assert path.exists()
    assert _tree(inbox.root / "done") == {}
    assert _tree(inbox.root / "failed") == {}


def _act(inbox: Inbox, act: str, seen: Seen) -> None:
    actions: dict[str, Callable[[], object]] = {
        "read": lambda: inbox.read(seen),
        "finish": lambda: inbox.finish(seen, "x"),
        "fail": lambda: inbox.fail(seen, "x"),
    }
    actions[act]()


def test_a_file_that_became_a_link_is_not_followed(inbox: Inbox) -> None:
    path = _drop(inbox, "a.txt")
    seen = _one(inbox)
    _become_a_link(path)
    with pytest.raises(BlockedError):
        inbox.read(seen)
    with pytest.raises(ChangedError):
        inbox.finish(seen, "x")


@pytest.mark.parametrize("act", ["read", "finish", "fail"])
def test_a_file_that_vanished_says_so(inbox: Inbox, act: str) -> None:
    path = _drop(inbox, "a.txt")
    seen = _one(inbox)
    path.unlink()
    with pytest.raises(VanishedError):
        _act(inbox, act, seen)
    assert _tree(inbox.root) == {}


def test_a_file_that_is_too_large_is_refused_before_it_is_read(inbox: Inbox) -> None:
    path = _drop(inbox, "a.txt")
    os.truncate(path, MAX_BYTES + 1)
    seen = _one(inbox)
    with pytest.raises(RefusedError, match="10 MB"):
        inbox.read(seen)
    inbox.fail(seen, "larger than 10 MB\n")
    assert (inbox.root / "failed" / "a.txt").stat().st_size == MAX_BYTES + 1


def test_ten_thousand_files_are_seen(inbox: Inbox) -> None:
    for number in range(10_000):
        (inbox.root / f"{number:05}.url").touch()
    assert len(inbox.scan().seen) == 10_000


def test_from_the_dropped_file_to_its_lines(inbox: Inbox) -> None:
    _drop(inbox, "favourites/a.url", "[InternetShortcut]\r\nURL=https://birds.example/1\r\n".encode("utf-16"))
    seen = _one(inbox)
    found: LinkFile = read(seen.path.name, inbox.read(seen).data)
    assert [line.url for line in found.lines] == ["https://birds.example/1"]
