"""Disks that are full, read-only or of their own, for real: small ones made in a namespace of the test's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = """
set -eu
mkdir -p {base}/mount
mount -t tmpfs -o size=512k none {base}/mount
mkdir {base}/mount/disk
exec {python} -c "$1"
"""

BODY = """
import json, subprocess, sys
from pathlib import Path
from syncer.clock import SystemClock
from syncer.config.settings import ImportFolder
from syncer.deliver.place import Target
from syncer.deliver import pressure
from syncer.together import Wait

base = Path({base!r})
def target(path):
    return Target(ImportFolder("main", base / "mount" / path), SystemClock())
def outcome(call, *args, **more):
    try:
        done = call(*args, **more)
        if isinstance(done, Wait):
            done.alone()
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["fine", ""]
def files():
    return sorted(str(each.relative_to(base / "mount")) for each in (base / "mount").rglob("*") if each.is_file())
"""

FULL = """
full = target("disk/import")
full.prepare()
part = full.part(1)
part.write_bytes(b"m" * 100_000)
sidecars = ((".json", b"j" * 200_000),)
filler = base / "mount" / "filler"
with filler.open("wb", buffering=0) as file:
    try:
        while True:
            file.write(b"f" * 4096)
    except OSError:
        pass
before = files()
said = outcome(full.write_part, part, sidecars)
held = pressure.judge(full.free_space(), 1024 * 1024, holding=False).hold
placed = outcome(full.lay_sidecars, "a.jpg", sidecars, part=part)
after = [name for name in files() if name.startswith("disk/import/")]
filler.unlink()
again = [outcome(full.write_part, part, sidecars), outcome(full.lay_sidecars, "a.jpg", sidecars, part=part)]
again.append(outcome(full.lay_media, part, "a.jpg"))
print(json.dumps([said, held, placed, after, again, [name for name in files() if name.startswith("disk/import/")]]))
"""

READ_ONLY = """
closed = target("disk/import")
known = closed.prepare()
part = closed.part(1)
part.write_bytes(b"media")
subprocess.run(["mount", "-o", "remount,ro", str(base / "mount")], check=True)
print(json.dumps([outcome(closed.lay_sidecars, "a.jpg", ((".json", b"x"),), part=part), outcome(closed.lay_media, part, "a.jpg"),
    outcome(closed.prepare, known), closed.is_there()]))
"""

OWN_MOUNT = """
print(json.dumps([outcome(target(".").prepare), outcome(target("import").prepare)]))
"""

MOUNTED_IN = """
whole = target("disk/import")
whole.prepare()
(base / "mount/disk/import/birds").mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", str(base / "mount/disk/import/birds")], check=True)
parts = [whole.part(1), whole.part(2)]
for part in parts:
    part.write_bytes(b"media")
print(json.dumps([outcome(whole.lay_sidecars, "birds/a.jpg", ((".json", b"x"),), part=parts[0]),
    outcome(whole.lay_media, parts[0], "birds/a.jpg"), outcome(whole.lay_media, parts[1], "fish/a.jpg")]))
"""

GONE = """
gone = target("disk/import")
known = gone.prepare()
part = gone.part(1)
part.write_bytes(b"media")
subprocess.run(["umount", "-l", str(base / "mount")], check=True)
placed = outcome(gone.lay_sidecars, "a.jpg", ((".json", b"x"),), part=part)
print(json.dumps([gone.is_there(), placed, outcome(gone.lay_media, part, "a.jpg"),
    outcome(gone.prepare, known), files()]))
"""


def in_namespace(base: Path, body: str) -> list[object]:
    """Run Python code as root of a namespace in which `base/mount` is a disk of 512 KB; return the JSON that it prints."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*command, "mount -t tmpfs none /mnt"], check=False).returncode
    ):
        pytest.skip("namespaces of one's own are not allowed here, so no small disk can be made")
    script = SETUP.format(base=base, python=sys.executable)
    code = BODY.format(base=str(base)) + body
    done = subprocess.run([*command, script, "sh", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def test_a_full_disk_leaves_nothing_half_and_the_same_delivery_works_later(tmp_path: Path) -> None:
    said, held, placed, after, again, end = in_namespace(tmp_path, FULL)
    assert isinstance(said, list)
    assert said[0] == "FullError"
    assert "Free some space" in said[1]
    assert held is True
    assert isinstance(placed, list)
    assert placed[0] == "FullError"
    assert after == []
    assert again == [["fine", ""]] * 3
    assert end == ["disk/import/a.jpg", "disk/import/a.jpg.json"]


def test_a_read_only_disk_is_said_to_be_so(tmp_path: Path) -> None:
    sidecars, media, prepared, there = in_namespace(tmp_path, READ_ONLY)
    for outcome in (sidecars, media, prepared):
        assert isinstance(outcome, list)
        assert outcome[0] == "ReadOnlyError"
    assert there is True


def test_a_mount_of_its_own_is_refused_and_its_sub_folder_works(tmp_path: Path) -> None:
    mount, inside = in_namespace(tmp_path, OWN_MOUNT)
    assert isinstance(mount, list)
    assert mount[0] == "ConfigError"
    assert "Use a sub-folder of the mount" in mount[1]
    assert inside == ["fine", ""]


def test_a_disk_mounted_inside_holds_up_its_own_files_alone(tmp_path: Path) -> None:
    sidecar, media, other = in_namespace(tmp_path, MOUNTED_IN)
    for outcome in (sidecar, media):
        assert isinstance(outcome, list)
        assert outcome[0] == "ItemError"
        assert "import/birds is on another disk" in outcome[1]
    assert other == ["fine", ""]


def test_an_unmounted_drive_is_away_and_nothing_is_written_into_its_mount_point(tmp_path: Path) -> None:
    there, sidecars, media, prepared, left = in_namespace(tmp_path, GONE)
    assert there is False
    for outcome in (sidecars, media, prepared):
        assert isinstance(outcome, list)
        assert outcome[0] == "AwayError"
    assert left == []
