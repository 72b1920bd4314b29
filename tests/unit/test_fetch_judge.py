"""The judge: every kind of failure has its decision, waits grow and end, tries are bounded."""

from __future__ import annotations

import pytest

from syncer.fetch.failure import Failure, FailureKind, FetchError, fail
from syncer.fetch.judge import RULES, TRIES, Judgement, Outcome, Pause, judge

NOW = 1_700_000_000.0

EXPECTED = {
    # kind: (first outcome, uses up a try, what rests, from so many failures in a row on, how it ends)
    "offline": ("wait", False, "all", 1, None),
    "dns": ("retry", True, "domain", 1, "fail"),
    "refused": ("retry", True, "domain", 1, "fail"),
    "tls": ("retry", True, "domain", 1, "fail"),
    "proxy": ("wait", False, "domain", 1, None),
    "timeout": ("retry", True, "domain", 3, "fail"),
    "dropped": ("retry", True, "domain", 3, "fail"),
    "hung_up": ("wait", False, "none", 0, None),
    "drip": ("retry", True, "domain", 3, "fail"),
    "too_large": ("fail", False, "none", 0, "fail"),
    "wrong_length": ("retry", True, "domain", 5, "fail"),
    "cut_gzip": ("retry", True, "domain", 5, "fail"),
    "bad_answer": ("retry", True, "domain", 3, "fail"),
    "empty": ("retry", True, "domain", 3, "fail"),
    "range": ("retry", True, "none", 0, "fail"),
    "changed": ("retry", True, "none", 0, "fail"),
    "bad_redirect": ("fail", False, "none", 0, "fail"),
    "redirect_loop": ("fail", False, "none", 0, "fail"),
    "bad_request": ("fail", False, "none", 0, "fail"),
    "blocked_address": ("fail", False, "none", 0, "fail"),
    "outside_only": ("fail", False, "none", 0, "fail"),
    "slow_down": ("wait", False, "domain", 1, None),
    "unavailable": ("retry", True, "domain", 1, "fail"),
    "server_error": ("retry", True, "domain", 3, "fail"),
    "unauthorised": ("retry", True, "domain", 2, "fail"),
    "forbidden": ("fail", False, "domain", 5, "fail"),
    "not_found": ("gone", False, "none", 0, "gone"),
    "gone": ("gone", False, "none", 0, "gone"),
    "legal": ("gone", False, "none", 0, "gone"),
    "refused_request": ("fail", False, "none", 0, "fail"),
    "wrong_answer": ("retry", True, "domain", 3, "fail"),
    "unexpected_status": ("fail", False, "none", 0, "fail"),
    "challenge": ("wait", False, "domain", 1, None),
    "login_page": ("retry", True, "domain", 2, "fail"),
    "html_for_json": ("retry", True, "domain", 3, "fail"),
    "html_for_media": ("retry", True, "domain", 3, "fail"),
    "unknown_type": ("retry", True, "none", 0, "fail"),
    "not_whole": ("retry", True, "none", 0, "fail"),
    "placeholder": ("gone", False, "none", 0, "gone"),
    "not_yet": ("retry", True, "none", 0, "fail"),
    "wrong_hash": ("retry", True, "none", 0, "keep"),
    "disk": ("wait", False, "all", 1, None),
    "aborted": ("wait", False, "none", 0, None),
}


def rounds(kind: FailureKind) -> list[Judgement]:
    """Fail again and again, as a job would, until there is an end or 30 times."""
    found: list[Judgement] = []
    tries = waits = 0
    while len(found) < 30:
        # A try is used up before anybody knows whether it counts, as the jobs do it.
        judged = judge(Failure(kind), tries + 1, NOW, waits)
        found.append(judged)
        if judged.outcome not in (Outcome.RETRY, Outcome.WAIT):
            break
        tries, waits = (tries + 1, 0) if judged.counts else (tries, waits + 1)
    return found


def test_the_table_is_whole() -> None:
    assert set(RULES) == set(FailureKind)
    assert set(EXPECTED) == {str(kind) for kind in FailureKind}


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind(kind: FailureKind) -> None:
    outcome, counts, _, _, end = EXPECTED[kind]
    found = rounds(kind)
    first = found[0]
    assert (first.outcome, first.counts) == (outcome, counts)
    assert first.why
    assert first.until == NOW + first.wait
    if end is None:
        assert len(found) == 30, "what waits never gives up"
    else:
        assert found[-1].outcome == end
        assert found[-1].wait == 0
        assert len(found) <= TRIES
    waits = [judged.wait for judged in found if judged.outcome in (Outcome.RETRY, Outcome.WAIT)]
    assert waits == sorted(waits), "waits never get shorter"
    assert all(wait <= 86_400 for wait in waits)
    if kind not in (FailureKind.ABORTED, FailureKind.HUNG_UP):
        assert all(wait >= 5 for wait in waits), "nothing is hammered"


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("tries", [1, 9])
def test_what_rests_with_it(kind: FailureKind, tries: int) -> None:
    """From so many failures in a row on, ever longer, up to an hour (a day for a browser check), also when the job is given up."""
    _, _, pause, after, _ = EXPECTED[kind]
    rows = [judge(Failure(kind), tries, NOW, row=row) for row in range(1, 25)]
    if pause == "none":
        assert {each.pause for each in rows} == {Pause.NONE}
        assert {each.rest for each in rows} == {0}
        return
    assert [each.pause for each in rows] == [Pause.NONE] * (after - 1) + [Pause(pause)] * (25 - after)
    rests = [each.rest for each in rows[after - 1 :]]
    assert rests == sorted(rests)
    assert rests[0] >= 5
    longest = {"challenge": 86_400, "offline": 300, "disk": 600, "proxy": 600}
    assert rests[-1] == longest.get(kind, 3_600)


@pytest.mark.parametrize("kind", [kind for kind, row in EXPECTED.items() if row[0] in ("fail", "wait")])
def test_whoever_must_act_is_told_how(kind: str) -> None:
    assert RULES[FailureKind(kind)].advice or kind == "aborted"


def test_five_tries_in_all() -> None:
    found = rounds(FailureKind.SERVER_ERROR)
    assert [judged.outcome for judged in found] == ["retry"] * 4 + ["fail"]
    assert [judged.wait for judged in found] == [30, 150, 750, 3750, 0]
    assert "tried 5 times" in found[-1].why


def test_fewer_tries_where_the_caller_says_so() -> None:
    assert judge(Failure(FailureKind.SERVER_ERROR), 1, NOW, limit=1).outcome is Outcome.FAIL


def test_wrong_hash_is_kept_after_one_retry() -> None:
    assert [judged.outcome for judged in rounds(FailureKind.WRONG_HASH)] == ["retry", "keep"]


def test_what_the_site_says_goes_before_the_table() -> None:
    asked = Failure(FailureKind.SLOW_DOWN, "status 429", 429, retry_after=3600)
    assert judge(asked, 1, NOW).wait == 3600
    assert judge(Failure(FailureKind.SLOW_DOWN), 1, NOW).wait == 120
    assert judge(Failure(FailureKind.SLOW_DOWN, retry_after=10**9), 1, NOW).wait == 86_400
    assert judge(Failure(FailureKind.SLOW_DOWN, retry_after=0), 1, NOW).wait == 1
    assert judge(asked, 1, NOW, row=20).rest == 3600
    assert judge(Failure(FailureKind.SLOW_DOWN, retry_after=10**9), 1, NOW).rest == 86_400


def test_waiting_uses_up_no_try_however_often() -> None:
    judged = [judge(Failure(FailureKind.SLOW_DOWN), 1, NOW, waits) for waits in range(12)]
    assert {each.outcome for each in judged} == {Outcome.WAIT}
    assert [each.wait for each in judged[:6]] == [120, 240, 480, 960, 1920, 3600]
    assert judged[-1].wait == 3600


def test_the_reason_names_what_was_seen() -> None:
    judged = judge(Failure(FailureKind.WRONG_LENGTH, "1,000 bytes announced, 10 came"), 1, NOW)
    assert judged.why == "fewer bytes came than the site announced (1,000 bytes announced, 10 came)"


def test_the_error_says_it_in_words() -> None:
    error = fail(FailureKind.BLOCKED_ADDRESS, "nas is 192.168.1.2, port 80")
    assert isinstance(error, FetchError)
    assert str(error) == "blocked address: nas is 192.168.1.2, port 80"
    assert error.failure == Failure(FailureKind.BLOCKED_ADDRESS, "nas is 192.168.1.2, port 80")


def test_a_short_wait_that_a_site_names_again_and_again_grows_all_the_same() -> None:
    asked = Failure(FailureKind.SLOW_DOWN, "status 429", 429, retry_after=3)
    waits = [judge(asked, 1, NOW, waits=number, row=number + 1) for number in range(30)]
    assert [each.wait for each in waits[:10]] == [3, 3, 3, 3, 3, 3, 3, 4, 8, 16]
    assert [each.rest for each in waits] == [each.wait for each in waits]
    assert waits[-1].wait == 3600
    longer = Failure(FailureKind.SLOW_DOWN, retry_after=7200)
    assert judge(longer, 1, NOW, waits=29).wait == 7200
