"""The `syncer` command: its groups, loaded only when they are called, and the one place where errors become words.

Here, because start-up must stay quick and no traceback may reach a person. The console script calls `main`.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
import sys
from contextlib import suppress
from typing import NamedTuple

import click
from click.exceptions import NoArgsIsHelpError

from syncer.cli import journal, memory
from syncer.errors import Exit

STOPPED = 130
"""What a shell expects of a command that Ctrl-C ended."""


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
    "add": Entry("add", "Add a subscription, a query, a thread to watch, or URLs to fetch."),
    "remove": Entry("remove", "Follow a subscription, a query or a thread no longer."),
    "bandwidth": Entry("bandwidth", "Show what was asked of the net, which rule binds, and when it frees."),
    "follow": Entry("follow", "Look after queries and watchers."),
    "pause": Entry("pause", "Pause everything, all follows, all files, a site or a follow."),
    "resume": Entry("resume", "Let go on what was paused."),
    "reload": Entry("reload", "Read the config and the site files again."),
    "downloads": Entry("downloads", "Look at gallery downloads and refetches, pause, widen and cancel them."),
    "queue": Entry("queue", "Look after what is queued, try again what failed."),
    "sites": Entry("sites", "List, try and import site files, switch them on and off."),
    "tags": Entry("tags", "Show the tags of what came, and try a rule on them."),
    "history": Entry("history", "Show where a file came from, and what came when."),
    "repair": Entry("repair", "Write the sidecars that are missing beside delivered files."),
    "refetch": Entry("refetch", "Read metadata or files of what came again, as one job that ends."),
    "known": Entry("known", "Tell syncer what you have already."),
    "cookies": Entry("cookies", "Hand over the logins of your browser."),
    "login": Entry("login", "Log in to sites, as their site files say."),
    "service": Entry("service", "Install syncer as a systemd service, take it away, ask how it is."),
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
    _stand_in()
    memory.starting()
    journal.set_up_log()
    _any_letters()
    # Plugins of other packages are no part of syncer, and looking for them costs 20 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = syncer.main(args=given, prog_name="syncer", standalone_mode=False)
        return code if isinstance(code, int) else int(Exit.OK)
    except click.Abort:
        click.echo("stopped", err=True)
        return STOPPED
    except NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return int(Exit.USAGE)
    except (BrokenPipeError, SystemExit):  # the second is click's own way to end at a closed pipe
        _silence()
        return int(Exit.OK)
    except Exception as error:  # whatever it is, a person gets words, and a program the envelope
        logging.getLogger(__name__).debug("refused", exc_info=True)
        return _refused(error, given)


def _silence() -> None:
    from syncer.cli import frame

    frame.silence()


def _refused(error: Exception, given: list[str]) -> int:
    from syncer.cli import faults, frame
    from syncer.service import results

    result = results.failed(_command_of(error), faults.of(error))
    return frame.render(result, frame.nothing, as_json=_wants_json(given))


def _stand_in() -> None:
    """Put "nowhere" in the place of standard streams that were closed: else files and sockets get their numbers, and errors."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                taken = os.open(os.devnull, os.O_RDWR)
                if taken != number:
                    os.dup2(taken, number)
                    os.close(taken)
                setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - for the whole run


def _any_letters() -> None:
    """Let no letter that the terminal's encoding does not have end a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _wants_json(given: list[str]) -> bool:
    """Tell whether the answer is to be JSON though the arguments could not be read."""
    return "--json" in given[: given.index("--") if "--" in given else None]


def _command_of(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path.removeprefix("syncer").strip() if context is not None else ""
