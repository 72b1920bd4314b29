"""Writes commands.md, config.md, failures.md, sites.md and how-to/mapping.md of docs: `python -m syncer.cli.reference docs`.

From what the program itself knows, so that no command and no key can be missing in the docs or said wrongly there; a test
compares. Nobody imports it but that test.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from syncer.cli import main, reference_failures, reference_mapping, reference_sites
from syncer.errors import Exit

WIDTH = 96
FIRST = (
    "<!-- Written by `python -m syncer.cli.reference docs`; change the help texts and descriptions, not this file. -->"
)

_COMMANDS = f"""\
{FIRST}

# Commands

Every command takes `--config FILE`, `--json` and `-v`. With `--json` it answers with one line of JSON, whether it worked or not:

```json
{{"syncer": 1, "command": "status", "exit": 0, "data": {{}}, "error": null}}
```

`data` is what the text for people is made of; `error` is null, or has `title` (what happened), `advice` (what to do about it) and
`problems` (for a config: one line for each thing to mend). Within version 1 keys are only added. `syncer sites import`, `match`,
`search`, `parse` and `batch` answer with their data alone, or with `{{"error": "..."}}`.

Times in JSON are seconds since 1970, sizes are bytes.

## Exit codes

| code | meaning |
|---|---|
"""

_MEANINGS = {
    Exit.OK: "done",
    Exit.SOME_FAILED: "some of it failed; the output says what and why",
    Exit.USAGE: "the command was called wrongly",
    Exit.TRY_LATER: "not now: it waits (for a site, a disk, another syncer), and the same call works later",
    Exit.CONFIG: "the config cannot be used, or names something that cannot",
}

_CONFIG = f"""\
{FIRST}

# The config

`~/.config/syncer/config.toml`, or where `--config` says. `syncer init` writes one with every key explained in it, and a JSON
schema beside it, by which editors complete and check keys. `syncer config check` says all that is wrong with it at once, with line
and cure; a running syncer reads it again when it changes, and keeps the last good one where a change is wrong. `syncer config show`
prints what is in force.

Sizes are written `"10 KB"`, `"5 GB"` (1 KB = 1024 bytes), times `"30 seconds"`, `"12 hours"`, `"90 days"`, rules
`"1 request / 1 second"`, `"8 GB / 1 day"`. Relative paths begin at the folder of the file in which they
stand, `~` is your home.
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name, groups left out."""
    yield from _below("", main.syncer)


def _below(name: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name="syncer")
    for each in group.list_commands(context):
        found = group.get_command(context, each)
        if isinstance(found, click.Group):
            yield from _below(f"{name}{each} ", found)
        elif found is not None:
            yield f"{name}{each}", found


def commands_page() -> str:
    """Return the text of docs/commands.md."""
    codes = "".join(f"| {code.value} | {_MEANINGS[code]} |\n" for code in Exit)
    codes += f"| {main.STOPPED} | stopped by Ctrl-C |\n"
    return "\n".join((f"{_COMMANDS}{codes}", *(_command(name, each) for name, each in commands())))


def _command(name: str, command: click.Command) -> str:
    above = click.Context(main.syncer, info_name="syncer", help_option_names=["-h", "--help"])
    context = click.Context(
        command, info_name=name, parent=above, terminal_width=WIDTH, max_content_width=WIDTH, **command.context_settings
    )
    return f"## syncer {name}\n\n```text\n{command.get_help(context)}\n```\n"


def config_page() -> str:
    """Return the text of docs/config.md."""
    from syncer.config import export

    parts = [_CONFIG]
    for table, keys in groupby(export.keys(), key=lambda key: key.table):
        rows = [f"| `{key.name}` | {_cell(key.default, key.needed)} | {_escaped(key.description)} |" for key in keys]
        parts.append("\n".join((f"## {table}\n", "| key | default | what it does |", "|---|---|---|", *rows, "")))
    return "\n".join(parts)


def _cell(default: str, needed: bool) -> str:
    if needed:
        return "needed"
    return f"`{default}`" if default else ""


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def failures_page() -> str:
    """Return the text of docs/failures.md."""
    return f"{FIRST}\n\n{reference_failures.page()}"


def mapping_page() -> str:
    """Return the text of docs/how-to/mapping.md."""
    return f"{FIRST}\n\n{reference_mapping.page()}"


def sites_page() -> str:
    """Return the text of docs/sites.md."""
    from syncer.service import snapshot

    return f"{FIRST}\n\n{reference_sites.page(snapshot.shipped_sites())}"


PAGES = {
    "commands.md": commands_page,
    "config.md": config_page,
    "failures.md": failures_page,
    "sites.md": sites_page,
    "how-to/mapping.md": mapping_page,
}


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
