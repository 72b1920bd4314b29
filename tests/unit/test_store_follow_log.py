"""What a follow's log says of the posts on a page."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from syncer.clock import VirtualClock
from syncer.store import follow_log
from syncer.store.database import Database, Named


def test_a_post_is_met_by_its_whole_id_whatever_characters_are_in_it(tmp_path: Path) -> None:
    """JSON in SQLite ends a text at its first NUL: the beginning of such an id may be another post."""
    ids = ["a", "b\0c", "d'e", 'f"g\\', "hé\U0001f426"]
    with closing(Database.open(tmp_path / "state", VirtualClock())) as db:
        with db.write(Named.CHECK_DONE) as tx:
            follow_log.log_finds(tx, "f", [(f"post:site/{each}", None) for each in ids])
        with db.read() as tx:
            for asked in (["a\0b"], ["b"], ["x"]):
                assert follow_log.met(tx, "f", [f"post:site/{each}" for each in asked]) == frozenset()
            keys = [f"post:site/{each}" for each in ids]
            assert follow_log.met(tx, "f", keys) == frozenset(keys)
