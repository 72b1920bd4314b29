"""Deliveries that are killed at any moment: what is in the import folder is whole, and the work can go on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from syncer.clock import SystemClock
from syncer.config.settings import ImportFolder
from syncer.deliver.place import Target

SIZE = 200_000

WORKER = f"""
import sys
from pathlib import Path
from syncer.clock import SystemClock
from syncer.config.settings import ImportFolder
from syncer.deliver.place import Target

first = int(sys.argv[2])
target = Target(ImportFolder("main", Path(sys.argv[1])), SystemClock())
target.prepare()
print("ready", flush=True)
for number in range(first, first + 100_000):
    part = target.part(number)
    part.write_bytes(bytes([number % 251]) * {SIZE})
    sidecars = ((".json", b"sidecar %d" % number),)
    target.write_part(part, sidecars).alone()
    print("staged", number, flush=True)
    target.put_sidecars(f"sub/{{number}}.jpg", sidecars, part=part)
    target.lay_media(part, f"sub/{{number}}.jpg").alone()
"""


def killed_run(folder: Path, first: int, after: int) -> list[int]:
    """Let a process deliver until it has staged `after` files and a random bit more; return the numbers that it staged."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), str(first)], stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(1 + after)]
        # A spin of random length, for the kill to fall anywhere into the next delivery.
        for _ in range(random.randrange(40_000)):
            pass
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().splitlines(keepends=True)
    return [int(line.split()[1]) for line in lines + rest if line.startswith("staged") and line.endswith("\n")]


def check_whole(folder: Path) -> set[int]:
    """Check every file of the import folder, and return the numbers of those that have no media yet."""
    lone = set()
    for file in sorted((folder / "sub").iterdir()) if (folder / "sub").exists() else []:
        number = int(file.name.split(".")[0])
        media = folder / "sub" / f"{number}.jpg"
        assert file.name in (f"{number}.jpg", f"{number}.jpg.json")
        assert (folder / "sub" / f"{number}.jpg.json").read_bytes() == b"sidecar %d" % number
        if media.exists():
            assert media.read_bytes() == bytes([number % 251]) * SIZE
        else:
            lone.add(number)
    return lone


def test_kills_leave_nothing_half_and_recovery_completes_it(tmp_path: Path) -> None:
    folder = tmp_path / "import"
    target = Target(ImportFolder("main", folder), SystemClock())
    chance = random.Random(11)
    for run in range(10):
        staged = killed_run(folder, run * 1_000, chance.randrange(1, 8))
        assert staged
        lone = check_whole(folder)
        assert len(lone) <= 1
        assert [each.name for each in folder.iterdir()] in ([], ["sub"])
        for number in staged:
            part, name, sidecars = target.part(number), f"sub/{number}.jpg", ((".json", b"sidecar %d" % number),)
            if part.exists():
                target.put_sidecars(name, sidecars, part=part)
                target.lay_media(part, name).alone()
            assert target.has_media(name, SIZE)
        assert check_whole(folder) == set()
