"""What a person takes out of the config by command: noted before the edit, so that a reload does not take it for a mistake.

Here, because a reload that would retire many queries asks first, and whoever has just said so shall not be asked. Commands call
it; `reconcile` reads the note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from syncer.clock import Clock
from syncer.config import edit
from syncer.config.settings import Config
from syncer.errors import SyncerError, UsageError
from syncer.service import reconcile
from syncer.store.database import FILE_NAME, Database, Named

KEPT = f"what it knows is kept for {reconcile.KEPT_RETIRED // 86400} days, in case it comes back"


def queries(config: Config, main: Path, subscription: str, texts: Iterable[str], clock: Clock) -> list[tuple[str, str]]:
    """Remove queries from a subscription; return their texts, each with what becomes of it. Raises as `edit.remove_queries`."""
    place = edit.place_of(main, subscription)
    gone = [text.strip() for text in texts]
    with _noted(config, [(place.site, text) for text in gone if text in place.all], clock):
        edit.remove_queries(main, subscription, gone)
    return [(text, _left(config, place, text)) for text in gone]


def _left(config: Config, place: edit.Place, text: str) -> str:
    for one in config.subscriptions:
        if one.site == place.site and one.name != place.name and any(query.text == text for query in one.queries):
            return f'it is still followed in the subscription "{one.name}"'
    return KEPT


def subscription(config: Config, main: Path, name: str, clock: Clock, *, yes: bool) -> edit.Place:
    """Remove a subscription with its queries; return where it was.

    Raises UsageError where it has many queries and no `yes` is given, else as `edit.remove_subscription`.
    """
    place = edit.place_of(main, name)
    if len(place.all) > reconcile.FEW and not yes:
        raise UsageError(
            f'the subscription "{place.name}" has {len(place.all)} queries',
            "Say --yes if none of them shall be followed any more",
        )
    with _noted(config, [(place.site, text) for text in place.all], clock):
        edit.remove_subscription(main, name)
    return place


@contextmanager
def _noted(config: Config, gone: list[tuple[str, str]], clock: Clock) -> Iterator[None]:
    """Note that queries, by site and text, vanish because somebody says so; take that back where they do not."""
    if not (config.folders.state / FILE_NAME).exists():
        yield  # nothing was ever followed
        return
    with closing(Database.open(config.folders.state, clock)) as db:
        with db.write(Named.REQUEST) as tx:
            reconcile.mean(tx, gone)
        try:
            yield
        except SyncerError:
            with db.write(Named.REQUEST) as tx:
                reconcile.take_back(tx, gone)
            raise
