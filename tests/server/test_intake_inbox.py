"""The inbox on a real disk: files that move, grow, vanish or are hostile, full disks, names taken, a crash in between."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.clock import VirtualClock
from syncer.errors import ServiceError
from syncer.intake.inbox import FailedLine, Inbox
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


def test_links_pipes_and_folders_with_a_meaning_are_told_and_not_taken(inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(DATA)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.txt").write_bytes(DATA)
    (inbox.root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inbox.root / "label").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(inbox.root / "pipe.txt")
    _drop(inbox, "again/a.txt")
    _drop(inbox, "follow/b.txt")
    scan = inbox.scan()
    assert scan.seen == ()
    assert {problem.path.name: problem.why for problem in scan.problems} == {
        "link.txt": "is a symbolic link: put the file itself here",
        "label": "is a symbolic link: put the file itself here",
        "pipe.txt": "is not a regular file",
        "a.txt": "`again/` is not served yet: what is in it waits",
        "b.txt": "`follow/` is not served yet: what is in it waits",
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


def test_a_finished_file_lies_in_done_with_its_result(inbox: Inbox) -> None:
    _drop(inbox, "favourites/birds/a.txt")
    target = inbox.finish(_one(inbox), "1: queued\n")
    assert target == inbox.root / "done/favourites/birds/a.txt"
    assert _tree(inbox.root) == {
        "done/favourites/birds/a.txt": DATA,
        "done/favourites/birds/a.txt.result.txt": b"1: queued\n",
    }
    assert stat.S_IMODE(target.with_name("a.txt.result.txt").stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_unusable_file_lies_in_failed_with_the_reason(inbox: Inbox) -> None:
    _drop(inbox, "a.url", b"words")
    inbox.fail(_one(inbox), "no link in it\n")
    assert _tree(inbox.root) == {"failed/a.url": b"words", "failed/a.url.reason.txt": b"no link in it\n"}


def test_nothing_in_done_is_ever_overwritten(inbox: Inbox) -> None:
    for number in range(3):
        _drop(inbox, "a.txt", b"%d" % number)
        inbox.finish(_one(inbox), f"result {number}\n")
    (inbox.root / "done" / "b.txt.result.txt").write_text("someone's\n")
    _drop(inbox, "b.txt")
    inbox.finish(_one(inbox), "result b\n")
    assert _tree(inbox.root / "done") == {
        "a.txt": b"0",
        "a.txt.result.txt": b"result 0\n",
        "a (1).txt": b"1",
        "a (1).txt.result.txt": b"result 1\n",
        "a (2).txt": b"2",
        "a (2).txt.result.txt": b"result 2\n",
        "b (1).txt": DATA,
        "b (1).txt.result.txt": b"result b\n",
        "b.txt.result.txt": b"someone's\n",
    }


def test_what_a_crash_left_half_done_is_used_again(inbox: Inbox) -> None:
    (inbox.root / "done" / "a.txt").write_bytes(b"")
    (inbox.root / "done" / "a.txt.result.txt").write_bytes(b"1: queued\n")
    _drop(inbox, "a.txt")
    inbox.finish(_one(inbox), "1: queued\n")
    assert _tree(inbox.root) == {"done/a.txt": DATA, "done/a.txt.result.txt": b"1: queued\n"}


@pytest.mark.parametrize(
    "name", ["x" * 251 + ".txt", "鷺" * 83 + ".txt", "🐦" * 62 + "a.txt", ".".join("a" * 127) + "t"]
)
def test_names_as_long_as_the_disk_allows_are_put_away_with_their_results(inbox: Inbox, name: str) -> None:
    _drop(inbox, name)
    seen = _one(inbox)
    inbox.finish(seen, "1: queued\n")
    assert sorted(_tree(inbox.root).values()) == [b"1: queued\n", DATA]


@pytest.mark.parametrize("name", ["done", "failed"])
def test_a_folder_that_leads_elsewhere_is_not_written_to(inbox: Inbox, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (inbox.root / name).rmdir()
    (inbox.root / name).symlink_to(tmp_path / "elsewhere")
    path = _drop(inbox, "a.txt")
    with pytest.raises(BlockedError, match="symbolic link"):
        _act(inbox, "finish" if name == "done" else "fail", _one(inbox))
    with pytest.raises(ServiceError):
        inbox.prepare()
    assert path.read_bytes() == DATA
    assert list((tmp_path / "elsewhere").iterdir()) == []


class FullDisk:
    """Makes the n-th writing call on the disk fail, as a full or failing disk would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call: str, code: int) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise OSError(code, os.strerror(code))

        owner = Path if call in ("rename", "replace") else os
        monkeypatch.setattr(owner, call, fail)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("call", ["open", "fsync", "replace", "rename"])
@pytest.mark.parametrize("act", ["finish", "fail"])
def test_a_full_disk_loses_nothing_and_the_next_try_works(inbox: Inbox, call: str, code: int, act: str) -> None:
    _drop(inbox, "a.txt")
    seen = _one(inbox)
    with pytest.MonkeyPatch.context() as patch:
        FullDisk(patch, call, code)
        with pytest.raises(BlockedError, match="cannot be read or moved now"):
            _act(inbox, act, seen)
    assert _tree(inbox.root) == {"a.txt": DATA}
    _act(inbox, act, seen)
    assert len(_tree(inbox.root)) == 2


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_failed_lines_that_cannot_be_written_leave_no_half_file(inbox: Inbox, call: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        FullDisk(patch, call, errno.ENOSPC)
        with pytest.raises(BlockedError, match="No space left"):
            inbox.write_failed("a.txt", "", [FailedLine("https://birds.example/1", "404")])
    assert all(not data for data in _tree(inbox.root).values())
    path = inbox.write_failed("a.txt", "", [FailedLine("https://birds.example/1", "404")])
    assert path.read_bytes() == b"# 404\nhttps://birds.example/1\n"


def test_a_file_from_another_mount_is_copied_whole_and_then_removed(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def other_mount(self: Path, target: Path) -> Path:
        if self.parent.name == "mounted":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", other_mount)
    _drop(inbox, "mounted/a.txt")
    inbox.finish(_one(inbox), "1: queued\n")
    assert _tree(inbox.root) == {"done/mounted/a.txt": DATA, "done/mounted/a.txt.result.txt": b"1: queued\n"}


def test_a_writer_that_went_on_after_a_long_pause_gets_its_file_back(inbox: Inbox, clock: VirtualClock) -> None:
    path = _drop(inbox, "favourites/a.txt")
    with path.open("ab") as writer:
        inbox.finish(_one(inbox), "1: queued\n")
        clock.advance(300)
        assert inbox.scan().seen == ()
        writer.write(b"https://birds.example/2\n")
    seen = _one(inbox)
    assert (seen.path, seen.label) == (path, "favourites")
    assert inbox.read(seen).data == DATA + b"https://birds.example/2\n"
    inbox.finish(seen, "2: queued\n")
    assert inbox.scan().seen == ()


def test_a_file_that_someone_edits_much_later_stays_in_done(inbox: Inbox, clock: VirtualClock) -> None:
    _drop(inbox, "a.txt")
    target = inbox.finish(_one(inbox), "1: queued\n")
    clock.advance(601)
    inbox.scan()
    _grow(target)
    assert inbox.scan().seen == ()


def test_a_file_that_is_written_to_while_it_is_moved_comes_back(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _drop(inbox, "a.txt")
    seen = _one(inbox)
    rename, first = Path.rename, [True]

    def slow(self: Path, target: Path) -> Path:
        if first.pop() if first else False:
            _grow(self)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", slow)
    with pytest.raises(ChangedError, match="while it was put away"):
        inbox.finish(seen, "1: queued\n")
    assert path.read_bytes() == DATA + b"more"
    assert _one(inbox).path == path


def test_failed_lines_are_ready_to_be_dropped_again(inbox: Inbox) -> None:
    lines = [
        FailedLine("https://birds.example/1", "404 Not Found:\nit is gone"),
        FailedLine("safebooru: sky cloud", "no such site\r\n# really"),
    ]
    path = inbox.write_failed("my links.url", "favourites", lines)
    assert path == inbox.root / "failed/favourites/my links.txt"
    assert path.read_text() == (
        "# 404 Not Found: it is gone\nhttps://birds.example/1\n# no such site # really\nsafebooru: sky cloud\n"
    )
    again = read(path.name, path.read_bytes())
    assert [(line.url, line.site, line.query) for line in again.lines] == [
        ("https://birds.example/1", "", ""),
        ("", "safebooru", "sky cloud"),
    ]
    assert inbox.write_failed("my links.url", "favourites", lines).name == "my links (1).txt"


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/evil.txt", "..", ""])
@pytest.mark.parametrize("label", ["", "..", "../..", "/etc", "a/../../b"])
def test_failed_lines_stay_inside_the_inbox(inbox: Inbox, name: str, label: str) -> None:
    path = inbox.write_failed(name, label, [FailedLine("https://birds.example/1", "404")])
    assert path.resolve().is_relative_to(inbox.root / "failed")


def test_done_is_kept_thirty_days(inbox: Inbox, clock: VirtualClock) -> None:
    _drop(inbox, "favourites/old.txt")
    os.utime(inbox.root / "favourites/old.txt", (1, 1))
    target = inbox.finish(_one(inbox), "1: queued\n")
    _drop(inbox, "failed/kept.txt")
    arrived = target.stat().st_ctime
    clock.set(arrived + 29 * 86_400)
    assert inbox.clean_done(30) == 0
    clock.set(arrived + 31 * 86_400)
    assert inbox.clean_done(0) == 0
    assert inbox.clean_done(30) == 2
    assert _tree(inbox.root) == {"failed/kept.txt": DATA}
    assert (inbox.root / "done").is_dir()
    assert not (inbox.root / "done" / "favourites").exists()


def test_cleaning_leaves_alone_what_links_lead_to(inbox: Inbox, tmp_path: Path, clock: VirtualClock) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious.txt").write_bytes(DATA)
    (inbox.root / "done" / "link").symlink_to(tmp_path / "elsewhere")
    clock.advance(10**9)
    assert inbox.clean_done(30) == 0
    assert (tmp_path / "elsewhere" / "precious.txt").exists()


def test_ten_thousand_files_are_seen(inbox: Inbox) -> None:
    for number in range(10_000):
        (inbox.root / f"{number:05}.url").touch()
    assert len(inbox.scan().seen) == 10_000


@given(st.lists(st.tuples(st.sampled_from(["a.txt", "b.url", "A.txt", "a (1).txt", "sub/a.txt"]), st.binary(min_size=1, max_size=5),
                          st.sampled_from(["finish", "fail", "leave", "crash"])), max_size=12))  # fmt: skip
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_dropped_under_the_same_names_all_of_it_is_still_there(
    tmp_path_factory: pytest.TempPathFactory, drops: list[tuple[str, bytes, str]]
) -> None:
    inbox = Inbox(tmp_path_factory.mktemp("inbox"), VirtualClock())
    inbox.prepare()
    expected: list[bytes] = []
    for name, data, act in drops:
        if (inbox.root / name).exists():
            continue
        _drop(inbox, name, data)
        expected.append(data)
        (seen,) = (seen for seen in inbox.scan().seen if seen.path == inbox.root / name)
        if act == "crash":
            with pytest.MonkeyPatch.context() as patch:
                FullDisk(patch, "rename", errno.EIO)
                with pytest.raises(BlockedError):
                    inbox.finish(seen, "x" * 9)
        elif act != "leave":
            _act(inbox, act, seen)
    found = [data for name, data in _tree(inbox.root).items() if not name.endswith((".result.txt", ".reason.txt"))]
    assert sorted(found) == sorted(expected)


def test_from_the_dropped_file_to_its_lines(inbox: Inbox) -> None:
    _drop(inbox, "favourites/a.url", "[InternetShortcut]\r\nURL=https://birds.example/1\r\n".encode("utf-16"))
    seen = _one(inbox)
    found: LinkFile = read(seen.path.name, inbox.read(seen).data)
    assert [line.url for line in found.lines] == ["https://birds.example/1"]
