"""The `syncer` command: its groups, loaded only when they are called, and the one place where errors become words.

Here, because start-up must stay quick and no traceback may reach a person. The console script calls `main`.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from typing import NamedTuple

import click

from syncer.errors import Exit, SyncerError


class Entry(NamedTuple):
    """Where a command is, and its line in the help."""

    module: str
    help: str


COMMANDS = {
    "init": Entry("init", "Write a first config and make the folders it names."),
    "run": Entry("run", "Do the work: as a service, or once with --once."),
    "get": Entry("get", "Download one URL, or all that a search finds."),
    "status": Entry("status", "Show what needs you, what waits, what runs and what comes next."),
    "explain": Entry("explain", "Say how a URL is recognised, fetched and filtered, and why."),
    "queue": Entry("queue", "Look after what is queued."),
    "sites": Entry("sites", "List, try, test and import site files."),
    "config": Entry("config", "Check and show the configuration."),
    "demo": Entry("demo", "Show the main job on a small local site."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found: click.Command = importlib.import_module(f"syncer.cli.{entry.module}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="syncer")
def syncer() -> None:
    """Follow searches and threads, take dropped links, and lay every file with its sidecar into an import folder."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code. Never raises."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    try:
        code = syncer.main(args=arguments, prog_name="syncer", standalone_mode=False)
        return int(code) if isinstance(code, int) else Exit.OK
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SyncerError as error:
        click.echo(f"syncer: {error}", err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader (head, less) has gone; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # whatever it is, a person gets one line
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        click.echo(
            f"syncer: this should not have happened: {error!r}. Run it with -v and report what it shows.", err=True
        )
        return Exit.SOME_FAILED
