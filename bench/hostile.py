"""`python -m bench.hostile`: what pages that are built to stall cost, each read through the whole library.

Every page is read in a fresh process, since peak memory never goes down again. Time is CPU time, that of the children
included; memory is what the process and its child took at most beyond what they had before.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.hostile_pages import KINDS, READERS, SITES
from bench.table import machine
from syncer.errors import ItemError
from syncer.sites import library

SECONDS = 2.0
MEGABYTES = 200.0


def one(folder: Path, kind: str, name: str, url: str, size: int) -> dict[str, Any]:
    """Read one page in this process; tell what it cost and what came of it."""
    sites = library.load([folder])
    page = KINDS[kind][name](size)
    recognised = sites.recognise(url)
    assert recognised is not None
    before, memory = _cpu(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        found = sites.parse(recognised, page, url, 1_800_000_000)
        outcome = f"{len(found.posts)} posts" + (f", {len(found.faults)} faults" if found.faults else "")
    except ItemError as error:
        outcome = error.title
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    taken = max(own - memory, 0) + max(child - memory, 0)
    return {"cpu": _cpu() - before, "megabytes": taken * 1024 / 1e6, "outcome": outcome, "apart": child > 0}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(folder: Path, kind: str, name: str, url: str, size: int) -> dict[str, Any]:
    """Read one page in a process of its own."""
    order = json.dumps([str(folder), kind, name, url, size])
    done = subprocess.run(
        [sys.executable, "-m", "bench.hostile", "--one", order], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return {
            "cpu": 0.0,
            "megabytes": 0.0,
            "outcome": f"the process ended with {done.returncode}: {last}",
            "apart": False,
            "died": True,
        }
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> int:
    """Read the arguments, measure, print; 1 where a page cost more than it may."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description="Pages that are built to stall.")
    parser.add_argument("--size", type=int, default=1_000_000, help="characters of a page (default: %(default)s)")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help='only pages with this in their name, like "html: fonts"'
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        folder, kind, name, url, size = json.loads(given.one)
        print(json.dumps(one(Path(folder), kind, name, url, size)))
        return 0
    with tempfile.TemporaryDirectory(prefix="syncer-bench-") as folder:
        for stem, text in SITES.items():
            (Path(folder) / f"{stem}.toml").write_text(text, encoding="utf-8")
        return _table(Path(folder), given.only, given.size)


def _table(folder: Path, only: str, size: int) -> int:
    print(
        f"Machine: {machine()}\n\n| page | read as | CPU s | MB | apart | what came of it |\n|---|---|---|---|---|---|"
    )
    worst, over = [0.0, 0.0], 0
    for kind, pages in KINDS.items():
        for name, url in ((name, url) for name in pages if only in f"{kind}: {name}" for url in READERS[kind]):
            result = measure(folder, kind, name, url, size)
            bad = result.get("died") or result["cpu"] > SECONDS or result["megabytes"] > MEGABYTES
            over += bad
            worst = [max(worst[0], result["cpu"]), max(worst[1], result["megabytes"])]
            cells = [
                f"{kind}: {name}",
                url.removeprefix("https://"),
                f"{result['cpu']:.2f}",
                f"{result['megabytes']:.0f}",
            ]
            cells += ["yes" if result["apart"] else "", str(result["outcome"]), *(["TOO MUCH"] if bad else [])]
            print("| " + " | ".join(cells) + " |", flush=True)
    print(f"\nmost: {worst[0]:.2f} s of {SECONDS} s, {worst[1]:.0f} MB of {MEGABYTES:.0f} MB; {over} over a limit")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
