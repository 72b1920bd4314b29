"""`syncer run`: the service in the foreground, or one round of it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli import frame, journal, memory
from syncer.cli.progress import Progress
from syncer.errors import Exit
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.service.announce import Announcer
    from syncer.service.loop import Loop


def _show(data: dict[str, Any]) -> Iterable[str]:
    counts = data["counts"]
    yield ", ".join(f"{number} {kind}" for kind, number in counts.items()) or "nothing to do"


@click.command("run")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@frame.answering("run", _show)
def command(*, config_path: Path | None, as_json: bool, once: bool) -> Result:
    """Take dropped links, check what is followed, download and deliver.

    Without --once it stays, watches the inbox and reads the config again when it changes, or at SIGHUP; SIGTERM ends
    it within 10 seconds.
    """
    memory.few_heaps()
    from syncer import app
    from syncer.config import checked, load, paths, remembered
    from syncer.service import check_apart
    from syncer.service.announce import Announcer
    from syncer.service.notify import Notify

    notify = Notify.from_environment(os.environ)
    path = config_path or paths.config_file()
    check_apart.before_start(path)
    config = load.load(path)
    remembered.keep(config)
    progress = Progress(quiet=as_json, log=journal.tell if journal.is_journal(sys.stderr) else None)
    with app.runner(config, app.Wanted(watch=not once), tell=progress.tell) as loop:
        begin(loop)
        if once:
            loop.run_until(lambda: False)
        else:
            announcer = Announcer(loop, notify)
            announcer.attach()
            on_hangup(loop, announcer)
            if loop.reload is not None:
                loop.reload.ahead = check_apart.before_reload
            with checked.elsewhere(check_apart.judge):
                loop.run()
    progress.close()
    counts = {kind: progress.counts[kind] for kind in ("delivered", "known", "skipped", "gone", "failed")}
    failed = once and counts["failed"] > 0
    return Result("run", {"counts": {kind: number for kind, number in counts.items() if number}},
                  Exit.SOME_FAILED if failed else Exit.OK)  # fmt: skip


def begin(loop: Loop) -> None:
    """Make the process ready for work, now that all is loaded: the loop ends cleanly on signals."""
    memory.started()
    on_signals(loop)


def on_signals(loop: Loop) -> None:
    """End the loop cleanly on SIGTERM and SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())


def on_hangup(loop: Loop, announcer: Announcer) -> None:
    """Read config and site files again on SIGHUP; end where it means that the terminal has been closed."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return  # nohup
    on_terminal = sys.stderr.isatty()

    def hangup(*_: object) -> None:
        if on_terminal and not sys.stderr.isatty():
            loop.stop()
        else:
            announcer.reload_soon()

    signal.signal(signal.SIGHUP, hangup)
