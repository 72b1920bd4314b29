"""Faults and what was left out, as a person sees them, with the command that tries again; and what that command ends and does not."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from syncer.fetch.cookie import Cookie
from syncer.service import cookie_job, queue_faults, requests_job
from syncer.service.explain import explain
from syncer.service.looking import Look
from syncer.service.status import status

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import Place

FILES = tuple(f"/media/{number}.png" for number in (2, 5, 6))


def _ask(loop: Loop, **details: Any) -> dict[str, Any]:
    return requests_job.VERBS["queue retry"](loop.runtime, details)


def _drop(place: Place, *paths: str) -> None:
    (place.inbox / "links.txt").write_text("".join(f"{place.site.root}{path}\n" for path in paths), "utf-8")


def _run(loop: Loop, patience: float = 1) -> None:
    loop.run_until(lambda: False, patience=patience)


def test_groups_by_cause_with_sites_example_and_command(place: Place) -> None:
    place.site.misbehave("/post/*", "403")
    place.site.misbehave("/api/post/*", "403")
    place.site.misbehave(FILES[0], "garbage")
    _drop(place, "/post/2", "/post/5", "/api/post/6.json", FILES[0])
    with place.runner(checks=False) as loop:
        _run(loop)
        groups = queue_faults.faults(loop.runtime.db)["faults"]
        assert [(each["cause"], each["state"], each["number"]) for each in groups] == [
            ("forbidden", "failed", 3),
            ("bad_answer", "waits", 1),
        ]
        refused = groups[0]
        assert refused["sites"] == [{"site": "demo", "number": 2}, {"site": "demoapi", "number": 1}]
        assert refused["url"].startswith(place.site.root)
        assert "step 2" in refused["cure"]
        assert shlex.split(refused["retry"]) == ["syncer", "queue", "retry", "--cause", "forbidden"]
        (at_demo,) = queue_faults.faults(loop.runtime.db, site="demoapi")["faults"]
        for given, words in (
            (
                {"site": "demmo"},
                'nothing of that is at fault: there is no "demmo" among the sites of faults: demo, demoapi',
            ),
            ({"cause": "forbiden"}, "nothing of that is at fault: there is no"),
            ({"site": "demo", "older_than": 3600}, "nothing of that is at fault"),
        ):
            said = _ask(loop, **given)
            assert (said["failed"], said["woken"]) == (0, 0)
            assert said["words"].startswith(words)
        assert (at_demo["number"], at_demo["retry"]) == (1, "syncer queue retry --cause forbidden --site demoapi")


def test_what_was_left_out_is_tried_again_by_its_rule(place: Place) -> None:
    place.options += '\nblacklist = ["scenery"]'
    walked = ("/api/posts.json",)
    with place.runner(checks=False) as loop:
        done = place.get(loop, "demoapi: scenery")
        assert done["outcome"] == "skipped"
        (group,) = queue_faults.skipped(loop.runtime.db)["skipped"]
        assert group["state"] == "skipped"
        assert shlex.split(group["retry"]) == ["syncer", "queue", "retry", "--skipped", group["cause"]]
        number = group["number"]
        place.site.log.clear()
        assert _ask(loop, rule=group["cause"])["skipped"] == number
        _run(loop, 60)
        assert len(place.site.log) == 0, "the rule still holds: nothing is fetched for it"
        assert queue_faults.skipped(loop.runtime.db)["skipped"][0]["number"] == number
    place.options = place.options.replace("scenery", "nothing like that")
    with place.runner(checks=False) as loop:
        other = _ask(loop, rule="another")
        assert other["skipped"] == 0
        assert (
            other["words"]
            == 'nothing of that was left out: there is no "another" among the rules that did: "blacklist: scenery"'
        )
        assert _ask(loop, rule="blacklist", older_than=3600)["skipped"] == 0
        assert _ask(loop, rule="blacklist", site="demo")["skipped"] == 0
        assert _ask(loop, rule="BLACKLIST")["skipped"] == number
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM known WHERE outcome = 'skipped'") == 0
            assert tx.value("SELECT skipped FROM tallies") == 0
        _run(loop, 60)
        assert place.entry(loop, done["entry"]).outcome == "delivered"
        assert queue_faults.skipped(loop.runtime.db) == {"skipped": []}
    assert not any(path in walked for path in place.site.log.paths())
    assert len(place.media()) == len(place.world.expected("scenery"))
    place.check_whole()


def test_a_file_that_a_rule_left_out_after_it_was_fetched(place: Place) -> None:
    place.options += '\nmin_size = "1 MB"'
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}{FILES[0]}")["outcome"] == "skipped"
        (group,) = queue_faults.skipped(loop.runtime.db)["skipped"]
    place.options = place.options.replace("1 MB", "0 KB")
    with place.runner(checks=False) as loop:
        assert _ask(loop, rule=group["cause"])["skipped"] == 1
        _run(loop, 60)
    assert len(place.media()) == 1


@pytest.mark.parametrize(
    ("fault", "details", "ends"),
    [
        ("401", {}, True),
        ("503", {}, True),
        ("challenge", {}, True),
        ("429", {"retry": 7200}, False),
        ("429", {}, False),
    ],
)
def test_what_is_mended_does_not_wait_for_a_rest_but_what_the_site_asked_for_does(
    place: Place, fault: str, details: dict[str, Any], ends: bool
) -> None:
    place.site.misbehave("/media/*", fault, **details)
    _drop(place, *FILES)
    with place.runner(checks=False) as loop:
        _run(loop)
        assert loop.runtime.ledger.pauses() != ()
        place.site.behave()
        _ask(loop, cause=queue_faults.faults(loop.runtime.db)["faults"][0]["cause"])
        assert (loop.runtime.ledger.pauses() == ()) == ends
        _run(loop, 20)
        assert (len(place.media()) == len(FILES)) == ends
    with place.runner(checks=False) as loop:
        assert (loop.runtime.ledger.pauses() == ()) == ends, "over a restart, too"


def test_explain_points_at_the_next_step(place: Place) -> None:
    place.site.misbehave("/media/*", "403")
    _drop(place, FILES[0])
    with place.runner(checks=False) as loop:
        runtime, url = loop.runtime, f"{place.site.root}{FILES[0]}"
        assert explain(Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock), url)["trouble"] is None
        _run(loop)
        told = explain(Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock), url)["trouble"]
        assert (told["cause"], told["step"]) == ("forbidden", 2)
        assert "docs/how-to/refused.md, step 2" in told["next"]
        elsewhere = explain(
            Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock), "https://elsewhere.example/1.png"
        )
        assert elsewhere["trouble"] is None
        # What is handed over is to be tried before anything is said of it.
        look = Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock)
        place.clock.advance(5)
        runtime.client.jars.give([Cookie("session", "s3cret", "127.0.0.1")])
        cookie_job.save(runtime)
        told = explain(look, url)["trouble"]
        assert told["step"] == 2
        assert told["next"].startswith("try again with what you handed over since: `syncer queue retry ")
        _ask(loop)
        place.clock.advance(5)
        _run(loop)
        assert explain(look, url)["trouble"]["step"] == 3


def test_explain_tells_of_the_url_itself_before_others_of_its_host(place: Place) -> None:
    place.site.misbehave(FILES[0], "403")
    place.site.misbehave(FILES[1], "401")
    _drop(place, *FILES[:2])
    with place.runner(checks=False) as loop:
        _run(loop)
        runtime = loop.runtime
        look = Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock)
        told = [explain(look, f"{place.site.root}{path}")["trouble"] for path in (*FILES[:2], "/other.png")]
    assert [each["cause"] for each in told] == ["forbidden", "unauthorised", "unauthorised"]


def test_status_says_which_sites_wait_for_a_person(place: Place) -> None:
    place.site.misbehave("/media/*", "challenge")
    _drop(place, *FILES)
    with place.runner(checks=False) as loop:
        _run(loop)
        (needs,) = [each for each in status(loop.runtime.db, running=True)["needs_you"] if each["what"] == "site"]
        assert needs["subject"] == place.site.root.removeprefix("http://")
        assert "see a browser" in needs["why"]
        assert "docs/how-to/refused.md, step 2" in needs["advice"]
        place.site.behave()
        _ask(loop)
        _run(loop, 20)
        assert not [each for each in status(loop.runtime.db, running=True)["needs_you"] if each["what"] == "site"]
