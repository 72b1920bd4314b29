"""Commands about follows: pauses hold over restarts and end in time, names mean what they say, many queries are not lost."""

from __future__ import annotations

import pytest

from syncer.cli import follow as follow_command
from syncer.errors import ConfigError, ItemError
from syncer.service import follow_verbs, status
from tests.system.conftest import Place

MORE = '[[subscriptions]]\nname = "sky"\nsite = "demo"\nqueries = [{}]\n'


def _queries(number: int) -> str:
    return MORE.format(", ".join(f'"word{each}"' for each in range(number)))


def test_a_pause_holds_over_a_restart_and_ends_in_time(place: Place) -> None:
    with place.runner(more=_queries(1)) as loop:
        follow_verbs.VERBS["pause"](loop.runtime, {"what": "follows", "seconds": 7200})
        loop.run_until(lambda: False)
        assert place.follow(loop).last_check == 0
    with place.runner() as loop:
        (row,) = follow_verbs.VERBS["follow list"](loop.runtime, {})["follows"]
        assert "all follows paused by command until" in row["paused"][0]
        place.advance(7300)
        loop.run_until(lambda: False)
        assert place.follow(loop).last_check > 0


def test_the_list_says_what_ails_a_follow(place: Place) -> None:
    place.site.misbehave("/posts*", "login_page")
    with place.runner(more=_queries(1)) as loop:
        loop.run_until(lambda: False)
        (line,) = follow_command._list(follow_verbs.VERBS["follow list"](loop.runtime, {}))
    assert "; 1 fault: the site sent its login page" in line


def test_names_mean_one_or_are_refused(place: Place) -> None:
    with place.runner(more=_queries(2)) as loop:
        rows = follow_verbs.VERBS["follow explain"](loop.runtime, {"name": "sky"})["follows"]
        assert {row["query"] for row in rows} == {"word0", "word1"}
        (row,) = follow_verbs.VERBS["follow explain"](loop.runtime, {"name": "sky: word1"})["follows"]
        assert row["query"] == "word1"
        with pytest.raises(ItemError, match="Did you mean"):
            follow_verbs.VERBS["follow now"](loop.runtime, {"name": "skye"})


def test_many_vanished_queries_wait_for_a_yes(place: Place) -> None:
    with place.runner(more=_queries(10)) as loop:
        follow_verbs.VERBS["pause"](loop.runtime, {"what": "follows"})
        place.write_config(_queries(2))
        with pytest.raises(ConfigError, match="would retire 8 of 10"):
            follow_verbs.VERBS["reload"](loop.runtime, {})
        assert len(follow_verbs.VERBS["follow list"](loop.runtime, {})["follows"]) == 10
        assert follow_verbs.VERBS["reload"](loop.runtime, {"yes": True})["retired"] == 8
        assert len(follow_verbs.VERBS["follow list"](loop.runtime, {})["follows"]) == 2


def test_status_and_list_say_what_is_paused_by_whom(place: Place) -> None:
    more = _queries(3).replace('"word2"', '{ q = "word2", paused = true }')
    with place.runner(more=more) as loop:
        ask = follow_verbs.VERBS
        ask["pause"](loop.runtime, {"what": "sky: word1"})
        shown = status.status(loop.runtime.db, running=True)
        assert shown["follows"] == {"alive": 1, "paused": 1, "paused by command": 1}
        assert [each["query"] for each in shown["next"]] == ["word0"]
        (waits,) = shown["waits"]
        assert waits["what"] == "sky: word1"
        assert '`syncer follow resume "sky: word1"` lets it go on' in waits["why"]
        ask["pause"](loop.runtime, {"what": "site demo", "seconds": 60})
        ask["pause"](loop.runtime, {"what": "files"})
        shown = status.status(loop.runtime.db, running=True)
        assert shown["next"] == []
        assert {each["what"]: each["until"] for each in shown["waits"]} == {
            "all files": None, "site demo": place.clock.now() + 60, "sky: word1": None,
        }  # fmt: skip
        lines = {row["query"]: row["paused"] for row in ask["follow list"](loop.runtime, {})["follows"]}
        assert lines["word2"][0] == "paused in the config"
        assert lines["word1"][0] == "paused by command until it is resumed"
