"""What systemd is told by a real `syncer run`, over a real datagram socket; units that systemd itself has looked at.

Where a user manager runs (`systemctl --user`), the service is run by it, too, as a passing unit that leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.demo import house
from syncer.demo.house import House
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.service import unit
from syncer.service.notify import Notify
from tests.system.processes import FOLDERS

SYNCER = (sys.executable, "-m", "syncer")
SOON = 20.0
"""Seconds for what takes one: a process that starts on a busy machine."""

CONFIG = (
    FOLDERS
    + """\
[pressure]
free_space = "0 KB"
[network]
allow = ["{address}"]
[site.demo]
root = "{root}"
[site.demoapi]
root = "{root}"
[site.demoboard]
root = "{root}"
{bandwidth}
"""
)


class Listener:
    """The other end of the protocol: what systemd would receive."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def next(self, timeout: float = SOON) -> dict[str, str]:
        """Return the fields of the next message; TimeoutError if none comes."""
        self._socket.settimeout(timeout)
        lines = self._socket.recv(65536).decode("utf-8").split("\n")
        return dict(line.split("=", 1) for line in lines)

    def until(self, field: str) -> dict[str, str]:
        """Return the next message that has a field."""
        end = time.monotonic() + SOON
        while field not in (message := self.next(max(0.01, end - time.monotonic()))):
            pass
        return message

    def nothing(self) -> bool:
        """Tell whether nothing has come."""
        try:
            self.next(0.01)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listener]:
    found = Listener(f"@syncer-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify"))
    yield found
    found.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Listener]:
    found = Listener(str(tmp_path / "notify"))
    yield found
    found.close()


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=5, posts=12, tiny=True)) as site:
        yield site


@pytest.fixture
def place(tmp_path: Path, site: LocalSite) -> House:
    folder = tmp_path / "a house"
    folder.mkdir()
    return house.prepare(folder, site.root, links=False, config=CONFIG)


@contextmanager
def _service(place: House, ear: Listener, **more: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*SYNCER, "run", "--config", str(place.config)],
        env={**os.environ, "NOTIFY_SOCKET": ear.address, **more},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _ended(process: subprocess.Popen[str]) -> str:
    """Wait for the process to end well; return what it wrote."""
    output, _ = process.communicate(timeout=SOON)
    assert process.returncode == 0, output
    return output


# The protocol itself


def test_messages_arrive_as_lines(listener: Listener) -> None:
    assert Notify(listener.address).send(READY=1, STATUS="idle")
    assert listener.next() == {"READY": "1", "STATUS": "idle"}


def test_a_name_from_the_net_begins_no_field_of_its_own(ear: Listener) -> None:
    Notify(ear.address).send(STATUS="landscapes: lake\nSTOPPING=1\r\nMAINPID=1\x1b[31m\udcff")
    assert ear.next() == {"STATUS": "landscapes: lake STOPPING=1  MAINPID=1 [31m "}
    Notify(ear.address).send(STATUS="x" * 100_000)
    assert len(ear.next()["STATUS"]) == 400


def test_the_address_leaves_the_environment(ear: Listener) -> None:
    environ = {"NOTIFY_SOCKET": ear.address, "HOME": "/"}
    assert Notify.from_environment(environ).wanted
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize("address", ["", "relative/notify", "vsock:2:1234"])
def test_without_a_socket_nothing_is_sent(address: str) -> None:
    assert not Notify(address).wanted
    assert not Notify(address).send(READY=1)


def test_a_listener_that_is_away_stops_nothing(tmp_path: Path) -> None:
    assert not Notify(str(tmp_path / "away")).send(READY=1)
    assert not Notify("/" + "x" * 200).send(READY=1), "too long for a socket's address"


# A real service


def _watches(pid: int, folder: Path) -> bool:
    """Tell by the kernel's own list whether a process gets events of a folder."""
    wanted = f"ino:{folder.stat().st_ino:x} "
    return any(wanted in each.read_text() for each in Path(f"/proc/{pid}/fdinfo").iterdir() if each.exists())


def test_ready_when_the_lock_is_held_and_the_inbox_is_watched(listener: Listener, place: House) -> None:
    with _service(place, listener) as process:
        first = listener.next()
        assert first["READY"] == "1", "the first word is READY, and nothing comes before it"
        assert first["STATUS"].startswith("idle")
        assert _watches(process.pid, place.inbox)
        assert (place.state / "lock").read_text().strip() == str(process.pid)
        process.terminate()
        begun = time.monotonic()
        assert listener.until("STOPPING")["STOPPING"] == "1"
        _ended(process)
        assert time.monotonic() - begun < 10


def test_an_event_brings_a_link_in_and_the_status_tells(ear: Listener, place: House, site: LocalSite) -> None:
    with _service(place, ear) as process:
        ear.until("READY")
        site.misbehave("/media/8.png", "silent")
        (place.inbox / "birds.txt").write_text(f"{site.root}/media/8.png\n", "utf-8")
        while "running 1 job" not in (status := ear.until("STATUS")["STATUS"]):
            pass
        address = site.root.removeprefix("http://")
        assert status.startswith(f"running 1 job ({address})")
        assert "/media/" not in status, "lanes, not URLs: they may hold secrets"
        begun = time.monotonic()
        process.terminate()
        ear.until("STOPPING")
        _ended(process)
        # A transfer that hangs does not keep it from ending in time.
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize(("text", "code"), [("nonsense = 1\n", 78), (None, 78)], ids=["not valid", "not there"])
def test_a_bad_config_is_never_ready_and_ends_with_78(ear: Listener, place: House, text: str | None, code: int) -> None:
    if text is None:
        place.config.unlink()
    else:
        place.config.write_text(text, "utf-8")
    with _service(place, ear) as process:
        process.communicate(timeout=SOON)
        assert process.returncode == code
        assert ear.nothing()


def test_the_second_service_is_never_ready_and_ends_with_75(ear: Listener, place: House) -> None:
    with _service(place, ear):
        ear.until("READY")
        with _service(place, ear) as second:
            output, _ = second.communicate(timeout=SOON)
        assert second.returncode == 75, output
        assert "another syncer runs with this state folder" in output
        assert ear.nothing()


def test_sighup_reads_the_config_again(ear: Listener, place: House) -> None:
    with _service(place, ear) as process:
        ear.until("READY")
        before = time.monotonic_ns() // 1000
        process.send_signal(signal.SIGHUP)
        reloading = ear.until("RELOADING")
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        assert ear.next()["READY"] == "1"
        place.config.write_text(place.config.read_text("utf-8") + "nonsense = 1\n", "utf-8")
        process.send_signal(signal.SIGHUP)
        ear.until("RELOADING")
        assert ear.next()["READY"] == "1", "the last good config is in force"
        process.terminate()
        output = _ended(process)
        assert "read again: 0 new follows" in output
        assert "nonsense" in output
        assert "the last good one stays in force" in output


def test_the_reload_of_the_unit_waits_for_its_end_and_says_how_it_went(ear: Listener, place: House) -> None:
    line = re.search(r"^ExecReload=(.*)$", unit.render("syncer.service", unit.Paths(tuple(SYNCER), place.config)), re.M)
    assert line is not None

    def reload(*more: str) -> tuple[int, str]:
        done = subprocess.run([*shlex.split(line[1]), *more], capture_output=True, text=True, timeout=SOON, check=False)
        return done.returncode, done.stdout + done.stderr

    good = place.config.read_text("utf-8")
    queries = ", ".join(f'"word_{number}"' for number in range(7))
    with _service(place, ear) as process:
        ear.until("READY")
        place.config.write_text(
            f'{good}[[subscriptions]]\nname = "a"\nsite = "demo"\nqueries = [{queries}]\npaused = true\n', "utf-8"
        )
        code, words = reload()
        # The service may have seen the edit by itself just before.
        assert code == 0
        assert re.fullmatch(r"read again: [07] new follows, 0 retired\n", words), words
        assert int(ear.until("RELOADING")["MONOTONIC_USEC"]) > 0
        assert ear.next()["READY"] == "1"
        place.config.write_text(good + "nonsense = 1\n", "utf-8")
        code, words = reload()
        assert (code, "nonsense: unknown key" in words) == (78, True)
        told = subprocess.run(
            [*SYNCER, "status", "--config", str(place.config)], capture_output=True, text=True, timeout=SOON, check=True
        ).stdout
        assert told.startswith("syncer runs")
        assert "the last good one stays in force" in told
        assert told.count("nonsense: unknown key") == 1
        place.config.write_text(good, "utf-8")
        code, words = reload()
        assert (code, words) == (
            78,
            "syncer: it would retire 7 of 7 queries. If that is meant: `syncer reload --yes`\n",
        )
        assert reload("--yes") == (0, "read again: 0 new follows, 7 retired\n")
        assert process.poll() is None
        process.terminate()
        _ended(process)


def test_a_closed_terminal_ends_it(place: House, ear: Listener) -> None:
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.environ["NOTIFY_SOCKET"] = ear.address
        os.execv(SYNCER[0], [*SYNCER, "run", "--config", str(place.config)])
    try:
        ear.until("READY")
        os.close(terminal)
        assert ear.until("STOPPING")["STOPPING"] == "1"
        _, status = os.waitpid(pid, 0)
        assert not os.WIFSIGNALED(status)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise


def test_the_journal_gets_a_line_with_its_priority_for_each_event(ear: Listener, place: House, site: LocalSite) -> None:
    reader, writer = os.pipe()
    found = os.fstat(writer)
    (place.inbox / "birds.txt").write_text(f"{site.root}/media/8.png\n{site.root}/media/404404.png\n", "utf-8")
    process = subprocess.Popen(
        [*SYNCER, "run", "--once", "--config", str(place.config)],
        env={**os.environ, "JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}", "NOTIFY_SOCKET": ear.address},
        stdout=subprocess.DEVNULL, stderr=writer,
    )  # fmt: skip
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    process.wait(SOON)
    assert all(re.match(r"<[2-7]>\S", line) for line in lines), lines
    assert [line[:13] for line in lines if "8.png" in line and "delivered" in line] == ["<6>delivered "]
    assert [line[:3] for line in lines if "404404" in line and "gone" in line] == ["<5>"]
    assert not [line for line in lines if "\r" in line or "\x1b" in line], "no progress"
    assert ear.nothing(), "a round is no service"


def test_an_error_is_an_error_in_the_journal(place: House) -> None:
    place.config.write_text("nonsense = 1\n", "utf-8")
    reader, writer = os.pipe()
    found = os.fstat(writer)
    process = subprocess.Popen(
        [*SYNCER, "run", "--config", str(place.config)],
        env={**os.environ, "JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}, stderr=writer,
    )  # fmt: skip
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    assert process.wait(SOON) == 78
    assert lines
    assert all(line.startswith("<3>") for line in lines), lines


# The command


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a systemctl before the real one that writes down what it was asked; return that file."""
    folder, asked = tmp_path / "bin", tmp_path / "asked"
    folder.mkdir()
    asked.touch()
    program = folder / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{asked}"\ncase "$2" in show) echo LoadState=not-found;; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return asked


def _say(*words: str, code: int = 0) -> str:
    done = subprocess.run([*SYNCER, "service", *words], capture_output=True, text=True, timeout=SOON, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def _units() -> dict[str, bytes]:
    """Return what lies in the home but for what can be deleted at any moment."""
    home = Path(os.environ["HOME"])
    found = (path for path in home.rglob("*") if path.is_file() and not path.is_relative_to(home / ".cache"))
    return {str(path.relative_to(home)): path.read_bytes() for path in found}


def test_install_status_and_uninstall(systemctl: Path, place: House) -> None:
    config = ("--config", str(place.config))
    assert "not installed" in _say("status", *config)
    assert _units() == {}, "asking writes nothing"
    assert "show syncer.service" in systemctl.read_text()
    assert "daemon-reload" not in systemctl.read_text()
    printed = _say("install", "--print", *config)
    assert f'ExecStart={sys.executable} -m syncer run --config "{place.config}"' in printed
    assert _units() == {}
    said = _say("install", *config)
    assert systemctl.read_text().splitlines()[-1] == "--user daemon-reload"
    assert "systemctl --user enable --now syncer.service" in said
    assert "loginctl enable-linger" in said
    (text,) = _units().values()
    assert text.decode() in printed + "\n"
    before = _units()
    assert "systemd has not read syncer.service" in _say("status", *config)
    assert _units() == before
    assert "removed" in _say("uninstall", *config)
    assert "--user disable --now syncer.service" in systemctl.read_text()
    assert _units() == {}


def test_a_changed_unit_needs_force(systemctl: Path) -> None:
    said = _say("install", "--timer")
    assert "there is no config at" in said
    assert "systemctl --user enable --now syncer-once.timer" in said
    path = Path(os.environ["HOME"]) / ".config/systemd/user/syncer-once.timer"
    path.write_text(path.read_text("utf-8").replace("15min", "1h"), "utf-8")
    before, asked = _units(), systemctl.read_text()
    for words in (("install", "--timer"), ("uninstall",)):
        assert "syncer-once.timer was changed by hand" in _say(*words, code=2)
    assert _units() == before
    assert systemctl.read_text() == asked, "nothing was stopped either"
    assert "replaced" in _say("install", "--timer", "--force")
    assert path.with_name("syncer-once.timer.old").read_bytes() == before[".config/systemd/user/syncer-once.timer"]


def test_without_systemd_it_says_so_and_writes_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no systemctl on this machine" in _say("install")
    assert len(_units()) == 1
    data = json.loads(_say("status", "--json"))["data"]
    assert data["units"][0]["file"] == "current"
    assert data["notes"][0] == "systemd could not be asked: there is no systemctl on this machine"


# systemd itself

needs_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine; it checks the units"
)


@needs_analyze
@pytest.mark.parametrize("name", unit.EVERY)
def test_systemd_finds_nothing_wrong_with_a_unit(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    # A program whose name has all that means something to systemd: it is looked for under the name that systemd reads.
    program = tmp_path / "50% of $HOME" / "syncer"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    paths = unit.Paths(
        (str(program),), tmp_path / '50% $x "y"\\' / "config.toml", None, {"XDG_STATE_HOME": "/data/50% x"}
    )
    for each, text in unit.files(unit.EVERY, paths).items():
        (tmp_path / each).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", f"./{name}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=SOON, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def _manager() -> str:
    """Return why no user manager can be used ("" = one can)."""
    if shutil.which("systemd-run") is None:
        return "systemd-run is not on this machine"
    done = subprocess.run(["systemctl", "--user", "is-system-running"], capture_output=True, text=True, check=False)
    return "" if done.stdout.strip() in ("running", "degraded") else "no systemd user manager runs here"


needs_manager = pytest.mark.skipif(bool(_manager()), reason=_manager())


@needs_manager
def test_under_a_real_user_manager(place: House) -> None:
    name = f"syncer-test-{os.getpid()}"
    text = unit.render("syncer.service", unit.Paths(tuple(SYNCER), place.config))
    keys = re.findall(r"^(?:Type|ExecReload|Restart\w*|KillMode|Timeout\w+|StartLimit\w+)=.*$", text, re.MULTILINE)
    assert len(keys) == 9

    def show(key: str) -> str:
        done = subprocess.run(
            ["systemctl", "--user", "show", "-P", key, name], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def call(*words: str, code: int = 0) -> None:
        done = subprocess.run(
            ["systemctl", "--user", *words, name], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stderr

    def wait_for(key: str, value: str) -> None:
        end = time.monotonic() + SOON
        while show(key) != value:
            assert time.monotonic() < end, f"{key} is {show(key)}"
            time.sleep(0.05)

    properties = [f"--property={key}" for key in keys]
    command = [*SYNCER, "run", "--config", str(place.config)]
    try:
        # systemd-run returns when READY has come.
        subprocess.run(
            ["systemd-run", "--user", f"--unit={name}", "--quiet", *properties, *command], timeout=60, check=True
        )
        assert (show("ActiveState"), show("StatusText")) == ("active", "idle")
        assert _watches(int(show("MainPID")), place.inbox)
        call("reload")
        wait_for("ActiveState", "active")
        call("restart")
        assert show("ActiveState") == "active"
        call("stop")
        assert show("LoadState") == "not-found", "it ended well, and systemd has forgotten it"
        place.config.write_text("nonsense = 1\n", "utf-8")
        subprocess.run(
            ["systemd-run", "--user", f"--unit={name}", "--quiet", *properties, *command], timeout=60, check=False
        )
        wait_for("ActiveState", "failed")
        assert (show("ExecMainStatus"), show("NRestarts")) == ("78", "0")
    finally:
        subprocess.run(["systemctl", "--user", "stop", name], capture_output=True, check=False)
        subprocess.run(["systemctl", "--user", "reset-failed", name], capture_output=True, check=False)
