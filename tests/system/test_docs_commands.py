"""README, tutorial and what they lead to are true: their commands are run beside the local site, and must show what is printed below them.

In a ```console block, lines that begin with `$` are commands; the others must occur in the output, in this order, where `...`
stands for anything (on a line of its own: for any number of lines). A file is written where `<!-- file: PATH -->` or
`<!-- append: PATH -->` stands before a block.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from syncer.demo.server import LocalSite
from syncer.demo.world import World

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?:<!-- (file|append): (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTEAD = {
    "make demo": "syncer demo --into demo-out",
    "make test": "true",
    "make check": "true",
    ".ci/run": "true",
    "python -m syncer.demo --port 8123": "true",
}
"""What is run in place of a command that makes a venv, runs all the tests, or does not end; the fixture starts the site."""

QUICK = """
[bandwidth]
download_pages = "0 seconds"

[bandwidth.site.demo]
domain = ["50 requests / 1 s"]
faster = "I accept that this site may block me"

[bandwidth.site.demoapi]
domain = ["50 requests / 1 s"]
faster = "I accept that this site may block me"
"""
"""Is added to each config that a page writes: what its commands show does not depend on the pace."""


@dataclass
class Step:
    """A command with what it shows, or a file to write."""

    command: str
    shown: list[str] = field(default_factory=list)


def steps(page: str) -> Iterator[Step]:
    """Read a page; files to write are steps as well."""
    for how, path, language, body in BLOCK.findall(page):
        if how:
            sign = ">" if how == "file" else ">>"
            quick = QUICK if path == "config.toml" and "[bandwidth" not in body else ""
            yield Step(f"cat {sign} {path} <<'END OF FILE'\n{body}{quick}END OF FILE")
        elif language == "console":
            yield from console(body)


def console(body: str) -> Iterator[Step]:
    step: Step | None = None
    for line in body.splitlines():
        if line.startswith("$ "):
            if step is not None:
                yield step
            command = line[2:].partition("  #")[0].strip()
            step = Step(INSTEAD.get(command, command))
        elif step is not None:
            step.shown.append(line)
    if step is not None:
        yield step


def pattern(shown: list[str]) -> re.Pattern[str]:
    """Return what the output must match."""
    lines = [
        "(?:.*\n)*" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n" for line in shown
    ]
    return re.compile("".join(lines))


def run_all(page: Path, home: Path, port: str) -> None:
    text = page.read_text("utf-8").replace("8123", port)
    told = {command.replace("8123", port): other for command, other in INSTEAD.items()}
    environ = os.environ | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }
    for step in steps(text):
        command = told.get(step.command, step.command)
        done = subprocess.run(
            ["bash", "-c", command], cwd=home, env=environ, capture_output=True, text=True, check=False, timeout=50
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        if command != "true":
            assert pattern(step.shown).search(done.stdout), f"{command}\n{done.stdout}\ndoes not show\n{step.shown}"


RUN = [
    "README.md",
    *(
        f"docs/{name}.md"
        for name in ("tutorial", "how-to/following", "how-to/config", "how-to/galleries", "how-to/refetch")
    ),
]


@pytest.mark.timeout(300)  # dozens of commands, each a process of its own, at one request a second
@pytest.mark.parametrize("name", RUN)
def test_the_commands_of_a_page_show_what_it_says(name: str, tmp_path: Path) -> None:
    with LocalSite(World(seed=1, posts=50)) as site:
        run_all(ROOT / name, tmp_path, site.root.rpartition(":")[2])


def test_a_page_that_says_something_wrong_is_found() -> None:
    shown = pattern(["a: ...", "...", "c"])
    assert shown.search("x\na: 1\nb\nc\n")
    assert not shown.search("a: 1\nb\n")
    assert not shown.search("a 1\nc\n")
    (step,) = steps("```console\n$ make test     # all of it\nfine\n```\n")
    assert (step.command, step.shown) == ("true", ["fine"])
