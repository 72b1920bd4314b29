"""`syncer pause` and `syncer resume`: everything, all follows, all files, a site, or a follow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.errors import UsageError
from syncer.service.results import Result


def words(data: dict[str, Any]) -> Iterable[str]:
    """Show an answer that is a sentence."""
    yield data["words"]


def seconds(text: str | None) -> float | None:
    """Read `--for`; raises UsageError with the cure."""
    from syncer.config import units

    if text is None:
        return None
    try:
        found = units.duration(text)
    except ValueError as error:
        raise UsageError(f"--for {error}") from error
    if not found:
        raise UsageError(f"--for {text}: that is no time at all", "Say how long, like 2h, or leave --for out")
    return found


def _what(what: tuple[str, ...]) -> str:
    return " ".join(what) or "all"


@click.command("pause")
@click.argument("what", nargs=-1)
@click.option("--for", "span", help="How long, like 2h; without it until `syncer resume`.")
@frame.answering("pause", words)
def command(*, config_path: Path | None, as_json: bool, what: tuple[str, ...], span: str | None) -> Result:
    """Pause WHAT: all (if nothing is named), follows, files, site NAME, or a follow by its name."""
    from syncer import asking
    from syncer.service import in_force

    del as_json
    details = {"what": _what(what), "seconds": seconds(span)}
    return Result("pause", asking.ask(in_force.config_at(config_path), "pause", details))


@click.command("resume")
@click.argument("what", nargs=-1)
@frame.answering("resume", words)
def resume(*, config_path: Path | None, as_json: bool, what: tuple[str, ...]) -> Result:
    """Let WHAT go on; without a name everything that was paused by command but single follows."""
    from syncer import asking
    from syncer.service import in_force

    del as_json
    return Result("resume", asking.ask(in_force.config_at(config_path), "resume", {"what": _what(what)}))
