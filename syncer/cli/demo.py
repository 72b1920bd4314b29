"""`syncer demo`: the main job on the built-in local site, in a new folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.cli.progress import Progress
from syncer.cli.run import begin
from syncer.cli.typed import TypedPath
from syncer.errors import Exit, UsageError
from syncer.service.results import Result

POSTS = 30


@click.command("demo")
@click.option("--into", type=TypedPath(), help="A new folder for it (default: a temporary one).")
@frame.answering("demo", lambda data: list(_show(data)))
def command(*, config_path: Path | None, as_json: bool, into: Path | None) -> Result:
    """Start a small local site and do the main job on it.

    A .url and a .txt in the inbox, a subscription with two queries, a watcher and a gallery download, all into one new folder.
    """
    from syncer.clock import SystemClock
    from syncer.demo import house
    from syncer.demo.server import LocalSite
    from syncer.demo.world import World

    del config_path
    folder = _new_folder(into)
    clock = SystemClock()
    with LocalSite(World(seed=1, posts=POSTS, start=clock.now()), clock=clock) as site:
        place = house.prepare(folder, site.root)
        if not as_json:
            click.echo(f"A local site is at {site.root}, a new syncer lives in {folder}. Now `syncer run --once`:\n")
        with Progress(quiet=as_json) as progress:
            _run(place.config, progress)
    failed = progress.counts["failed"]
    data = _data(place, progress)
    return Result("demo", data, Exit.SOME_FAILED if failed or not data["files"] else Exit.OK)


def _new_folder(into: Path | None) -> Path:
    import tempfile

    if into is None:
        return Path(tempfile.mkdtemp(prefix="syncer-demo-"))
    folder = into.absolute()
    if folder.exists() and any(folder.iterdir()):
        number = next(n for n in range(2, 10_000) if not folder.with_name(f"{folder.name}-{n}").exists())
        folder = folder.with_name(f"{folder.name}-{number}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}", "Name another one with --into") from error
    return folder


def _run(config_path: Path, progress: Progress) -> None:
    from syncer import app
    from syncer.intake.settle import Patience
    from syncer.service import in_force

    with app.runner(
        in_force.config_at(config_path), app.Wanted(patience=Patience(quiet=0.1)), tell=progress.tell
    ) as loop:
        begin(loop)
        loop.run_until(lambda: False)


def _data(place: Any, progress: Progress) -> dict[str, Any]:
    files = sorted(str(path.relative_to(place.imports)) for path in place.imports.rglob("*") if path.is_file())
    sidecars = [name for name in files if name.endswith(".json")]
    # The one that says most: a file of a post, with tags and notes.
    shown = max(sidecars, key=lambda name: (place.imports / name).stat().st_size, default="")
    results = sorted(str(path.relative_to(place.inbox)) for path in place.inbox.rglob("*.txt"))
    return {
        "folder": str(place.folder),
        "files": files,
        "sidecar": {"name": shown, "text": (place.imports / shown).read_text("utf-8") if shown else ""},
        "left_out": [{"what": event.subject, "kind": event.kind, "why": event.text} for event in progress.seen],
        "counts": dict(progress.counts),
        "inbox": results,
    }


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield f"\nThe import folder, {data['folder']}/import:"
    yield from _tree(data["files"])
    yield f"\nOne sidecar, {data['sidecar']['name']}:"
    yield data["sidecar"]["text"].rstrip()
    yield "\nWhat was left out, and why:"
    for why, names in _by_reason(data["left_out"]).items():
        yield f"  {why}"
        yield from (f"    {name}" for name in names)
    yield "\nLook next at"
    config = f"{data['folder']}/config.toml"
    yield f"  {config}: what made all this happen"
    yield f"  {data['folder']}/inbox/done/: what became of each dropped line"
    yield f"  {data['folder']}/sites/: the site files; docs/site-files.md tells how to write one"
    yield f"  syncer status --config {config}: when each query is checked next"


def _by_reason(left_out: list[dict[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for each in left_out:
        grouped.setdefault(f"{each['kind']}: {each['why']}", []).append(each["what"])
    return {why: list(dict.fromkeys(names)) for why, names in grouped.items()}


def _tree(files: list[str]) -> Iterator[str]:
    for place, name in enumerate(files):
        yield f"  {'└──' if place == len(files) - 1 else '├──'} {name}"
