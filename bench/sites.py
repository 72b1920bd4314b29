"""`python -m bench.sites`: what reading pages and recognising URLs costs, beside the same extraction written by hand.

By hand means BeautifulSoup with lxml for HTML, the standard library for JSON, one regular expression a class for URLs.
Figures are CPU time, the least of many runs: they hold for one machine, the ratios travel better.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import by_hand, site_pages
from bench.table import machine
from syncer.model import Page
from syncer.sites import library
from syncer.sites.library import Library

NOW = 1_800_000_000
IMPORTED = "https://imported.example"
SITES = 150
"""Native sites and imported ones, each: 1,500 URL classes in all."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that is measured."""

    name: str
    limit: float
    """Seconds that it may take."""
    ours: Callable[[], object]
    by_hand: Callable[[], object]
    times: int = 1
    """How often one call does it."""


def jobs(folder: Path) -> list[Job]:
    """Make all jobs; site files are written below `folder`. Raises RuntimeError where the two sides differ in result."""
    html, json = _pages()
    few, many = _library(folder / "few", _few()), _library(folder / "many", _many())
    addresses = _addresses(300)
    patterns = by_hand.patterns(SITES)
    made = [
        Job("native: 40 posts of an HTML listing", 0.002, _reading(few, "/listing?tags=sky", html), lambda: by_hand.html(html)),
        Job("imported: the same listing", 0.008, _reading(few, "imported", html), lambda: by_hand.html(html, IMPORTED, {})),
        Job("native: 200 posts of a JSON listing", 0.010, _reading(few, "/posts?tags=sky", json), lambda: by_hand.json_posts(json)),
        Job(
            f"one URL against {10 * SITES} URL classes",
            0.000_05,
            lambda: [many.recognise(url) for url in addresses],
            lambda: [by_hand.recognise(patterns, url) for url in addresses],
            len(addresses),
        ),
    ]  # fmt: skip
    for job in made[:3]:
        _compare(job)
    return made


def _pages() -> tuple[str, str]:
    return site_pages.listing_html(site_pages.entries(40)), site_pages.listing_json(site_pages.entries(200))


def _few() -> dict[str, str]:
    return {"booru": site_pages.NATIVE, "imported": site_pages.IMPORTED}


def _many() -> dict[str, str]:
    return site_pages.many_sites(SITES) | site_pages.many_imported(SITES)


def _library(folder: Path, files: dict[str, str]) -> Library:
    folder.mkdir(parents=True)
    for stem, text in files.items():
        (folder / f"{stem}.toml").write_text(text, encoding="utf-8")
    loaded = library.load([Path(__file__).parent.parent / "sites", folder])
    if loaded.problems:
        raise RuntimeError(f"the bench's site files are broken: {loaded.problems[0]}")
    return loaded


def _reading(sites: Library, where: str, page: str) -> Callable[[], Page]:
    url = f"{IMPORTED}/listing?tags=sky" if where == "imported" else site_pages.ROOT + where
    recognised = sites.recognise(url)
    if recognised is None:
        raise RuntimeError(f"no class knows {url}")
    return lambda: sites.parse(recognised, page, recognised.fetch_url, NOW)


def _addresses(count: int) -> list[str]:
    shapes = (
        "posts?page={0}&tags=a+b",
        "user/u{0}/posts",
        "posts/{0}",
        "index.php?page=post&s=view&id={0}",
        "about/{0}",
    )
    hosts = [f"{kind}{number}.example" for number in range(SITES) for kind in ("site", "imported")]
    return [
        f"https://{hosts[number * 7 % len(hosts)]}/{shapes[number % len(shapes)].format(number)}" for number in range(count)
    ]  # fmt: skip


def _compare(job: Job) -> None:
    """See that both sides of a job give the same posts."""
    page = job.ours()
    assert isinstance(page, Page)
    ours = [
        ([*post.follow, *(file.url for file in post.files)], sorted(str(tag) for tag in post.tags), post.time)
        for post in page.posts
    ]
    theirs = job.by_hand()
    if ours != theirs:
        raise RuntimeError(f"{job.name}: the two sides give different posts")


def measure(job: Callable[[], object], seconds: float) -> float:
    """Return the least CPU time that one call took, of as many as fit into `seconds`."""
    least, end = float("inf"), time.perf_counter() + seconds
    gc.collect()
    while time.perf_counter() < end:
        began = time.process_time()
        job()
        least = min(least, time.process_time() - began)
    return least


def render(made: list[Job], seconds: float) -> tuple[str, bool]:
    """Measure everything; return the table, and whether all limits were kept."""
    lines = [
        f"Machine: {machine()}", "", "| what | syncer | limit | by hand | syncer / by hand |", "|---|---|---|---|---|",
    ]  # fmt: skip
    kept = True
    for job in made:
        ours, theirs = (measure(side, seconds) / job.times for side in (job.ours, job.by_hand))
        kept = kept and ours <= job.limit
        lines.append(f"| {job.name} | {_show(ours)} | {_show(job.limit)} | {_show(theirs)} | {ours / theirs:.2f} |")
    return "\n".join(lines), kept


def _show(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds >= 0.001 else f"{seconds * 1e6:.1f} us"


def main() -> int:
    """Read the arguments, measure, print; 1 where something took longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m bench.sites", description="Reading pages, recognising URLs.")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each is tried (default: %(default)s)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="syncer-bench-") as folder:
        text, kept = render(jobs(Path(folder)), given.seconds)
    print(text)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
