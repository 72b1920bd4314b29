"""The local site as a program of its own: `python -m syncer.demo --port 0 --log FILE`.

For tests that need it in another process, and for trying things by hand; prints its root URL as the first line.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from syncer.clock import SystemClock
from syncer.demo.server import LocalSite
from syncer.demo.world import World


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    given = _parser().parse_args(arguments)
    clock = SystemClock()
    world = World(given.seed, given.posts, clock.now() if given.start is None else given.start, live=given.live)
    site = LocalSite(world, clock.now, host=given.host, port=given.port, log_file=given.log, clock=clock)
    for order in given.misbehave:
        pattern, _, rest = order.rpartition("=")
        name, _, times = rest.partition(":")
        site.misbehave(pattern, name, int(times) if times else None)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with site:
        sys.stdout.write(f"{site.root}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m syncer.demo", description="A small local site to try things on.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port, 0 for a free one")
    parser.add_argument("--log", type=Path, help="append one JSON object for each request to this file")
    parser.add_argument("--seed", type=int, default=1, help="other seeds make other posts")
    parser.add_argument("--posts", type=int, default=50, help="posts that are there at the start")
    parser.add_argument("--live", type=float, default=0.0, metavar="SECONDS", help="a new post every SECONDS")
    parser.add_argument("--start", type=float, help="when the world starts, in seconds since 1970 (default: now)")
    parser.add_argument(
        "--misbehave",
        action="append",
        default=[],
        metavar="PATTERN=NAME[:TIMES]",
        help="serve paths that match PATTERN wrongly, see syncer/demo/faults.py",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
