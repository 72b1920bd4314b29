"""Each named misbehaviour of a file's server: its outcome, words and tries, and nothing untrue in the import folder."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from syncer.demo.server import LocalSite

if TYPE_CHECKING:
    from tests.system.conftest import Place

FILE = "/media/8.png"

GIVEN_UP: list[tuple[str, dict[str, Any], int, str, str]] = [
    # fault, details, requests in all, outcome, words
    ("truncated", {"bytes": 0}, 5, "failed", "than the site announced"),
    ("drip", {"bytes": 40}, 1, "delivered", ""),
    ("no_length", {}, 1, "delivered", ""),
    ("no_length_cut", {}, 3, "failed", "not whole"),
    ("too_long", {}, 1, "delivered", ""),
    ("length_wrong", {}, 5, "failed", "than the site announced"),
    ("chunked", {}, 1, "delivered", ""),
    ("gzip", {}, 1, "delivered", ""),
    ("cut_gzip", {}, 5, "failed", "packed"),
    ("cut_gzip", {"length": "no"}, 5, "failed", "packed"),
    ("html_as_image", {}, 3, "failed", "web page"),
    ("html_instead", {}, 3, "failed", "web page"),
    ("broken_image", {}, 3, "failed", "not whole"),
    ("empty", {}, 3, "failed", "empty"),
    ("garbage", {}, 3, "failed", "HTTP"),
    ("closed", {}, 6, "failed", "closed the connection"),  # the first over the connection that the page came by: no try
    ("404", {}, 1, "gone", "does not exist"),
    ("410", {}, 1, "gone", "removed"),
    ("451", {}, 1, "gone", "legal"),
    ("403", {}, 1, "failed", "refuses"),
    ("500", {}, 5, "failed", "tried 5 times"),
    ("500_then_fine", {}, 2, "delivered", ""),
    ("503_then_fine", {}, 2, "delivered", ""),
    ("redirect_chain", {}, 4, "delivered", ""),
    ("redirect_relative", {}, 2, "delivered", ""),
    ("redirect_loop", {}, 3, "failed", "circles"),
    ("redirect_self", {}, 1, "failed", "circles"),
    ("redirect_endless", {}, 10, "failed", "circles"),
    ("redirect_nowhere", {}, 3, "failed", "does not say where"),
    ("redirect_file", {}, 1, "failed", "nowhere"),
    ("redirect_javascript", {}, 1, "failed", "nowhere"),
    ("redirect_private", {}, 1, "failed", "private"),
    ("redirect_login", {}, 6, "failed", "login page"),
    ("other_type", {}, 1, "delivered", ""),
]


@pytest.mark.parametrize(
    ("fault", "details", "requests", "outcome", "words"), GIVEN_UP, ids=[f"{row[0]}{len(row[1])}" for row in GIVEN_UP]
)
def test_one_fault(place: Place, fault: str, details: dict[str, Any], requests: int, outcome: str, words: str) -> None:
    place.site.misbehave(f"*{FILE}" if "redirect" not in fault else FILE, fault, **details)
    with place.runner(checks=False) as loop:
        other = f"{place.site.root}/media/6.gif"
        (place.inbox / "other.txt").write_text(f"{place.site.root}/media/2.jpg\n{place.site.root}/media/2.png\n")
        got = place.get(loop, f"{place.site.root}{FILE}")
        assert got["outcome"] == outcome, got
        assert words in got["words"]
        asked = [path for path in place.site.log.paths() if FILE in path or "/login" in path]
        assert len(asked) == requests
        assert place.get(loop, other.replace("gif", "png"))["outcome"] == "delivered", "others go on"
        if outcome != "delivered":
            # Nothing is remembered that keeps it from being asked for again.
            place.site.behave()
            place.site.misbehave(FILE, "fine")
            assert place.get(loop, f"{place.site.root}{FILE}")["outcome"] == "delivered"
    place.check_no_parts()
    if fault != "other_type":
        place.check_whole()


def test_a_type_that_the_name_does_not_tell(place: Place) -> None:
    place.site.misbehave(FILE, "other_type")
    with place.runner(checks=False) as loop:
        place.get(loop, f"{place.site.root}{FILE}")
    assert [name.rpartition(".")[2] for name in place.media()] == ["jpg"]


@pytest.mark.parametrize("fault", ["stalled", "silent", "huge_length"])
def test_a_server_that_falls_silent_is_left_alone_after_its_tries(place: Place, fault: str) -> None:
    place.read_timeout = "100 ms"
    place.site.misbehave(FILE, fault)
    with place.runner(checks=False) as loop:
        got = place.get(loop, f"{place.site.root}{FILE}")
        assert got["outcome"] == "failed"
        assert "tried 5 times" in got["words"] or "larger" in got["words"]
    assert place.media() == []
    place.check_no_parts()


@pytest.mark.parametrize("first", ["", "500"])
def test_a_wrong_md5_is_tried_once_more_and_then_kept_with_a_word(place: Place, first: str) -> None:
    if first:
        place.site.misbehave(FILE, first, times=1)
    place.site.misbehave("/api/post/8.json", "wrong_md5")
    with place.runner(checks=False) as loop:
        got = place.get(loop, f"{place.site.root}/api/post/8.json")
        assert got["outcome"] == "delivered", got
    assert place.site.log.paths().count(FILE) == 2
    (sidecar,) = place.imports.glob("*.json")
    told = json.loads(sidecar.read_text("utf-8"))
    assert "the site says md5" in json.dumps(told["file"])
    file = place.world.file(FILE)
    assert file is not None
    assert told["file"]["md5"] == file.md5, "the true one"
    place.check_whole()


def test_a_file_that_comes_right_at_the_second_try_has_no_such_word(place: Place) -> None:
    place.site.misbehave(FILE, "wrong_md5", times=1)
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}/api/post/8.json")["outcome"] == "delivered"
    (sidecar,) = place.imports.glob("*.json")
    assert "md5 " not in json.dumps(json.loads(sidecar.read_text("utf-8"))["file"].get("unverified", ""))
    place.check_whole()


def test_each_hop_passes_the_pace_and_a_retry_goes_home(place: Place) -> None:
    place.bandwidth = ""
    with LocalSite(place.world, place.clock.now) as other:
        # 8.png leads to the other site, which fails once; the retry begins at home, and in home's lane.
        target = f"{other.root.replace('/', '|')}|media|8.png"
        place.site.misbehave(FILE, "redirect_to", to=target)
        other.misbehave(FILE, "500", times=1)
        (place.inbox / "many.txt").write_text(
            "".join(f"{place.site.root}/media/{number}.png\n" for number in (2, 5, 8, 7, 10)), "utf-8"
        )
        with place.runner(checks=False) as loop:
            loop.run_until(lambda: len(other.log) == 1, patience=600)
            with loop.runtime.db.read() as tx:
                (put_off,) = tx.rows("SELECT lane FROM jobs WHERE state = 'later'")
            assert put_off["lane"] == place.site.root.removeprefix("http://")
            loop.run_until(lambda: False, patience=600)
        for site in (place.site, other):
            times = sorted(entry.time for entry in site.log)
            rests = [later - earlier for earlier, later in itertools.pairwise(times)]
            assert all(rest >= 0.999 for rest in rests), rests
        assert place.site.log.paths().count(FILE) == 2
        assert other.log.paths() == [FILE, FILE]
    place.check_whole()


def test_a_redirect_chain_is_one_request_a_second(place: Place) -> None:
    place.bandwidth = ""
    place.site.misbehave(FILE, "redirect_chain", hops=4)
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}{FILE}")["outcome"] == "delivered"
    times = [entry.time for entry in place.site.log]
    assert len(times) == 5
    assert times[-1] - times[0] >= 3.999


def test_a_mistake_of_ours_in_one_file_is_one_failed_job_in_words(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from syncer.deliver import look

    real = look.examine
    left = 1

    def broken(*given: object, **named: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise ZeroDivisionError("odd")
        return real(*given, **named)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(look, "examine", broken)
    with place.runner(checks=False) as loop:
        got = place.get(loop, f"{place.site.root}{FILE}")
        assert got["outcome"] == "failed"
        assert "ZeroDivisionError: odd" in got["words"]
        assert "report" in got["words"]
        assert place.get(loop, f"{place.site.root}/media/6.png")["outcome"] == "delivered"
    assert "Traceback" not in caplog.text
    place.check_whole()


def test_a_delivery_that_is_given_up_frees_its_bytes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncer.deliver.place import Target

    real = Target.lay_media
    left = 1

    def broken(self: Target, *given: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise ZeroDivisionError("odd")
        return real(self, *given)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(Target, "lay_media", broken)
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}{FILE}")["outcome"] == "failed"
        assert list(place.imports.iterdir()) == [], "its sidecar is taken back"
        place.check_no_parts()
        assert place.get(loop, f"{place.site.root}{FILE}")["outcome"] == "delivered"
    place.check_whole()
