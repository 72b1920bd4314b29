"""The models that check a config are loaded by another process, and what it found fine holds here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from syncer.config import checked, load
from syncer.errors import ConfigError
from syncer.service import check_apart, snapshot
from syncer.sites import load as site_files

SITE = """\
[site]
name = "Mine"
root = "https://mine.example"

[[url]]
name = "file"
kind = "file"
match = "/{name}.jpg"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a config with a site file of its own."""
    path = tmp_path / "config.toml"
    path.write_text('[import_folders.main]\nprofile = "plain"\npath = "import"\n[folders]\nsites = "sites"\n', "utf-8")
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "mine.toml").write_text(SITE, "utf-8")
    return path


def _started(path: Path) -> str:
    """Start as `syncer run` does, and say whether the models were loaded, whether a child was made, and the site's state."""
    script = (
        "import os, sys; from pathlib import Path\n"
        "from syncer.config import load; from syncer.service import check_apart, snapshot\n"
        "forks, fork = [], os.fork; os.fork = lambda: forks.append(1) or fork()\n"
        f"path = Path({str(path)!r}); check_apart.before_start(path); shot = snapshot.build(load.load(path))\n"
        "print('pydantic' in sys.modules, len(forks), 'mine' in shot.library.broken, 'mine' in shot.library.sites)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_start_loads_no_models_and_makes_children_once(config: Path) -> None:
    """The first start checks in children, first the config, then the sites; the second needs none."""
    assert [_started(config), _started(config)] == ["False 2 False True", "False 0 False True"]


def test_faults_of_site_files_are_looked_for_apart_only_once(config: Path) -> None:
    """A site file with a mistake is known as such by the second start, as fine ones are."""
    (config.parent / "sites" / "mine.toml").write_text(SITE + "\nmistake = 1\n", "utf-8")
    assert [_started(config), _started(config)] == ["False 2 True False", "False 0 True False"]


def test_a_reload_has_it_checked_by_another_process(config: Path) -> None:
    """After that, everything is there, and a config with a fault is left to who reads it."""
    check_apart.before_reload(config)
    site_files._compiled.cache_clear()
    with checked.only_kept():
        assert "mine" in snapshot.build(load.load(config)).library.sites
    config.write_text("nonsense", "utf-8")
    check_apart.before_reload(config)


def test_what_is_wrong_with_a_config_is_worded_by_another_process(config: Path) -> None:
    """Word for word as here, for a reload and for our own edits; the files that it names are looked at, too."""
    good = config.read_text("utf-8")
    (config.parent / "conf.d").mkdir()
    (config.parent / "conf.d" / "more.toml").write_text('[[subscriptions]]\nname = "x"\nevry = 3\n', "utf-8")
    config.write_text(f'include = ["conf.d/*.toml"]\n{good}[pressure]\nfree_space = "much"\n', "utf-8")
    with pytest.raises(ConfigError) as here:
        load.load(config)
    script = (
        "import sys; from pathlib import Path\n"
        "from syncer.config import checked, load; from syncer.errors import ConfigError\n"
        "from syncer.service import check_apart, snapshot\n"
        "def tried(work):\n"
        "    try: work()\n"
        "    except ConfigError as error: print(error, error.problems, [file.name for file in error.files])\n"
        f"path = Path({str(config)!r})\n"
        "tried(lambda: check_apart.before_reload(path))\n"
        "with checked.elsewhere(check_apart.judge):\n"
        "    tried(lambda: load.load(path))\n"
        f"    print(len(load.settings(load.read(path, {{path.resolve(): {good!r}}})).import_folders))\n"
        "print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    error = here.value
    said = f"{error} {error.problems} {[file.name for file in error.files]}"
    assert "more.toml:3" in said
    assert done.stdout.splitlines() == [said, said, "1", "False"], done.stderr
