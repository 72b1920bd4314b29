"""`python -m bench`: measure syncer and gallery-dl doing the same job, and print the table.

Only what is printed at the end counts; figures hold for one machine and one run, ratios travel better.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from bench import plan, table
from bench.clients import GalleryDl, Syncer, installed_syncer


def main() -> int:
    """Read the arguments, measure, print; 1 where a client did not do its job."""
    given = _arguments()
    work = given.work.resolve()
    runs = work / "runs"
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir(parents=True)
    syncer, peer = Syncer(given.syncer or installed_syncer()), GalleryDl(work)
    share, rounds, seconds = (0.1, 1, 10.0) if given.quick else (1.0, given.rounds, 60.0)
    loads = [load for load in plan.loads(share) if given.only in load.name]
    result = plan.measure(runs, syncer, peer, loads, rounds, _tell)
    if not given.only:
        _tell("starts, and memory at rest")
        plan.starts(result, runs, syncer, peer, rounds * 3)
        plan.idle(result, runs, syncer, seconds)
    text = table.render(result, {one.name: f"{one.name} {one.version()}" for one in (syncer, peer)}, seconds)
    (work / "result.md").write_text(text + "\n", encoding="utf-8")
    print(text)
    if not result.faults and not given.keep:
        shutil.rmtree(runs)
    return 1 if result.faults else 0


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="syncer and gallery-dl side by side.")
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="folder for everything it writes")
    parser.add_argument("--rounds", type=int, default=3, help="how often, for medians (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one round with a tenth of the files: does it work?")
    parser.add_argument("--only", default="", metavar="TEXT", help='only loads with this in their name, like "50 ms"')
    parser.add_argument("--keep", action="store_true", help="keep what was fetched")
    parser.add_argument("--syncer", type=Path, help="another syncer than the one installed here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
