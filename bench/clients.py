"""The two that are measured: how each is told to do the same job, and how one sees that it did it.

Both fetch every file of a search with its metadata and remember what they have. syncer is told by its config, a site file
and a dropped list, as a person would; gallery-dl by its config, with metadata files and an archive, as most people run it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

SITE = """\
[site]
name = "Bench"
root = "{root}"

[[search]]
name = "tags"
url = "/posts?tags={{query}}&page=1"

[[url]]
name = "search page"
kind = "gallery"
match = "/posts?tags={{tags}}&page={{page:digits=1}}"
fetch = "/posts.json?tags={{tags}}&page={{page}}&limit=200"
next = {{ page = 1 }}
parser = "search"

[[url]]
name = "file"
kind = "file"
match = "/data/{{name}}"

[parser.search]
each = "$[*]"
get = [
  {{ what = "post", json = "$.id" }},
  {{ what = "file", json = "$.file_url" }},
  {{ what = "md5", json = "$.md5" }},
  {{ what = "tag", json = "$.tag_string_general", steps = [{{ split = " " }}, {{ replace = ["_", " "] }}] }},
  {{ what = "tag", namespace = "creator", json = "$.tag_string_artist", steps = [{{ split = " " }}] }},
  {{ what = "tag", namespace = "series", json = "$.tag_string_copyright", steps = [{{ split = " " }}] }},
  {{ what = "time", json = "$.created_at", steps = [{{ date = "iso" }}] }},
  {{ what = "source", json = "$.source" }},
]
"""
CONFIG = """\
[folders]
inbox = "inbox"
state = "state"
cache = "cache"
sites = "sites"

[import_folders.main]
path = "import"
profile = "hydrus"

[bandwidth]
everything = ["1000000 requests / 1 s"]
download = []
follow_pages = "0 seconds"
download_pages = "0 seconds"
connections = {connections}
connections_per_domain = {connections}

[bandwidth.site.bench]
domain = ["1000000 requests / 1 s"]
faster = "I accept that this site may block me"

[network]
allow = ["{address}"]
"""


@dataclass(frozen=True, slots=True)
class Job:
    """Fetch all files that the server at `root` has."""

    root: str
    files: int
    size: int
    extension: str
    connections: int = 1


class Client(Protocol):
    """A program that is measured."""

    name: str

    def version(self) -> str:
        """Say which one it is."""

    def help_command(self) -> list[str]:
        """Return the call that shows its help."""

    def prepare(self, folder: Path, job: Job) -> list[str]:
        """Write what it needs into an empty folder, and return the call that does the job."""

    def media(self, folder: Path) -> Path:
        """Return where its files lie afterwards."""


def verify(client: Client, folder: Path, job: Job) -> None:
    """Raise RuntimeError unless every file and as many metadata files are there, of the right size."""
    there = [path for path in client.media(folder).rglob("*") if path.is_file()]
    media = [path for path in there if path.suffix == f".{job.extension}"]
    metadata = [path for path in there if path.suffix == ".json"]
    small = [path for path in media if path.stat().st_size < job.size * 0.9]
    if len(media) != job.files or len(metadata) != job.files or small:
        found = f"{len(media)} files ({len(small)} too small) and {len(metadata)} metadata files"
        raise RuntimeError(f"{client.name} was to fetch {job.files} files, there are {found}; see {folder}/log")


class Syncer:
    """syncer, through its command line alone."""

    def __init__(self, program: Path) -> None:
        """Measure the installed `program`."""
        self.name, self._program = "syncer", str(program)

    def version(self) -> str:
        """Say which one it is."""
        return _first_line([self._program, "--version"])

    def help_command(self) -> list[str]:
        """Return the call that shows its help."""
        return [self._program, "--help"]

    def status_command(self, folder: Path) -> list[str]:
        """Return the call that shows the status of a prepared folder."""
        return [self._program, "status", "--config", str(folder / "config.toml")]

    def run_command(self, folder: Path) -> list[str]:
        """Return the call that keeps the service of a prepared folder running."""
        return [self._program, "run", "--config", str(folder / "config.toml")]

    def prepare(self, folder: Path, job: Job) -> list[str]:
        """Write config, site file and a dropped list, and have them checked."""
        for name in ("inbox", "import", "sites"):
            (folder / name).mkdir(parents=True)
        address = urlsplit(job.root).netloc
        config = CONFIG.format(connections=job.connections, address=address)
        (folder / "config.toml").write_text(config, encoding="utf-8")
        (folder / "sites" / "bench.toml").write_text(SITE.format(root=job.root), encoding="utf-8")
        dropped = folder / "inbox" / "bench.txt"
        dropped.write_text("bench: scenery\n", encoding="utf-8")
        # Old enough to be read at once: a file that was just written would be waited for.
        old = time.time() - 3_600
        os.utime(dropped, (old, old))
        # As the tutorial has it; what is found fine here no start has to check.
        check = [self._program, "config", "check", "--config", str(folder / "config.toml")]
        subprocess.run(check, check=True, stdout=subprocess.DEVNULL)
        return [self._program, "run", "--once", "--config", str(folder / "config.toml")]

    def follow(self, folder: Path, job: Job, queries: int) -> None:
        """Write a folder with so many followed queries of which none ever finds anything, and no dropped list."""
        self.prepare(folder, job)
        (folder / "inbox" / "bench.txt").unlink()
        names = ", ".join(f'"nothing_{number}"' for number in range(queries))
        with (folder / "config.toml").open("a", encoding="utf-8") as config:
            config.write(f'\n[[subscriptions]]\nname = "idle"\nsite = "bench"\nqueries = [{names}]\n')

    def media(self, folder: Path) -> Path:
        """Return where its files lie afterwards."""
        return folder / "import"


class GalleryDl:
    """gallery-dl from PyPI, in an environment of its own inside the bench's work folder."""

    def __init__(self, work: Path) -> None:
        """Install it where that was not done yet (needs the net)."""
        self.name = "gallery-dl"
        home = work / "gallery-dl"
        self._program = str(home / "bin" / "gallery-dl")
        if not Path(self._program).exists():
            venv.create(home, with_pip=True)
            python = str(home / "bin" / "python")
            subprocess.run([python, "-m", "pip", "install", "--quiet", "gallery-dl"], check=True)

    def version(self) -> str:
        """Say which one it is."""
        return _first_line([self._program, "--version"])

    def help_command(self) -> list[str]:
        """Return the call that shows its help."""
        return [self._program, "--help"]

    def prepare(self, folder: Path, job: Job) -> list[str]:
        """Write a config for the local server, with metadata files and archive; one connection is all it has."""
        folder.mkdir(parents=True, exist_ok=True)
        address = urlsplit(job.root).netloc.replace(".", r"\.")
        settings: Mapping[str, object] = {
            "extractor": {
                "base-directory": str(folder / "files"),
                "archive": str(folder / "archive.sqlite3"),
                "postprocessors": [{"name": "metadata", "mode": "json"}],
                "Danbooru": {"local": {"root": job.root, "pattern": address}, "sleep-request": 0},
            },
            "output": {"mode": "null"},
        }
        (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        url = f"{job.root}/posts?tags=scenery"
        return [self._program, "--config-ignore", "-c", str(folder / "config.json"), url]

    def media(self, folder: Path) -> Path:
        """Return where its files lie afterwards."""
        return folder / "files"


def installed_syncer() -> Path:
    """Return the `syncer` command beside this Python; raises FileNotFoundError where there is none."""
    program = Path(sys.executable).with_name("syncer")
    if not program.exists():
        raise FileNotFoundError(f"{program} is not there: install syncer into this environment first (make bench does)")
    return program


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.strip() or "unknown").splitlines()[0]
