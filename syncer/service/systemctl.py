"""Asks systemd's user manager by its own command; where there is none, the answer says so in words.

Here, because everything else about units is files. The command line uses it, through `install` or directly.
"""

from __future__ import annotations

import shutil
import subprocess

from syncer.errors import cause
from syncer.frozen import frozen

PATIENCE = 60
"""Seconds for one call; to stop a service may take its whole TimeoutStopSec."""
SHOWN = ("LoadState", "UnitFileState", "ActiveState", "SubState", "Result", "StatusText", "MainPID", "ExecMainStatus",
         "NRestarts", "NeedDaemonReload", "FragmentPath")  # fmt: skip


@frozen
class Answer:
    """What a call said; `text` is its output, or why there is none."""

    ok: bool
    text: str


def call(*words: str) -> Answer:
    """Run `systemctl --user` with these words. Never raises."""
    program = shutil.which("systemctl")
    if program is None:
        return Answer(False, "there is no systemctl on this machine")
    try:
        # S603: the words are constants and names of our own units.
        done = subprocess.run(  # noqa: S603
            [program, "--user", *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Answer(False, f"systemctl did not answer within {PATIENCE} seconds")
    except OSError as error:
        return Answer(False, f"systemctl could not be asked: {cause(error)}")
    if done.returncode == 0:
        return Answer(True, done.stdout)
    said = (done.stderr or done.stdout).strip().splitlines()
    return Answer(False, said[0] if said else f"systemctl ended with {done.returncode}")


def show(unit: str) -> dict[str, str] | str:
    """Return what systemd knows of a unit; a text where it cannot be asked. Changes nothing."""
    answer = call("show", unit, *(f"--property={name}" for name in SHOWN))
    if not answer.ok:
        return answer.text
    return dict(line.split("=", 1) for line in answer.text.splitlines() if "=" in line)
