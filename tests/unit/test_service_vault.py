"""Secrets from where the config says: what is read, what is refused with which cure, and that nothing of them is ever told."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from syncer.clock import VirtualClock
from syncer.config import load
from syncer.config.settings import Source
from syncer.errors import ConfigError, ItemError
from syncer.service import vault
from syncer.service.vault import KEEP, Vault


def a_file(folder: Path, text: str, mode: int = 0o600) -> Source:
    path = folder / "secret"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return Source("file", (str(path),))


def test_a_secret_is_the_first_line(tmp_path: Path) -> None:
    keep = Vault(VirtualClock(), {"TOKEN": "from the environment", "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert keep.read(a_file(tmp_path, "s3cret word\nlogin: kim\n")) == "s3cret word"
    assert keep.read(Source("credential", ("secret",))) == "s3cret word"
    assert keep.read(Source("env", ("TOKEN",), "Bearer ")) == "Bearer from the environment"
    assert keep.read(Source("command", (sys.executable, "-c", "print('said'); print('more')"))) == "said"
    assert keep.hide("s3cret word, said, Bearer from the environment") == "(hidden), said, Bearer (hidden)"


@pytest.mark.parametrize(
    "shown",
    [
        "s3 <cr&t> é",
        "s3+%3Ccr%26t%3E+%C3%A9",
        "s3%20%3Ccr%26t%3E%20%C3%A9",
        "s3 &lt;cr&amp;t&gt; é",
        "s3 <cr&t> \\u00e9",
    ],
)
def test_a_secret_is_hidden_in_every_form_in_which_a_site_can_repeat_it(tmp_path: Path, shown: str) -> None:
    keep = Vault(VirtualClock())
    keep.read(a_file(tmp_path, "s3 <cr&t> é"))
    assert keep.hide(f"the key {shown} is not known") == "the key (hidden) is not known"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ItemError, match=r"others on this machine can read .* chmod 600"):
        Vault(VirtualClock()).read(a_file(tmp_path, "s3cret", mode))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source("file", ("/nowhere/at/all",)), "cannot be read: No such file"),
        (Source("file", ("/dev/null",)), "is no file"),
        (Source("env", ("NOT_THERE",)), "the environment has no variable NOT_THERE"),
        (Source("credential", ("key",)), 'no credentials of systemd, so none called "key"'),
        (Source("command", ("/nowhere/at/all",)), "cannot be run: No such file"),
        (Source("command", (sys.executable, "-c", "import sys; print('s3cret'); sys.exit(3)")), "ended with 3"),
        (Source("command", (sys.executable, "-c", "import sys; sys.exit('s3cret')")), "ended with 1"),
        (Source("command", (sys.executable, "-c", "print()")), "is empty"),
        (Source("command", (sys.executable, "-c", "print('x' * 5000)")), "holds no text"),
        (Source("command", (sys.executable, "-c", "print(chr(0))")), "holds no text"),
    ],
)
def test_what_is_refused(source: Source, words: str) -> None:
    with pytest.raises(ItemError) as caught:
        Vault(VirtualClock(), {}).read(source)
    assert words in str(caught.value)
    assert caught.value.advice
    assert "s3cret" not in str(caught.value)


def test_a_command_that_waits_for_somebody_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "COMMAND_TIME", 0.2)
    with pytest.raises(ItemError, match="may want to be unlocked"):
        Vault(VirtualClock()).read(Source("command", (sys.executable, "-c", "import time; time.sleep(9)")))


def test_a_command_that_never_stops_talking_fills_no_memory() -> None:
    with pytest.raises(ItemError, match="says far more than a secret"):
        Vault(VirtualClock()).read(Source("command", ("sh", "-c", "while :; do echo s3cret s3cret s3cret; done")))


def test_a_helper_that_stays_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "COMMAND_TIME", 0.4)
    assert Vault(VirtualClock()).read(Source("command", ("sh", "-c", "echo s3cret; sleep 0.5 &"))) == "s3cret"


def test_no_shell_reads_a_command_and_nobody_answers_it() -> None:
    keep = Vault(VirtualClock())
    words = (sys.executable, "-c", "import sys; print(sys.argv[1], repr(sys.stdin.read()))", "$HOME; `id` | x")
    assert keep.read(Source("command", words)) == "$HOME; `id` | x ''"


def test_a_command_is_run_again_after_a_while_or_when_it_is_forgotten(tmp_path: Path) -> None:
    clock = VirtualClock()
    keep = Vault(clock)
    count = tmp_path / "count"
    code = f"import pathlib; p = pathlib.Path({str(count)!r}); n = len(p.read_text()) + 1 if p.exists() else 1;"
    source = Source("command", (sys.executable, "-c", f"{code} p.write_text('x' * n); print(n)"))
    assert [keep.read(source) for _ in range(3)] == ["1", "1", "1"]
    clock.advance(KEEP)
    assert keep.read(source) == "2"
    keep.forget()
    assert keep.read(source) == "3"


def test_the_mark_changes_with_the_file_and_holds_nothing_of_it(tmp_path: Path) -> None:
    source = a_file(tmp_path, "s3cret")
    before = vault.mark([source])
    assert vault.mark([source]) == before
    os.utime(source.words[0], (1, 1))
    assert vault.mark([source]) != before
    assert "s3cret" not in before
    assert vault.mark([source, Source("env", ("X",))]) != vault.mark([source])
    Path(source.words[0]).unlink()
    assert vault.mark([source])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('credentials = { password = "s3cret" }', '"password": a secret must not stand in the config'),
        ('credentials = "s3cret"', "must be a table with the name of each credential"),
        ('credentials = ["s3cret"]', "must be a table with the name of each credential"),
        ('credentials = { password = ["s3cret"] }', "a secret must not stand in the config"),
        ('credentials = { password = { literal = "s3cret" } }', "needs exactly one of file, env, command, credential"),
        ('credentials = { password = { env = "A", file = "s3cret" } }', "needs exactly one of"),
        ('credentials = { password = { env = "s3cret word" } }', "must be the name of a variable"),
        ('credentials = { password = { command = "pass s3cret" } }', "must be a list of words"),
        ("credentials = { password = { command = [] } }", "must be a list of words"),
        ('credentials = { password = { credential = "../s3cret" } }', "must be the name of a variable"),
        ('headers = { "Bad Name" = { env = "A" } }', '"Bad Name" cannot be set as a header'),
        ('headers = { Cookie = { env = "A" } }', '"Cookie" cannot be set as a header'),
        ('headers = { Authorization = "Bearer s3cret" }', "a secret must not stand in the config"),
        ('parameters = { key = { env = "A", before = 7 } }', '"before" must be a short text'),
    ],
)
def test_the_config_takes_no_secret_itself(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[import_folders.main]\npath = "import"\nprofile = "hydrus"\n[site.danbooru]\n{line}\n', "utf-8")
    with pytest.raises(ConfigError) as caught:
        load.load(path)
    (problem,) = caught.value.problems
    assert problem.startswith("config.toml:5: site.danbooru.")
    assert words in problem
    assert "s3cret" not in problem.replace('"../s3cret"', "")


def test_paths_of_secrets_begin_at_the_config(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = 'credentials = { password = { file = "pw" }, user = { command = ["pass", "show", "x"] } }\n'
    path.write_text(f'[import_folders.main]\npath = "import"\nprofile = "hydrus"\n[site.danbooru]\n{text}', "utf-8")
    found = load.load(path).sites["danbooru"].credentials
    assert found == {
        "password": Source("file", (str(tmp_path / "pw"),)),
        "user": Source("command", ("pass", "show", "x")),
    }
    assert stat.S_IMODE(path.stat().st_mode)
