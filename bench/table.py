"""The result as a table that can be pasted into a note: medians, ratios to gallery-dl, the machine, the versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Usage, middle
from bench.plan import Load, Measured, Row

_HEAD = (
    "| load | client | connections | files/s | MB/s | CPU s per 1,000 files | peak RSS MB | files/s x | CPU x |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def render(result: Measured, versions: Mapping[str, str], seconds_idle: float) -> str:
    """Return everything as Markdown."""
    lines = [f"Machine: {machine()}", "Versions: " + ", ".join(versions.values()), "", _HEAD]
    lines += _jobs(result)
    if result.faults:
        lines += ["", *(f"- {row.client}, {row.load.name}: {why}" for row, why in result.faults.items())]
    lines += ["", "| start | seconds | CPU s | RSS MB | exit code |", "|---|---|---|---|---|"]
    for name, runs in result.starts.items():
        one = middle(runs)
        lines.append(f"| `{name}` | {one.seconds:.3f} | {one.cpu:.3f} | {one.rss:.0f} | {one.code} |")
    if result.idle:
        shown = f"{result.idle:.0f} MB" if isinstance(result.idle, float) else result.idle
        lines += ["", f"`syncer run`, 100 follows without news, {seconds_idle:.0f} s after its start: {shown}"]
    return "\n".join(lines)


def _jobs(result: Measured) -> Iterator[str]:
    yardsticks = {row.load: middle(runs) for row, runs in result.runs.items() if row.client == "gallery-dl"}
    for row, runs in sorted(result.runs.items(), key=lambda item: _order(item[0], list(result.runs))):
        one = middle(runs)
        cells = [row.load.name, row.client, str(row.connections), *_figures(row.load, one)]
        cells += _ratios(one, yardsticks.get(row.load))
        yield "| " + " | ".join(cells) + (" |" if not one.code else f" | exit code {one.code}")


def _order(row: Row, given: list[Row]) -> tuple[int, int]:
    first = next(index for index, other in enumerate(given) if other.load == row.load)
    return first, given.index(row)


def _figures(load: Load, one: Usage) -> list[str]:
    rate = load.files / one.seconds
    return [f"{rate:.1f}", f"{rate * load.size / 1e6:.1f}", f"{one.cpu / load.files * 1_000:.2f}", f"{one.rss:.0f}"]


def _ratios(one: Usage, yardstick: Usage | None) -> list[str]:
    if yardstick is None:
        return ["", ""]
    return [f"{yardstick.seconds / one.seconds:.2f}", f"{one.cpu / yardstick.cpu:.2f}"]


def machine() -> str:
    """Describe the machine in one line."""
    model = platform.processor() or platform.machine()
    memory = ""
    if (cpus := Path("/proc/cpuinfo")).exists():
        names = [line.partition(":")[2].strip() for line in cpus.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        memory = f", {size:.0f} GiB"
    return f"{os.cpu_count()} x {model}{memory}, {platform.system()}, Python {platform.python_version()}"
