"""Running other programs: bounded, ended as a group, told what little they need; real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from syncer.handover.base import Limits, Ran
from syncer.handover.run import Runs

ROOM = Limits(seconds=30.0, files=50, bytes=10_000_000)


def run(folder: Path, code: str, limits: Limits = ROOM, **more: int) -> Ran:
    return Runs(time.monotonic).run((sys.executable, "-I", "-c", code), folder, limits, **more)  # type: ignore[arg-type]  # most alone


def test_a_program_is_told_nothing_of_our_environment_and_lives_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "hunter2")
    monkeypatch.setenv("HTTP_PROXY", "http://elsewhere.example:1")
    ran = run(
        tmp_path, "import os, sys; print(os.getcwd()); print(os.environ['HOME']); print(dict(os.environ)); sys.exit(3)"
    )
    cwd, home, rest = ran.out.decode().splitlines()
    assert (ran.code, ran.fault, cwd, home) == (3, "", str(tmp_path), str(tmp_path))
    assert "hunter2" not in rest
    assert "elsewhere" not in rest


@pytest.mark.parametrize(
    ("code", "limits", "words"),
    [
        ("import time; time.sleep(60)", Limits(0.2, 50, 10_000), "longer than 0.2 seconds"),
        ("open('a', 'wb').write(bytes(20_000))", Limits(30, 50, 10_000), "more than 10,000 bytes"),
        ("[open(str(i), 'w') for i in range(9)]", Limits(30, 5, 10_000), "more than 5 files"),
        ("while True: print('x' * 1000)", Limits(30, 5, 10_000), "more than can be read"),
    ],
)
def test_a_program_that_takes_too_much_is_ended_with_the_reason(
    tmp_path: Path, code: str, limits: Limits, words: str
) -> None:
    ran = run(tmp_path, code, limits, most=5_000)
    assert ran.code is None
    assert words in ran.fault
    assert len(ran.out) <= 5_000


def test_a_stop_ends_a_program_with_its_children_and_none_begins_any_more(tmp_path: Path) -> None:
    runs = Runs(time.monotonic)
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, file=sys.stderr, flush=True); time.sleep(60)\n"
    )
    told: list[str] = []
    begun = threading.Event()

    def line(text: str) -> None:
        told.append(text)
        begun.set()

    found: list[Ran] = []
    thread = threading.Thread(
        target=lambda: found.append(runs.run((sys.executable, "-I", "-c", code), tmp_path, ROOM, line=line))
    )
    thread.start()
    assert begun.wait(20)
    runs.stop()
    thread.join(20)
    assert found[0].stopped
    with pytest.raises(ProcessLookupError):
        _still_runs(int(told[0]))
    assert runs.run((sys.executable, "-c", "print(1)"), tmp_path, ROOM).stopped


def _still_runs(pid: int) -> None:
    """Raise ProcessLookupError once a process is gone, or is only waited for by no one."""
    for _ in range(50):
        os.kill(pid, 0)
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            raise ProcessLookupError
        time.sleep(0.02)


OURSELVES = """
import sys, time
from pathlib import Path
from syncer.handover.base import Limits
from syncer.handover.run import Runs
code = "import os, sys, time; print(os.getpid(), file=sys.stderr, flush=True); time.sleep(60)"
run = Runs(time.monotonic).run
run((sys.executable, "-I", "-c", code), Path(sys.argv[1]), Limits(60, 9, 9999), line=lambda line: print(line, flush=True))
"""


@pytest.mark.skipif(
    shutil.which("setpriv") is None, reason="only util-linux has the program that ties the one to the other"
)
def test_a_kill_of_ours_ends_the_program_too(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OURSELVES, str(tmp_path)], stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        pid = int(ours.stdout.readline())
        ours.kill()
        ours.wait()
    with pytest.raises(ProcessLookupError):
        _still_runs(pid)


def test_a_program_that_is_not_there_is_a_fault_in_words(tmp_path: Path) -> None:
    ran = Runs(time.monotonic).run((str(tmp_path / "nothing"),), tmp_path, ROOM)
    assert ran.code is None
    assert "cannot be run" in ran.fault
