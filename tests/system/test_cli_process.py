"""The command as a process of its own: what it loads, and what it meets at its ends.

Starting it costs most of the time here, so each start serves several checks.
"""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.clock import SystemClock
from syncer.demo import house
from syncer.demo.house import House
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from tests.system.processes import FOLDERS

SYNCER = [sys.executable, "-m", "syncer"]
HEAVY = (
    "requests",
    "pydantic",
    "PIL",
    "rich",
    "lxml",
    "feedparser",
    "dateparser",
    "flask",
    "selectolax",
    "tomlkit",
)
"""No help needs these."""
FOR_STATUS = (
    "PIL",
    "requests",
    "selectolax",
    "lxml",
    "feedparser",
    "dateparser",
    "flask",
    "jsonpath",
    "watchdog",
    "schedule",
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, LocalSite]]:
    """A house beside the local site."""
    with LocalSite(World(seed=1, posts=8, tiny=True)) as site:
        site.misbehave("/post/5", "429_seconds", seconds=7200)
        yield house.prepare(tmp_path_factory.mktemp("house"), site.root), site


def call(*words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    return subprocess.run([*SYNCER, *words], capture_output=True, env=os.environ | more, check=False, timeout=30)


def modules(*words: str) -> list[str]:
    """Return the modules that a command has loaded at its end."""
    code = (
        "import sys; from syncer.cli.main import main; code = main(sys.argv[1:]);"
        "print('\\n' + ' '.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.splitlines()[-1].split()


def loaded(*words: str) -> set[str]:
    """Return the top-level ones of them."""
    return {name.partition(".")[0] for name in modules(*words)}


def test_help_loads_no_heavy_library_and_little_else() -> None:
    assert loaded("--help").isdisjoint(HEAVY)
    assert loaded("get", "--help").isdisjoint(HEAVY)
    assert 10 < sum(name.startswith("syncer") for name in modules("--help")) <= 30


def test_status_loads_only_what_it_shows(prepared: tuple[House, LocalSite]) -> None:
    place, _ = prepared
    words = ("status", "--config", str(place.config))
    assert loaded(*words).isdisjoint(FOR_STATUS)
    found = modules(*words)
    assert "pydantic" not in found, "a config that was found fine is not judged again"
    assert 50 < sum(name.startswith("syncer") for name in found) <= 100


def test_status_judges_a_config_again_once_its_text_has_changed(tmp_path: Path) -> None:
    place = house.prepare(tmp_path / "house", "http://127.0.0.1:9")
    assert call("status", "--config", str(place.config)).returncode == 0
    text = place.config.read_text("utf-8")
    place.config.write_text(text.replace("[options]", "[optoins]"), "utf-8")
    broken = call("status", "--config", str(place.config))
    assert broken.returncode == 78
    assert b"optoins" in broken.stderr
    place.config.write_text(text.replace('state = "state"', 'state = "elsewhere"'), "utf-8")
    (place.folder / "elsewhere").mkdir()
    (place.folder / "elsewhere/syncer.db").write_bytes(b"this is no database, and long enough to be taken for none")
    damaged = call("status", "--config", str(place.config))
    assert damaged.returncode == 1
    assert b"is damaged" in damaged.stderr


def test_a_service_without_need_loads_no_decoder_and_no_parser_of_feeds_and_dates(tmp_path: Path) -> None:
    place = house.prepare(tmp_path / "house", "http://127.0.0.1:9", links=False)
    text = place.config.read_text("utf-8")
    place.config.write_text(text[: text.index("[[subscriptions]]")], "utf-8")
    code = (
        "import sys; from pathlib import Path; from syncer import app; from syncer.service import in_force\n"
        "config = in_force.config_at(Path(sys.argv[1]))\n"
        "with app.runner(config, app.Wanted(watch=True)) as loop: loop.run_until(lambda: False)\n"
        "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(place.config)], capture_output=True, text=True, check=True, timeout=30
    )
    assert {"PIL", "feedparser", "dateparser", "flask", "rich"}.isdisjoint(done.stdout.split())


def test_the_main_job_of_the_house_and_the_same_again(prepared: tuple[House, LocalSite]) -> None:
    place, _ = prepared
    config = ("--config", str(place.config))
    first = json.loads(call("run", "--once", "--json", *config).stdout)
    assert first["exit"] == 0
    assert first["data"]["counts"]["delivered"] >= 5
    assert json.loads(call("run", "--once", "--json", *config).stdout)["data"]["counts"] == {}


def test_get_that_has_to_wait_for_long_says_until_when_and_leaves_it_to_the_queue(
    prepared: tuple[House, LocalSite], tmp_path: Path
) -> None:
    place, site = prepared
    config = ("--config", str(place.config))
    done = call("get", f"{site.root}/post/5", "--into", str(tmp_path / "into"), "--json", *config)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["exit"], answer["data"]["outcome"]) == (75, 75, "waits")
    assert answer["data"]["until"] == pytest.approx(SystemClock().now() + 7200, abs=600)
    assert "429" in answer["data"]["words"]
    text = call("get", f"{site.root}/post/5", *config)
    assert text.returncode == 75
    assert b"the queue keeps it" in text.stdout
    assert b"it goes on at 20" in text.stdout
    status = json.loads(call("status", "--json", *config).stdout)["data"]
    assert [one["until"] for one in status["waits"] if "/post/5" in one["what"]]


@contextmanager
def service(place: House) -> Iterator[subprocess.Popen[bytes]]:
    """Let a service run."""
    running = subprocess.Popen(
        [*SYNCER, "run", "--config", str(place.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            state = json.loads(call("status", "--json", "--config", str(place.config)).stdout)
            if state["data"]["running"]:
                break
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0


def test_beside_a_running_service(tmp_path: Path) -> None:
    with LocalSite(World(seed=1, posts=8, tiny=True)) as site:
        place = house.prepare(tmp_path / "house", site.root, links=False)
        config = ("--config", str(place.config))
        with service(place):
            second = call("run", "--json", *config)
            assert second.returncode == 75
            assert "another syncer runs" in json.loads(second.stdout)["error"]["title"]
            got = json.loads(call("get", f"{site.root}/media/2.png", "--json", *config).stdout)
            assert (got["exit"], got["data"]["by"], len(got["data"]["files"])) == (0, "service", 1)
            assert Path(got["data"]["files"][0]).is_file()
            refused = json.loads(call("queue", "settle", "77", "--as", "again", "--json", *config).stdout)
            assert refused["exit"] == 1
            assert "77" in refused["error"]["title"]
            place.config.write_text(f"{place.config.read_text('utf-8')}\n[[watchers\n", "utf-8")
            paused = call("pause", "all", *config)
            assert (paused.returncode, paused.stdout) == (0, b"everything paused until it is resumed\n")
            assert b"the running syncer goes on with the last good one" in paused.stderr


def test_batch_answers_every_line_in_its_order_whatever_it_holds(prepared: tuple[House, LocalSite]) -> None:
    place, _ = prepared
    page = place.folder / "post.html"
    page.write_text('<h1 class="title">A lake</h1><a id="original" href="/media/2.png">x</a>', "utf-8")
    requests: list[object] = [
        {"op": "match", "url": "http://127.0.0.1:8123/post/2", "id": 1},
        {"op": "search", "name": "demo", "query": "lake sky", "id": "two"},
        {"op": "parse", "url": "http://127.0.0.1:8123/post/2", "page_file": str(page), "id": [3]},
        {"op": "parse", "url": "http://127.0.0.1:8123/post/2", "page_file": str(page) + ".not", "id": 4},
        {"op": "fly", "id": 5},
        ["no object"],
    ]
    lines = [json.dumps(request).encode() for request in requests] + [b"", b"no JSON", b"\xff\xfe", b"[" * 100_000]
    words = [*SYNCER, "sites", "batch", "--sites", str(place.folder / "sites"), "--json"]
    done = subprocess.run(words, input=b"\n".join(lines), capture_output=True, check=False, timeout=30)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(answers)) == (0, len(lines))
    assert (answers[0]["class"], answers[0]["type"], answers[0]["id"]) == ("demo/post", "post", 1)
    assert (answers[1]["urls"], answers[1]["id"]) == (["http://127.0.0.1:8123/posts?tags=lake+sky&page=1"], "two")
    assert answers[2]["posts"][0]["titles"] == [{"priority": 50, "text": "A lake"}]
    assert answers[2]["id"] == [3]
    assert [bool(answer.get("error")) for answer in answers] == [False] * 3 + [True] * 7
    assert [answer.get("id") for answer in answers[3:]] == [4, 5, None, None, None, None, None]
    single = json.loads(
        call("sites", "match", "http://127.0.0.1:8123/post/2", "--sites", str(place.folder / "sites"), "--json").stdout
    )
    assert single == {key: value for key, value in answers[0].items() if key != "id"}


def test_site_files_are_switched_off_and_on_and_nothing_else_in_them_changes(tmp_path: Path) -> None:
    place = house.prepare(tmp_path / "house", "http://127.0.0.1:9", links=False)
    config = ("--config", str(place.config))
    own = place.folder / "sites/demo.toml"
    before = own.read_text("utf-8")

    def state(name: str) -> str:
        listed = json.loads(call("sites", "list", "--json", *config).stdout)["data"]["sites"]
        return str(next(one["state"] for one in listed if one["name"] == name))

    assert state("demo") == "on"
    assert call("sites", "disable", "demo", *config).returncode == 0
    assert state("demo") == "off"
    changed = own.read_text("utf-8")
    assert changed.replace("enabled = false\n", "", 1) == before
    assert call("sites", "enable", "demo", *config).returncode == 0
    assert state("demo") == "on"
    assert call("sites", "disable", "4chan", *config).returncode == 0
    assert state("4chan") == "off"
    assert call("sites", "enable", "4chan", *config).returncode == 0
    assert state("4chan") == "on"
    assert not (place.folder / "sites/4chan.toml").exists()


def test_a_reader_that_goes_away_and_a_full_disk(prepared: tuple[House, LocalSite]) -> None:
    place, _ = prepared
    words = [*SYNCER, "config", "show", "--config", str(place.config)]
    reading, writing = os.pipe()
    os.close(reading)
    gone = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=30)
    failing = [*SYNCER, "sites", "search", "nosite", "x", "--config", str(place.config)]
    failed = subprocess.run(failing, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=30)
    os.close(writing)
    assert (failed.returncode, failed.stderr) == (1, b""), "whoever reads no more still gets the exit code"
    assert (gone.returncode, gone.stderr) == (0, b"")
    with Path("/dev/full").open("wb") as full:
        refused = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False, timeout=30)
    assert refused.returncode == 75
    assert b"No space left on device" in refused.stderr
    assert b"Traceback" not in refused.stderr


def test_without_standard_streams_and_without_a_folder_to_stand_in(tmp_path: Path) -> None:
    config, lost = tmp_path / "config.toml", tmp_path / "lost"
    config.write_text(FOLDERS, "utf-8")
    lost.mkdir()
    syncer = " ".join(SYNCER)
    run = f"{syncer} run --once --config {config} <&- >&- 2>&-"
    assert subprocess.run(run, shell=True, check=False, timeout=30).returncode == 0
    get = f"cd {lost} && rmdir {lost} && {syncer} get https://a.example/ --into out --config {config}"
    done = subprocess.run(get, shell=True, check=False, capture_output=True, text=True, timeout=30)
    assert (done.returncode, "the folder that you stand in was removed" in done.stderr) == (2, True), done.stderr


def test_a_library_warns_nobody_of_what_sites_do() -> None:
    code = (
        "import logging; from syncer.cli import journal; journal.set_up_log();"
        "[logging.getLogger(name).warning(name) for name in ('urllib3.connectionpool', 'syncer.fetch')]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr == "WARNING syncer.fetch\n"


def test_a_terminal_that_cannot_write_every_letter(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[folders]\ninbox = "Ablage für Links ☃"\n[import_folders.main]\npath = "in"\nprofile = "plain"\n', "utf-8"
    )
    for encoding in ("ascii", "latin-1"):
        text = call("config", "show", "--config", str(config), PYTHONIOENCODING=encoding)
        assert text.returncode == 0
        assert b"Ablage f" in text.stdout
        assert encoding == "ascii" or b"\\u2603" in text.stdout
        answer = call("config", "show", "--config", str(config), "--json", PYTHONIOENCODING=encoding)
        inbox = json.loads(answer.stdout.decode("ascii"))["data"]["settings"]["folders"]["inbox"]
        assert inbox == str(tmp_path / "Ablage für Links ☃")


def test_no_word_from_elsewhere_moves_the_cursor(prepared: tuple[House, LocalSite]) -> None:
    place, site = prepared
    page = place.folder / "page.html"
    page.write_text('<h1 class="title">a \x1b]0;title\x07 b</h1><a id="original" href="/media/2.png">x</a>', "utf-8")
    words = ("sites", "parse", str(page), "--url", f"{site.root}/post/2")
    for done in (call(*words, "--config", str(place.config)), call("explain", "http://127.0.0.1:9/\x1b[2J\x07")):
        assert done.returncode in {0, 2}
        assert done.stdout + done.stderr
        assert b"\x1b" not in done.stdout + done.stderr
        assert b"\x07" not in done.stdout + done.stderr


WEIRD: tuple[list[str | bytes], ...] = (
    ["get", ""], ["get", "\n"], ["get", "a" * 100_000], ["get", "http://"], ["get", "http://[::1"], ["get", "ftp://a/b"],
    ["get", b"\xff\xfe: x"], ["get", "demo:"], ["get", "http://127.0.0.1:99999/x"], ["explain", "http://[::1"], ["explain", "http://a b/"],
    ["explain", "x" * 100_000], ["sites", "match", "http://[::1"], ["sites", "search", "", ""],
    ["explain", ""], ["status", "--config", ""], ["status", "--config", "/"], ["status", "--config", "/dev/null"],
    ["status", "--config", "x\ny"], ["queue", "settle", "9" * 30, "--as", "again"], ["init", "--inbox", "", "--config", "new.toml"],
    ["init", "--inbox", "~nobody-has-this-name/x", "--config", "new.toml"], ["sites", "parse", "/", "--url", "x"],
    ["sites", "match", ""], ["sites", "import", "/dev/null"], ["sites", "import", "."], ["sites", "search", "a/b/c", ""],
    ["sites", "enable", "../x"], ["sites", "test", "../x"], ["get", "http://127.0.0.1:9/a", "--into", "/dev/null/x"],
    ["get", "http://127.0.0.1:9/a", "--limit", "9" * 30], ["cookies", "clear", "http://["], ["downloads", "show", "9" * 30],
    ["downloads", "cancel", "9" * 30], ["downloads", "set", "1", "--limit", "9" * 30], ["queue", "drop", "9" * 30],
    ["queue", "raise", "\u00b2"], ["queue", "list", "--limit", "9" * 30], ["follow", "import", "nowhere.txt"],
)  # fmt: skip


def test_weird_arguments_are_answered_in_words(tmp_path: Path) -> None:
    code = (
        "import json, os, sys; from syncer.cli.main import main\n"
        "for words in json.load(sys.stdin):\n"
        "    words = [os.fsdecode(word.encode('latin-1')) for word in words]\n"
        "    code = main(words); print('\\0', code, words[:3], flush=True); print('\\0', file=sys.stderr, flush=True)\n"
    )
    spelt = [[(w if isinstance(w, bytes) else os.fsencode(w)).decode("latin-1") for w in words] for words in WEIRD]
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(spelt),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    outs, errs = done.stdout.split("\0")[1:], done.stderr.split("\0")
    assert len(outs) == len(WEIRD)
    for answer, error in zip(outs, errs, strict=False):
        code_of = int(answer.split()[0])
        assert code_of in {0, 1, 2, 75, 78}, answer
        assert "Traceback" not in error
        assert "should not have happened" not in error, (answer, error)


def test_a_state_folder_that_cannot_be(tmp_path: Path) -> None:
    place = house.prepare(tmp_path / "house", "http://127.0.0.1:9")
    (place.folder / "state").write_text("a file", "utf-8")
    for words in (("run", "--once"), ("get", "http://127.0.0.1:9/x")):
        done = call(*words, "--config", str(place.config))
        assert done.returncode == 78, done.stderr
        assert b"Traceback" not in done.stderr
        assert str(place.folder / "state").encode() in done.stderr
        assert b"name another folder" in done.stderr


def test_an_error_of_our_own_is_one_line_and_with_v_a_traceback(tmp_path: Path) -> None:
    code = (
        "import sys; from syncer.cli import main; from syncer.service import explain; from syncer import asking\n"
        "asking.explain = lambda *_: 1 // 0\n"
        "sys.exit(main.main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", code, "explain", "http://a.example/"]
    short = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert (short.returncode, short.stdout) == (1, "")
    assert short.stderr.count("\n") == 1
    assert "this should not have happened (ZeroDivisionError" in short.stderr
    assert "-v" in short.stderr
    long = subprocess.run([*words, "-v"], capture_output=True, text=True, check=False, timeout=30)
    assert "Traceback" in long.stderr
    answer = subprocess.run([*words, "--json"], capture_output=True, text=True, check=False, timeout=30)
    assert json.loads(answer.stdout)["error"]["title"].startswith("this should not have happened")


def test_ctrl_c_ends_a_get_in_words_and_the_queue_keeps_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        place = house.prepare(tmp_path / "house", f"http://127.0.0.1:{port}", links=False)
        words = [*SYNCER, "get", f"http://127.0.0.1:{port}/media/1.png", "--json", "--config", str(place.config)]
        running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        connection, _ = silent.accept()
        with connection:
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=15)
    assert running.returncode == 75, err
    answer = json.loads(out)
    assert (answer["data"]["outcome"], answer["data"]["stopped"]) == ("waits", True)
    assert b"Traceback" not in err


def on_terminal(*words: str, answers: bytes = b"") -> tuple[int, str]:
    """Run the command on a terminal of its own; return exit code and all that it showed."""
    master, slave = pty.openpty()
    running = subprocess.Popen([*SYNCER, *words], stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    os.write(master, answers)
    shown = b""
    while select.select([master], [], [], 20)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    return running.wait(10), shown.decode()


def test_progress_counts_on_a_terminal_alone(tmp_path: Path) -> None:
    with LocalSite(World(seed=1, posts=4, tiny=True)) as site:
        place = house.prepare(tmp_path / "house", site.root)
        code, shown = on_terminal("run", "--once", "--config", str(place.config))
        assert code == 0
        assert "\r\x1b[K" in shown
        assert "1 delivered" in shown
        elsewhere = call("get", f"{site.root}/media/2.png", "--again", "--config", str(place.config))
        assert b"\x1b" not in elsewhere.stdout + elsewhere.stderr
        assert b"+ delivered" in elsewhere.stdout


def test_init_asks_on_a_terminal_alone(tmp_path: Path) -> None:
    config = tmp_path / "asked.toml"
    code, shown = on_terminal(
        "init", "--config", str(config), answers=f"{tmp_path}/drop\n{tmp_path}/finished\nplain\n0\n".encode()
    )
    assert code == 0, shown
    assert "Where do you drop links?" in shown
    assert f'inbox = "{tmp_path}/drop"' in config.read_text("utf-8")
    assert (tmp_path / "finished").is_dir()
    quiet = call("init", "--config", str(tmp_path / "quiet.toml"))
    assert quiet.returncode == 0
    assert b"?" not in quiet.stdout
