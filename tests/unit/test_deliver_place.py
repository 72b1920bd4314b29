"""Laying files into an import folder: in order, whole, never over anything, and what happens when the disk is not there."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncer.clock import SystemClock, VirtualClock
from syncer.config.settings import ImportFolder
from syncer.deliver import disk, moves, workfolder
from syncer.deliver.place import TakenError, Target
from syncer.deliver.twins import Twins
from syncer.errors import ConfigError, ItemError

SIDECARS = ((".json", b'{"syncer": 1}\n'),)


@dataclass(frozen=True)
class Place:
    """An import folder that is ready, and short ways to use it."""

    target: Target
    folder: Path
    work: Path

    def part(self, name: int | str = 1, content: bytes = b"media") -> Path:
        part = self.target.part(name)
        part.write_bytes(content)
        return part

    def deliver(self, path: str, name: int | str = 1, content: bytes = b"media") -> None:
        part = self.part(name, content)
        self.target.write_part(part, SIDECARS).alone()
        self.target.put_sidecars(path, SIDECARS, part=part)
        self.target.lay_media(part, path).alone()

    def files(self) -> dict[str, bytes]:
        return {
            each.relative_to(self.folder).as_posix(): each.read_bytes()
            for each in sorted(self.folder.rglob("*"))
            if each.is_file()
        }

    def leftovers(self) -> list[str]:
        return sorted(each.name for each in self.work.iterdir() if each.name != workfolder.MARKER)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    target = Target(ImportFolder("main", tmp_path / "import"), VirtualClock(time.time()))
    target.prepare()
    return Place(target, tmp_path / "import", tmp_path / ".syncer-work-import")


def test_a_delivery_leaves_media_and_sidecar_and_nothing_else(place: Place) -> None:
    place.deliver("birds_1_0.jpg")
    assert place.files() == {"birds_1_0.jpg": b"media", "birds_1_0.jpg.json": SIDECARS[0][1]}
    assert place.leftovers() == []


def test_folders_of_the_name_are_made(place: Place) -> None:
    place.deliver("birds/sky cloud/2024_1.jpg")
    place.deliver("birds/sky cloud/2024_2.jpg")
    assert sorted(place.files()) == [
        "birds/sky cloud/2024_1.jpg",
        "birds/sky cloud/2024_1.jpg.json",
        "birds/sky cloud/2024_2.jpg",
        "birds/sky cloud/2024_2.jpg.json",
    ]


def test_the_order_on_the_disk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    part = place.part()

    def note(name: str, before: object) -> object:
        def noted(*paths: Path | str | bytes) -> None:
            done.append(f"{name} {' '.join(Path(each).name for each in paths if not isinstance(each, bytes))}")
            before(*paths)  # type: ignore[operator]  # the function that it stands before

        return noted

    for module, name in (("place", "sync_file"), ("place", "sync_folder"), ("place", "write")):
        original = f"syncer.deliver.{module}.{name}"
        monkeypatch.setattr(original, note(name, getattr(workfolder, name)))
    monkeypatch.setattr(place.target._mover, "move", note("move", place.target._mover.move))
    place.target.write_part(part, SIDECARS).alone()
    place.target.put_sidecars("a.jpg", SIDECARS, part=part)
    place.target.lay_media(part, "a.jpg").alone()
    assert done == [
        "write 1.part.json",
        "sync_file 1.part",
        "sync_folder .syncer-work-import",
        "move 1.part.json a.jpg.json",
        "sync_folder import",
        "move 1.part a.jpg",
        "sync_folder import",
    ]


def test_sidecars_need_not_be_written_with_the_part(place: Place) -> None:
    part = place.part()
    place.target.write_part(part).alone()
    place.target.put_sidecars("a.jpg", SIDECARS, part=part)
    place.target.lay_media(part, "a.jpg").alone()
    assert sorted(place.files()) == ["a.jpg", "a.jpg.json"]


def test_sidecars_that_changed_since_are_written_anew(place: Place) -> None:
    part = place.part()
    place.target.write_part(part, SIDECARS).alone()
    place.target.put_sidecars("a-2.jpg", ((".json", b"other"),), part=part)
    assert place.files() == {"a-2.jpg.json": b"other"}
    assert place.leftovers() == ["1.part"]


@pytest.mark.parametrize("way", [moves.rename_no_replace, moves.link_and_unlink, moves.look_and_rename])
def test_no_way_of_moving_overwrites(tmp_path: Path, way: object) -> None:
    mover = moves.Mover((way,))  # type: ignore[arg-type]  # one of its own functions
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        mover.move(source, target)
    assert (source.read_bytes(), target.read_bytes()) == (b"new", b"old")
    target.unlink()
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        mover.move(source, target)
    target.unlink()
    mover.move(source, target)
    assert target.read_bytes() == b"new"
    assert not source.exists()
    with pytest.raises(FileNotFoundError):
        mover.move(source, tmp_path / "other")


def test_the_next_way_is_taken_where_one_is_not_known(tmp_path: Path) -> None:
    tried: list[str] = []

    def unknown(source: Path | str, target: Path | str) -> None:
        tried.append("unknown")
        raise moves.UnknownWayError(errno.EINVAL, "no")

    mover = moves.Mover((unknown, moves.link_and_unlink))
    for name in "ab":
        (tmp_path / name).write_bytes(b"x")
        mover.move(tmp_path / name, tmp_path / f"{name}2")
    assert tried == ["unknown"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a2", "b2"]


def test_media_that_stands_there_by_now_is_not_touched(place: Place) -> None:
    part = place.part()
    place.target.write_part(part, SIDECARS).alone()
    place.target.put_sidecars("a.jpg", SIDECARS, part=part)
    (place.folder / "a.jpg").write_bytes(b"the person's own")
    with pytest.raises(TakenError):
        place.target.lay_media(part, "a.jpg").alone()
    place.target.remove_sidecars("a.jpg", SIDECARS)
    assert place.files() == {"a.jpg": b"the person's own"}
    assert part.read_bytes() == b"media"


def test_a_foreign_sidecar_is_not_touched_and_ours_are_taken_back(place: Place) -> None:
    (place.folder / "a.jpg.xmp").write_bytes(b"the person's own")
    with pytest.raises(TakenError):
        place.target.put_sidecars("a.jpg", (*SIDECARS, (".xmp", b"ours")), part=place.part())
    assert place.files() == {"a.jpg.xmp": b"the person's own"}


def test_recovery_rewrites_its_own_sidecars_only(place: Place) -> None:
    part = place.part()
    place.target.put_sidecars("a.jpg", SIDECARS, part=part)
    place.target.put_sidecars("a.jpg", SIDECARS, part=part)
    newer = ((".json", b"newer"),)
    with pytest.raises(TakenError):
        place.target.put_sidecars("a.jpg", newer, part=part)
    place.target.put_sidecars("a.jpg", newer, part=part, earlier=SIDECARS)
    assert place.files() == {"a.jpg.json": b"newer"}


def test_a_crash_between_link_and_unlink_is_known(place: Place) -> None:
    part = place.part()
    (place.folder / "a.jpg").hardlink_to(part)
    place.target.lay_media(part, "a.jpg").alone()
    assert place.files() == {"a.jpg": b"media"}
    assert not part.exists()


def test_sidecars_of_a_delivery_that_was_given_up_go_unless_someone_changed_them(place: Place) -> None:
    place.target.put_sidecars("a.jpg", SIDECARS, part=place.part())
    place.target.put_sidecars("b.jpg", SIDECARS, part=place.part(2))
    (place.folder / "b.jpg.json").write_bytes(b"changed by the person")
    place.target.remove_sidecars("a.jpg", SIDECARS)
    place.target.remove_sidecars("b.jpg", SIDECARS)
    place.target.remove_sidecars("never.jpg", SIDECARS)
    assert place.files() == {"b.jpg.json": b"changed by the person"}


def test_recovery_knows_placed_media_by_its_size(place: Place) -> None:
    place.deliver("a.jpg", content=b"12345")
    assert place.target.has_media("a.jpg", 5)
    assert not place.target.has_media("a.jpg", 4)
    assert not place.target.has_media("b.jpg", 5)
    assert not place.target.has_part(place.target.part(1))
    assert place.target.has_part(place.part(2))
    (place.folder / "dir.jpg").mkdir()
    assert not place.target.has_media("dir.jpg", (place.folder / "dir.jpg").stat().st_size)


@pytest.mark.parametrize("path", ["../x.jpg", "/etc/x.jpg", "a/../../x.jpg", "", "x\0.jpg"])
def test_no_name_leads_out_of_the_folder(place: Place, path: str) -> None:
    with pytest.raises(ItemError, match="leads out"):
        place.target.put_sidecars(path, SIDECARS, part=place.part())
    with pytest.raises(ItemError, match="leads out"):
        place.target.lay_media(place.part(), path).alone()


def test_no_link_leads_out_of_the_folder(place: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (place.folder / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ItemError, match="leads out"):
        place.deliver("sub/a.jpg")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_manager_may_remove_folders_that_are_empty_for_a_moment(place: Place) -> None:
    removed: list[Path] = []

    def after_the_manager(source: object, target: object) -> None:
        folder = Path(str(target)).parent
        if len(removed) < 3:
            folder.rmdir()
            folder.parent.rmdir()
            removed.append(folder)
        moves.rename_no_replace(str(source), str(target))

    place.target._mover = moves.Mover((after_the_manager,))
    part = place.part()
    place.target.write_part(part, SIDECARS).alone()
    place.target.put_sidecars("birds/heron/a.jpg", SIDECARS, part=part)
    laid = place.target.lay_media(part, "birds/heron/a.jpg")
    assert len(removed) == 3
    assert set(place.files()) == {"birds/heron/a.jpg", "birds/heron/a.jpg.json"}
    shutil.rmtree(place.folder / "birds")
    laid.alone()  # What it took and cleared away needs no flush.
    place.folder.rename(place.folder.with_name("away"))
    place.work.rename(place.work.with_name("work away"))
    with pytest.raises(disk.AwayError):
        laid.alone()


@pytest.mark.parametrize("leads_to", ["", "nowhere", "birds"])
def test_what_lies_where_a_folder_must_be_is_no_fault_of_the_disk(place: Place, leads_to: str) -> None:
    there = place.folder / "birds"
    if leads_to:
        there.symlink_to(leads_to)
    else:
        there.write_bytes(b"of somebody else")
    if leads_to != "nowhere":
        with pytest.raises(ItemError, match=str(there)):
            place.target.exists("birds/heron/a.jpg")
    with pytest.raises(ItemError, match=str(there)) as caught:
        place.deliver("birds/heron/a.jpg")
    assert not isinstance(caught.value, disk.DiskError)
    assert "queue retry" in caught.value.advice
    assert not place.target.has_media("birds/heron/a.jpg", 5)
    place.target.remove_sidecars("birds/heron/a.jpg", SIDECARS)
    place.deliver("fish/a.jpg", 2)


def test_a_folder_that_is_closed_holds_up_its_own_files_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    there = place.folder / "birds"
    there.mkdir()
    closed = {there}
    # Root may write everywhere, so that the system's answer is given here.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) not in closed)
    refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    told = disk.in_words(refused, there / "heron" / "a.jpg", str(place.folder))
    assert not isinstance(told, disk.DiskError)
    assert str(there) in told.title
    closed.add(place.folder)
    assert isinstance(disk.in_words(refused, there / "a.jpg", str(place.folder)), disk.ReadOnlyError)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "x.part", "a" * 101])
def test_parts_have_plain_names(place: Place, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        place.target.part(name)


def test_parts_are_found_again_by_their_file_name(place: Place) -> None:
    assert place.target.part(12).name == "12.part"
    assert place.target.named_part("12.part") == place.target.part(12)


def test_a_dropped_part_takes_its_sidecars_along(place: Place) -> None:
    part, other = place.part(1), place.part(11)
    place.target.write_part(part, SIDECARS).alone()
    place.target.write_part(other, SIDECARS).alone()
    place.target.drop_part(part)
    place.target.drop_part(part)
    assert place.leftovers() == ["11.part", "11.part.json"]


@pytest.mark.parametrize("spelling", ["Sky.JPG", "SKY.png", "sky.txt", "sky", "sky.jpg.json", "sky.x.json"])
def test_any_spelling_of_a_name_on_the_disk_counts(place: Place, spelling: str) -> None:
    assert not place.target.exists("sky.jpg")
    (place.folder / spelling).write_bytes(b"x")
    place.target._clock.advance(10)  # type: ignore[attr-defined]  # it is the virtual one
    assert place.target.exists("sky.jpg")
    assert not place.target.exists("skyline.jpg")


def test_composed_letters_and_sub_folders_count(place: Place) -> None:
    (place.folder / "sub").mkdir()
    (place.folder / "sub" / "cafe\u0301.png").write_bytes(b"x")
    assert place.target.exists("sub/caf\u00e9.jpg")
    assert not place.target.exists("caf\u00e9.jpg")
    assert not place.target.exists("missing/caf\u00e9.jpg")


def test_the_same_name_is_seen_at_once_even_if_the_listing_rests(place: Place) -> None:
    assert not place.target.exists("a.jpg")
    (place.folder / "a.jpg").write_bytes(b"x")
    assert place.target.exists("a.jpg")


def test_a_large_folder_is_not_listed_for_every_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock()
    twins = Twins(clock)
    listed: list[object] = []
    original = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or original(path))  # type: ignore[func-returns-value]  # on purpose
    for number in range(100):
        assert not twins.has(str(tmp_path), f"{number}.jpg")
        (tmp_path / f"{number}.jpg").write_bytes(b"")
        os.utime(tmp_path, ns=(number, number))
    assert len(listed) == 1
    clock.advance(2)
    assert twins.has(str(tmp_path), "50.PNG")
    assert len(listed) == 2
    clock.advance(1_000)
    assert twins.has(str(tmp_path), "51.PNG")
    assert len(listed) == 2, "it was listed again though it had not changed"


def test_the_work_folder_is_private_and_the_import_folder_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        target = Target(ImportFolder("main", tmp_path / "deep" / "import"), SystemClock())
        target.prepare()
        Place(target, tmp_path, tmp_path).deliver("sub/a.jpg")
    finally:
        os.umask(before)

    def mode(path: str) -> int:
        return stat.S_IMODE((tmp_path / "deep" / path).stat().st_mode)

    assert mode(".syncer-work-import") == 0o700
    assert (mode("import"), mode("import/sub")) == (0o750, 0o750)
    assert (mode("import/sub/a.jpg"), mode("import/sub/a.jpg.json")) == (0o640, 0o640)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to any group")
def test_a_shared_import_folder_gives_its_group_to_all_that_comes(tmp_path: Path) -> None:
    shared = tmp_path / "import"
    shared.mkdir()
    os.chown(shared, -1, 4242)
    shared.chmod(0o2775)
    target = Target(ImportFolder("main", shared), SystemClock())
    target.prepare()
    Place(target, shared, tmp_path).deliver("sub/a.jpg")
    assert {path.stat().st_gid for path in shared.rglob("*")} == {4242}
    assert stat.S_IMODE((tmp_path / ".syncer-work-import").stat().st_mode) == 0o2700


def test_prepare_leaves_nothing_in_the_import_folder_and_can_be_repeated(place: Place) -> None:
    first = place.target.prepare()
    assert len(first) == 32
    assert place.target.prepare(first) == first
    assert place.target.is_there()
    assert list(place.folder.iterdir()) == []
    assert [each.name for each in place.work.iterdir()] == [workfolder.MARKER]


def test_a_linked_import_folder_has_its_work_folder_beside_the_real_one(tmp_path: Path) -> None:
    (tmp_path / "disk" / "import").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "import")
    target = Target(ImportFolder("main", tmp_path / "link"), SystemClock())
    target.prepare()
    assert (tmp_path / "disk" / ".syncer-work-import" / workfolder.MARKER).exists()


def test_a_drive_that_is_away_is_not_an_empty_folder(place: Place, tmp_path: Path) -> None:
    known = place.target.prepare()
    away = tmp_path / "away"
    away.mkdir()
    place.work.rename(away / "work")
    place.folder.rename(away / "import")
    assert not place.target.is_there()
    with pytest.raises(disk.AwayError, match="is away"):
        place.target.prepare(known)
    for path in ("a.jpg", "sub/a.jpg"):
        with pytest.raises(disk.AwayError):
            place.target.put_sidecars(path, SIDECARS, part=place.work / "1.part")
        with pytest.raises(disk.AwayError):
            place.target.lay_media(place.work / "1.part", path).alone()
    with pytest.raises(disk.AwayError):
        place.target.has_media("a.jpg", 5)
    with pytest.raises(disk.AwayError):
        place.target.has_part(place.work / "1.part")
    assert not place.folder.exists()
    (away / "work").rename(place.work)
    (away / "import").rename(place.folder)
    assert place.target.prepare(known) == known


def test_a_folder_without_the_marker_is_an_empty_mount_point(place: Place) -> None:
    (place.work / workfolder.MARKER).unlink()
    place.folder.rename(place.folder.with_name("away"))
    place.folder.mkdir()
    assert not place.target.is_there()
    assert "another folder than before at" in str(place.target.away())
    assert f"mkdir -p '{place.folder}' '{place.work}'" in place.target.away().advice


def test_a_work_folder_that_somebody_deleted_is_made_again_beside_its_import_folder(place: Place) -> None:
    known = place.target.prepare()
    made = place.target.part(1)
    assert place.target.lasts_since(time.time() + 1)
    shutil.rmtree(place.work)
    assert place.target.is_there()
    assert stat.S_IMODE(place.work.stat().st_mode) == 0o700
    assert place.target.prepare(known) == known, "the same folder to the next start"
    place.deliver("a.jpg", 1)
    assert "a.jpg" in place.files()
    assert not made.exists()
    assert not place.target.lasts_since(0.0), "what was staged before may have been lost"


def test_where_both_folders_or_their_drive_are_gone_the_cause_and_the_cure_are_told(tmp_path: Path) -> None:
    disk_ = tmp_path / "disk"
    target = Target(ImportFolder("main", disk_ / "import"), SystemClock())
    target.prepare()
    shutil.rmtree(disk_ / "import")
    shutil.rmtree(disk_ / ".syncer-work-import")
    assert not target.is_there()
    assert "There is no folder any more at" in str(target.away())
    assert "then start syncer again" in target.away().advice
    disk_.rename(tmp_path / "away")
    disk_.mkdir()
    assert not target.is_there()
    assert target.away().title == f"The drive of {disk_ / 'import'} is away"
    assert list(disk_.iterdir()) == [], "nothing is written into an empty mount point"


def test_the_person_begins_anew_by_making_the_work_folder(place: Place) -> None:
    known = place.target.prepare()
    (place.work / workfolder.MARKER).unlink()
    place.work.rmdir()
    with pytest.raises(disk.AwayError) as caught:
        place.target.prepare(known)
    assert f"mkdir '{place.work}'" in caught.value.advice
    place.work.mkdir()
    assert place.target.prepare(known) not in ("", known)


def test_another_drive_at_the_same_place_is_noticed(place: Place) -> None:
    with pytest.raises(disk.AwayError, match="Another drive"):
        place.target.prepare("0" * 32)


def test_an_import_folder_that_is_gone_is_waited_for_and_made_again_at_the_next_start(place: Place) -> None:
    """It may have been moved for a while: in the place of a new one it could not be put back."""
    known = place.target.prepare()
    place.folder.rename(place.folder.with_name("away"))
    assert not place.target.is_there()
    assert f"mkdir -p '{place.folder}'; syncer goes on by itself" in place.target.away().advice
    place.folder.with_name("away").rename(place.folder)
    assert place.target.is_there()
    place.folder.rmdir()
    assert not place.target.is_there()
    assert place.target.prepare(known) == known
    assert place.target.is_there()


def test_folders_that_can_never_work_are_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / ".syncer-work-linked").symlink_to(tmp_path)
    for path, words in (
        (tmp_path / "file", "is a file"),
        (Path("/"), "root"),
        (tmp_path / "linked", "not syncer's own"),
    ):
        with pytest.raises(ConfigError) as caught:
            Target(ImportFolder("main", path), SystemClock()).prepare()
        assert words in caught.value.title
        assert caught.value.advice


def test_a_mount_of_its_own_is_refused_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    target = Target(ImportFolder("main", tmp_path / "import"), SystemClock())
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        with pytest.raises(ConfigError) as caught:
            target.prepare()
    assert "a mount of its own" in caught.value.title
    assert f"path = '{tmp_path / 'import' / 'import'}'" in caught.value.advice
    assert list((tmp_path / ".syncer-work-import").iterdir()) == []


@pytest.mark.parametrize(("number", "works"), [(errno.EINVAL, True), (errno.EOPNOTSUPP, True), (errno.EIO, False)])
def test_a_share_that_cannot_flush_folders_takes_files_all_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch, number: int, works: bool
) -> None:
    flushed = os.fsync

    def as_a_share(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        flushed(descriptor)

    monkeypatch.setattr("os.fsync", as_a_share)
    if works:
        place.target.prepare()
        place.deliver("birds/a.jpg")
        assert set(place.files()) == {"birds/a.jpg", "birds/a.jpg.json"}
    else:
        with pytest.raises(disk.BrokenError):
            place.deliver("birds/a.jpg")


def test_the_part_that_vanished_is_the_files_fault_not_the_drives(place: Place) -> None:
    with pytest.raises(ItemError, match="has vanished"):
        place.target.lay_media(place.work / "9.part", "a.jpg").alone()


def test_times_are_set_but_never_to_come(place: Place) -> None:
    part = place.part()
    place.target.set_times(part, 1_000_000)
    assert part.stat().st_mtime == 1_000_000
    place.target.set_times(part, -5)
    assert part.stat().st_mtime == 0
    place.target.set_times(part, 10.0**12)
    assert part.stat().st_mtime == pytest.approx(time.time(), abs=60)


def test_a_share_that_takes_no_times_takes_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr("os.utime", refuse)
    place.target.set_times(place.part(), 1_000_000)


def test_old_parts_are_swept_but_known_ones_and_the_marker_stay(place: Place) -> None:
    for name in ("1", "2", "3"):
        place.target.write_part(place.part(name), SIDECARS).alone()
    (place.work / "folder").mkdir()
    for file in place.work.iterdir():
        if not file.name.startswith("3"):
            os.utime(file, (0, 0))
    removed = place.target.sweep({"1.part"})
    assert sorted(removed) == ["2.part", "2.part.json"]
    assert place.leftovers() == ["1.part", "1.part.json", "3.part", "3.part.json", "folder"]
    assert place.target.is_there()


def test_free_space_and_name_limit_are_those_of_the_disk(place: Place) -> None:
    assert place.target.free_space() > 0
    assert place.target.name_limit() == 223


@pytest.mark.parametrize(
    ("number", "cause", "words"),
    [
        (errno.ENOSPC, disk.FullError, "no space left"),
        (errno.EDQUOT, disk.FullError, "quota"),
        (errno.EROFS, disk.ReadOnlyError, "cannot be written"),
        (errno.EACCES, disk.ReadOnlyError, "cannot be written"),
        (errno.EIO, disk.BrokenError, "disk failed"),
        (errno.ESTALE, disk.AwayError, "away"),
        (errno.ENOTCONN, disk.AwayError, "away"),
        (errno.ENAMETOOLONG, ItemError, "no name as long"),
        (errno.EFBIG, ItemError, "no file as large"),
        (errno.EBUSY, disk.DiskError, "cannot be written"),
    ],
)
def test_what_the_system_says_becomes_words_and_a_cure(number: int, cause: type[Exception], words: str) -> None:
    with pytest.raises(cause) as caught, disk.errors(Path("/mnt/usb/import")):
        raise OSError(number, os.strerror(number))
    assert words in str(caught.value)
    assert "/mnt/usb/import" in str(caught.value)
    assert getattr(caught.value, "advice", "")


def test_many_threads_deliver_at_once_and_one_of_two_gets_the_name(place: Place) -> None:
    outcomes: list[str] = []

    def work(number: int) -> None:
        part = place.part(number, f"media {number}".encode())
        sidecars = ((".json", f"sidecar {number}".encode()),)
        place.target.write_part(part, sidecars).alone()
        try:
            place.target.put_sidecars(f"{number // 2}.jpg", sidecars, part=part)
            place.target.lay_media(part, f"{number // 2}.jpg").alone()
            outcomes.append("placed")
        except TakenError:
            outcomes.append("taken")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["placed"] * 12 + ["taken"] * 12
    files = place.files()
    assert len(files) == 24
    for number in range(12):
        media, sidecar = files[f"{number}.jpg"].split(), files[f"{number}.jpg.json"].split()
        assert media[1] == sidecar[1]


def test_all_of_the_flushing_costs_little(place: Place) -> None:
    for number in range(3):
        place.deliver(f"warm{number}.jpg")
    costs = []
    for number in range(20):
        part = place.part(number, b"x" * 28_000)
        started = time.process_time()
        place.target.write_part(part, SIDECARS).alone()
        assert not place.target.exists(f"{number}.jpg")
        place.target.put_sidecars(f"{number}.jpg", SIDECARS, part=part)
        place.target.lay_media(part, f"{number}.jpg").alone()
        costs.append(time.process_time() - started)
    assert min(costs) < 0.006  # a busy machine takes three times as long


def test_a_part_is_dropped_while_others_write_theirs(place: Place) -> None:
    class Busy(str):
        """A name at which another thread comes in between."""

        __slots__ = ()

        def startswith(self, *_: object) -> bool:
            place.target.write_part(place.part(len(place.leftovers()) + 100), SIDECARS)
            return False

    place.target._ready[Busy("another")] = b""
    part = place.part(1)
    place.target.write_part(part, SIDECARS)
    place.target.drop_part(part)
    assert not [name for name in place.leftovers() if name.startswith("1.")]


def test_a_folder_for_each_post_is_not_kept_for_ever(place: Place) -> None:
    for number in range(200):
        place.deliver(f"{number}/1.png", number, str(number).encode())
    assert len(place.files()) == 400
    assert len(place.target._flushes) <= 64
