"""Putting files away on a real disk: names taken, full disks, a crash in between, slow writers, and what is kept how long."""

from __future__ import annotations

import errno
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
from syncer.intake.linkfile import read
from syncer.intake.seen import BlockedError, ChangedError, Seen

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


def _act(inbox: Inbox, act: str, seen: Seen) -> None:
    actions: dict[str, Callable[[], object]] = {
        "read": lambda: inbox.read(seen),
        "finish": lambda: inbox.finish(seen, "x"),
        "fail": lambda: inbox.fail(seen, "x"),
    }
    actions[act]()


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


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


def test_done_is_kept_for_hours_where_that_is_wanted(inbox: Inbox, clock: VirtualClock) -> None:
    _drop(inbox, "a.txt")
    target = inbox.finish(_one(inbox), "1: queued\n")
    clock.set(target.stat().st_ctime + 11 * 3_600)
    assert inbox.clean_done(12 * 3_600) == 0
    clock.set(target.stat().st_ctime + 13 * 3_600)
    assert inbox.clean_done(12 * 3_600) == 2


def test_done_is_kept_thirty_days(inbox: Inbox, clock: VirtualClock) -> None:
    _drop(inbox, "favourites/old.txt")
    os.utime(inbox.root / "favourites/old.txt", (1, 1))
    target = inbox.finish(_one(inbox), "1: queued\n")
    _drop(inbox, "failed/kept.txt")
    arrived = target.stat().st_ctime
    clock.set(arrived + 29 * 86_400)
    assert inbox.clean_done(30 * 86_400) == 0
    clock.set(arrived + 31 * 86_400)
    assert inbox.clean_done(0) == 0
    assert inbox.clean_done(30 * 86_400) == 2
    assert _tree(inbox.root) == {"failed/kept.txt": DATA}
    assert (inbox.root / "done").is_dir()
    assert not (inbox.root / "done" / "favourites").exists()


def test_cleaning_leaves_alone_what_links_lead_to(inbox: Inbox, tmp_path: Path, clock: VirtualClock) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious.txt").write_bytes(DATA)
    (inbox.root / "done" / "link").symlink_to(tmp_path / "elsewhere")
    clock.advance(10**9)
    assert inbox.clean_done(30 * 86_400) == 0
    assert (tmp_path / "elsewhere" / "precious.txt").exists()


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
