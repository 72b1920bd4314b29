"""Units with the right paths, what is left alone once a person has changed it, and priorities for the journal."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.cli import journal
from syncer.errors import UsageError
from syncer.service import install, unit
from syncer.service.events import Event
from syncer.service.unit import Paths

HOME = Path("/home/kim")
USUAL = Paths(("/home/kim/.local/bin/syncer",), Path("/home/kim/.config/syncer/config.toml"), HOME)
TEMPLATES = Path(__file__).parents[2] / "systemd"


def _line(text: str, key: str) -> str:
    (found,) = [line for line in text.splitlines() if line.startswith(f"{key}=")]
    return found


def _as_systemd_reads(line: str, home: Path) -> list[str]:
    """Split a command line as systemd.service(5) says: quotes, C escapes, then specifiers, then variables."""
    words: list[str] = []
    for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line.partition("=")[2]):
        word = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        word = re.sub(r"%(.)", lambda found: {"h": str(home), "%": "%"}[found[1]], word)
        words.append(word.replace("$$", "$") if words else word)
    return words


@pytest.mark.parametrize("name", unit.EVERY)
def test_the_template_is_what_is_rendered_for_the_usual_paths(name: str) -> None:
    body, mark = unit.render(name, USUAL).rsplit("\n# ", 1)
    assert f"{body}\n" == (TEMPLATES / name).read_text("utf-8")
    assert mark.startswith("Written by `syncer service install`")


@pytest.mark.parametrize("name", unit.EVERY)
def test_every_line_of_a_template_has_its_reason_above(name: str) -> None:
    before = ""
    for line in (TEMPLATES / name).read_text("utf-8").splitlines():
        if "=" in line and not line.startswith(("#", "Description=")):
            assert before.startswith("# "), f"{line} has no reason"
        before = line


def test_what_the_unit_promises() -> None:
    text = (TEMPLATES / "syncer.service").read_text("utf-8")
    assert _line(text, "Type") == "Type=notify"
    assert _line(text, "Restart") == "Restart=on-failure"
    assert "78" in _line(text, "RestartPreventExitStatus").split("=")[1].split()
    assert "75" not in _line(text, "RestartPreventExitStatus")
    assert _line(text, "StartLimitIntervalSec") == "StartLimitIntervalSec=0"
    # It does nothing in a user's unit, and syncer starts without a network.
    assert not [line for line in text.splitlines() if line.startswith(("After=", "Wants="))]
    assert _line((TEMPLATES / "syncer-once.service").read_text("utf-8"), "SuccessExitStatus") == "SuccessExitStatus=75"


def test_other_paths_are_put_in() -> None:
    paths = Paths(("/opt/venv/bin/python3", "-m", "syncer"), Path("/srv/syncer/config.toml"), HOME)
    text = unit.render("syncer.service", paths)
    assert _line(text, "ExecStart") == "ExecStart=/opt/venv/bin/python3 -m syncer run --config /srv/syncer/config.toml"
    assert _line(text, "ExecReload") == (
        "ExecReload=/opt/venv/bin/python3 -m syncer reload --config /srv/syncer/config.toml"
    )
    once = unit.render("syncer-once.service", paths)
    assert _line(once, "ExecStart").endswith("-m syncer run --once --config /srv/syncer/config.toml")


def test_what_means_something_to_systemd_is_escaped() -> None:
    paths = Paths(("/opt/50% $HOME/syncer",), Path('/home/kim/a "b" $HOME\\c/%h.toml'), HOME)
    assert _line(unit.render("syncer.service", paths), "ExecStart") == (
        r'ExecStart="/opt/50%% $HOME/syncer" run --config "%h/a \"b\" $$HOME\\c/%%h.toml"'
    )


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1), st.booleans())
@example("x y", True)
@example('%h"$\\', False)
def test_systemd_reads_back_the_same_words(name: str, at_home: bool) -> None:
    program, config = "/opt/" + name, str(HOME / name) if at_home else "/" + name
    if not config.isprintable():
        return  # refused: see below
    if set(name) & {'"', "'", "\\"}:
        program = "/opt/syncer"  # systemd itself refuses such programs
    text = unit.render("syncer.service", Paths((program,), Path(config), HOME))
    for key, verb in (("ExecStart", "run"), ("ExecReload", "reload")):
        assert _as_systemd_reads(_line(text, key), HOME) == [program, verb, "--config", str(Path(config))]


@pytest.mark.parametrize("name", ["a\nExecStartPre=/bin/false", "tab\there", "bad\udcff"])
def test_a_path_that_no_unit_can_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="systemd cannot take the path"):
        unit.render("syncer.service", Paths(("/bin/syncer",), Path("/srv") / name))


@pytest.mark.parametrize("letter", ['"', "'", "\\"])
def test_a_program_that_systemd_would_not_run_is_refused(letter: str) -> None:
    with pytest.raises(UsageError, match="systemd runs no program at"):
        unit.render("syncer.service", Paths((f"/opt/a{letter}b/syncer",), USUAL.config))


def test_home_is_named_only_where_systemd_knows_the_same() -> None:
    assert unit.usable_home(HOME, HOME) == HOME
    assert unit.usable_home(Path("/tmp/other"), HOME) is None
    assert "%h" not in _line(unit.render("syncer.service", Paths(USUAL.program, USUAL.config, None)), "ExecStart")
    neighbour = Paths(USUAL.program, Path("/home/kimberly/config.toml"), HOME)
    assert _line(unit.render("syncer.service", neighbour), "ExecStart").endswith(" /home/kimberly/config.toml")


def test_folders_that_a_shell_has_moved_stay_moved() -> None:
    environ = {"XDG_STATE_HOME": "/data/my state", "XDG_CACHE_HOME": "relative", "HOME": "/home/kim"}
    assert unit.followed(environ) == {"XDG_STATE_HOME": "/data/my state"}
    text = unit.render("syncer.service", Paths(USUAL.program, USUAL.config, HOME, unit.followed(environ)))
    assert _line(text, "Environment") == 'Environment="XDG_STATE_HOME=/data/my state"'
    assert unit.is_ours(text)


def test_the_program_is_the_script_that_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "venv-3" / "syncer"
    real.parent.mkdir()
    real.touch()
    link = tmp_path / "syncer"
    link.symlink_to(real)
    assert unit.program(str(link), "/usr/bin/python3") == (str(link),), "a link outlives what it points to"
    monkeypatch.chdir(tmp_path)
    assert unit.program("./syncer", "/usr/bin/python3") == (str(link),)
    module = ("/usr/bin/python3", "-m", "syncer")
    assert unit.program("/lib/syncer/__main__.py", "/usr/bin/python3") == module


FILES = {"syncer.service": unit.render("syncer.service", USUAL)}
NEWER = {"syncer.service": unit.render("syncer.service", Paths(("/opt/syncer",), USUAL.config, HOME))}


def _tree(folder: Path) -> dict[str, object]:
    return {str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_a_unit_is_written_renewed_and_removed(tmp_path: Path) -> None:
    place = tmp_path / "systemd" / "user"
    path = place / "syncer.service"
    assert install.write(place, FILES, force=False) == {"syncer.service": "absent"}
    assert path.read_text("utf-8") == FILES["syncer.service"]
    assert path.stat().st_mode & 0o777 == 0o644
    written = path.stat().st_ino
    assert install.write(place, FILES, force=False) == {"syncer.service": "current"}
    assert path.stat().st_ino == written, "what is right is not written again"
    assert install.write(place, NEWER, force=False) == {"syncer.service": "older"}
    (place / "default.target.wants").mkdir()
    (place / "default.target.wants" / "syncer.service").symlink_to(path)
    assert install.removable(place, unit.EVERY, force=False) == ["syncer.service"]
    install.remove(place, ["syncer.service"])
    assert [str(each.relative_to(place)) for each in place.rglob("*")] == ["default.target.wants"]


def test_a_unit_that_was_changed_by_hand_is_left_alone(tmp_path: Path) -> None:
    install.write(tmp_path, FILES, force=False)
    path = tmp_path / "syncer.service"
    mine = path.read_text("utf-8").replace("RestartSec=30s", "RestartSec=5s")
    path.write_text(mine, "utf-8")
    before = _tree(tmp_path)
    with pytest.raises(UsageError, match=r"syncer\.service was changed by hand.*--force"):
        install.write(tmp_path, NEWER, force=False)
    with pytest.raises(UsageError, match="changed by hand"):
        install.removable(tmp_path, unit.EVERY, force=False)
    assert _tree(tmp_path) == before
    assert install.write(tmp_path, NEWER, force=True) == {"syncer.service": "changed"}
    assert path.read_text("utf-8") == NEWER["syncer.service"]
    assert (tmp_path / "syncer.service.old").read_text("utf-8") == mine


@pytest.mark.parametrize("kind", ["own", "empty", "masked", "link", "no text", "folder"])
def test_whatever_is_not_ours_counts_as_changed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "syncer.service"
    target = tmp_path / "dotfiles"
    target.write_text(FILES["syncer.service"], "utf-8")
    make: dict[str, Callable[[], object]] = {
        "own": lambda: path.write_text("[Service]\nExecStart=/bin/true\n"),
        "empty": path.touch,
        "masked": lambda: path.symlink_to("/dev/null"),
        "link": lambda: path.symlink_to(target),
        "no text": lambda: path.write_bytes(b"\xff\xfe"),
        "folder": path.mkdir,
    }
    make[kind]()
    assert install.state_of(path, FILES["syncer.service"]) == "changed"
    with pytest.raises(UsageError, match="changed by hand"):
        install.write(tmp_path, FILES, force=False)


def test_of_several_units_all_or_none_are_written(tmp_path: Path) -> None:
    (tmp_path / "syncer-once.timer").write_text("[Timer]\nOnCalendar=daily\n")
    files = unit.files(unit.TIMER, USUAL)
    with pytest.raises(UsageError, match=r"syncer-once\.timer"):
        install.write(tmp_path, files, force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["syncer-once.timer"]


def test_the_folder_follows_the_config_home(monkeypatch: pytest.MonkeyPatch) -> None:
    assert install.folder() == Path(os.environ["HOME"]) / ".config/systemd/user"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/data/config")
    assert install.folder() == Path("/data/config/systemd/user")


def test_the_journal_is_known_by_its_device_and_inode(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream, (tmp_path / "elsewhere").open("w") as elsewhere:
        found = os.fstat(stream.fileno())
        environ = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert journal.is_journal(stream, environ)
        assert not journal.is_journal(elsewhere, environ), "redirected by a script that a service runs"
        assert not journal.is_journal(stream, {})
    assert not journal.is_journal(io.StringIO(), environ)


@pytest.mark.parametrize(
    ("level", "mark"),
    [(logging.DEBUG, "<7>"), (logging.INFO, "<6>"), (25, "<5>"), (logging.WARNING, "<4>"), (logging.ERROR, "<3>"),
     (logging.CRITICAL, "<2>")],
)  # fmt: skip
def test_each_level_has_the_priority_of_syslog(level: int, mark: str) -> None:
    record = logging.LogRecord("syncer.x", level, __file__, 1, "one\ntwo %s", ("things",), None)
    assert journal.JournalFormatter("%(message)s").format(record) == f"{mark}one\n{mark}two things"


def test_a_traceback_has_its_priority_on_every_line() -> None:
    try:
        raise ValueError("odd")
    except ValueError:
        record = logging.LogRecord("syncer.x", logging.ERROR, __file__, 1, "it broke", (), sys.exc_info())
    lines = journal.JournalFormatter("%(message)s").format(record).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


@pytest.mark.parametrize(
    ("kind", "level"), [("delivered", "INFO"), ("failed", "WARNING"), ("page", "DEBUG"), ("notice", "Level 25")]
)
def test_events_have_levels(kind: str, level: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "syncer"):
        journal.tell(Event(kind, "http://birds.example/1.jpg", "why"))
    (record,) = caplog.records
    assert record.levelname == level
    assert record.getMessage() == f"{kind} http://birds.example/1.jpg: why"
