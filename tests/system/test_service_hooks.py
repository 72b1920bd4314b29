"""A program of one's own after each delivered file: once for each, in nobody's way, told of when it fails, and never for ever."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer import app
from syncer.clock import SystemClock
from syncer.model import Tag
from syncer.service import hooks as hooks_module
from syncer.service import requests_job, wish
from syncer.service.loop import Loop
from syncer.service.programs import Program
from syncer.store import hooks
from tests.system.conftest import Place

NOTES_ALL = """
import json, os, sys
from pathlib import Path
told = {key: value for key, value in os.environ.items() if key.startswith("SYNCER_")}
there = [Path(path).exists() for path in [told["SYNCER_FILE"], *told["SYNCER_SIDECARS"].splitlines()]]
with open("../ran.jsonl", "a") as file:
    file.write(json.dumps({"arguments": sys.argv[1:], "told": told, "there": there}) + "\\n")
"""


def hooked(place: Place, script: str, *arguments: str, limit: str = "30 s") -> str:
    """Return a config in which a Python script is the hook of the folder `other`."""
    path = place.folder / "hook.py"
    path.write_text(script, "utf-8")
    place.options = '[options]\ntypes = ["image"]\nimport_folder = "other"'
    hook = json.dumps([sys.executable, str(path), *arguments])
    return f"""
        [import_folders.other]
        path = "other"
        profile = "hydrus"
        hook = {hook}
        hook_timeout = "{limit}"
    """


def posts(place: Place, number: int) -> None:
    for _ in range(number):
        place.world.add((Tag("", "twin"),), 1_619_630_409)


def delivered(place: Place) -> list[str]:
    return sorted(path.name for path in (place.folder / "other").glob("*.png"))


def ran(place: Place) -> list[dict[str, Any]]:
    path = place.folder / "ran.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def waiting(loop: Loop) -> hooks.Waiting | None:
    with loop.runtime.db.read() as tx:
        return hooks.first(tx)


def test_it_is_run_once_for_each_file_and_told_what_came(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("SYNCER_")]:
        monkeypatch.delenv(name)
    posts(place, 2)
    more = hooked(place, NOTES_ALL, "--at", "{path}", "$HOME; rm *")
    with place.runner(more=more) as loop:
        place.get(loop, "demoapi: twin")
        place.get(loop, "demoapi: twin")
        assert waiting(loop) is None
    with place.runner(more=more) as loop:
        loop.run_until(lambda: False)
    runs = ran(place)
    assert len(runs) == len(delivered(place)) == 2
    for run in runs:
        path = Path(run["told"]["SYNCER_FILE"])
        assert run["arguments"] == ["--at", str(path), "$HOME; rm *"]
        assert run["there"] == [True, True]
        data = path.read_bytes()
        assert run["told"] == {
            "SYNCER_FILE": str(path),
            "SYNCER_SIDECARS": f"{path}.json",
            "SYNCER_IMPORT_FOLDER": "other",
            "SYNCER_SHA256": hashlib.sha256(data).hexdigest(),
            "SYNCER_MD5": hashlib.md5(data).hexdigest(),
            "SYNCER_SIZE": str(len(data)),
            "SYNCER_TYPE": "image/png",
        }


FAILS = """
import sys
print("one")
print("\\x1b[31mno room\\x07", file=sys.stderr)
sys.exit(3)
"""


def test_a_failure_is_told_once_and_the_files_are_delivered(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    posts(place, 3)
    with caplog.at_level(logging.INFO, "syncer"), place.runner(more=hooked(place, FAILS)) as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
        assert waiting(loop) is None
    assert len(delivered(place)) == 3
    (told,) = place.words("notice").splitlines()
    assert told.endswith("the hook of other failed: it ended with 3: [31mno room. The file itself is delivered")
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count("hook of other: one") == lines.count("hook of other: [31mno room") == 3


@pytest.mark.parametrize(
    ("script", "limit", "words"),
    [
        ("import time; time.sleep(50)", "300 ms", "it took longer than 0.3 seconds and was ended"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "30 s", "it was ended by signal 15"),
    ],
)
def test_what_does_not_end_well_is_told(place: Place, script: str, limit: str, words: str) -> None:
    posts(place, 1)
    with place.runner(more=hooked(place, script, limit=limit)) as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    assert words in place.words("notice")


def test_a_program_that_is_not_there_is_told(place: Place) -> None:
    posts(place, 1)
    more = hooked(place, "").replace(sys.executable, "~/no/such/program")
    with place.runner(more=more) as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    told = place.words("notice")
    assert "it cannot be run (" in told
    assert f"{Path.home()}/no/such/program" in told


class PowerCut(BaseException):
    """The machine stops here."""


def test_what_a_crash_cut_off_is_run_once_more_and_not_for_ever(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    posts(place, 1)
    more = hooked(place, NOTES_ALL)

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(Program, "run", cut)
        with pytest.raises(PowerCut), place.runner(more=more) as loop:
            place.get(loop, "demoapi: twin")
    with place.runner(more=more) as loop:
        assert waiting(loop) is None
        assert len(ran(place)) == 1
    posts(place, 1)
    with monkeypatch.context() as patched:
        patched.setattr(Program, "run", cut)
        with pytest.raises(PowerCut), place.runner(more=more) as loop:
            place.get(loop, "demoapi: twin")
        with pytest.raises(PowerCut), place.runner(more=more):
            pass
    with place.runner(more=more) as loop:
        assert waiting(loop) is None
    assert len(ran(place)) == 1
    assert "syncer ended twice while it ran; it is not run again" in place.words("notice")
    assert len(delivered(place)) == 2


def test_a_hook_that_is_taken_out_of_the_config_is_not_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    posts(place, 1)
    more = hooked(place, NOTES_ALL)
    monkeypatch.setattr(hooks_module.Hooks, "note", lambda _: None)
    with place.runner(more=more) as loop:
        place.get(loop, "demoapi: twin")
        assert waiting(loop) is not None
    monkeypatch.undo()
    with place.runner(more=more.partition("hook =")[0]) as loop:
        assert waiting(loop) is None
    assert ran(place) == []


@contextmanager
def in_threads(place: Place, more: str) -> Iterator[Loop]:
    """Run as the service does: jobs and hooks in threads, on the real clock."""
    wanted = app.Wanted(inbox=False, checks=False)
    with app.runner(place.config(more), wanted, clock=SystemClock(), tell=place.events.append) as loop:
        yield loop


WAITS_FOR_OTHERS = """
import pathlib, time
until = time.monotonic() + 20
while len(list(pathlib.Path().glob("*.png"))) < 4 and time.monotonic() < until:
    time.sleep(0.02)
with open("../ran.jsonl", "a") as file:
    file.write(str(len(list(pathlib.Path().glob("*.png")))) + "\\n")
"""


def test_it_never_holds_up_a_delivery_and_a_short_run_waits_for_it(place: Place) -> None:
    posts(place, 4)
    with in_threads(place, hooked(place, WAITS_FOR_OTHERS)) as loop:
        answer = requests_job.get(loop.runtime, {"text": "x", "site": "demoapi", "query": "twin"})
        loop.run_until(lambda: not wish.is_open(loop.runtime.db, answer["entry"]))
        assert waiting(loop) is None
    assert (place.folder / "ran.jsonl").read_text("utf-8").split() == ["4"] * 4, (
        "the first one saw that the others came while it ran"
    )


ENDLESS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open("../ran.jsonl", "a") as file:
    file.write(f"[{os.getpid()}, {child.pid}]\\n")
time.sleep(60)
"""


def is_alive(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_stop_ends_it_with_all_that_it_started_and_it_is_run_at_the_next_start(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks_module, "GRACE", 0.2)
    posts(place, 1)
    more = hooked(place, ENDLESS)
    with in_threads(place, more) as loop:
        requests_job.get(loop.runtime, {"text": "x", "site": "demoapi", "query": "twin"})
        until = time.monotonic() + 20
        while not ran(place) and time.monotonic() < until:
            loop.turn()
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    processes = json.loads((place.folder / "ran.jsonl").read_text("utf-8"))
    assert not any(map(is_alive, processes))
    hooked(place, NOTES_ALL)
    with in_threads(place, more) as loop:
        loop.run_until(lambda: waiting(loop) is None)
    assert len(ran(place)) == 2
