"""Logins in the whole service: made before use, renewed, lost in the middle, refused; nothing is taken from a login page."""

from __future__ import annotations

import itertools
import json
import logging
import threading

import pytest

from syncer import app
from syncer.cli import explain as explain_command
from syncer.cli import main
from syncer.config import load
from syncer.demo.house import SITE_FILES
from syncer.demo.login import NAME, SECOND, WORD
from syncer.demo.server import LocalSite
from syncer.errors import ItemError
from syncer.fetch.cookie import Cookie
from syncer.fetch.failure import Failure, FailureKind
from syncer.intake.settle import Patience
from syncer.service import cookie_job, login_job, logins
from syncer.service.explain import explain
from syncer.service.looking import Look
from syncer.service.loop import Loop
from syncer.service.reload import Reload
from syncer.service.requests_job import VERBS
from syncer.service.status import status
from syncer.store import logins as kept_logins
from syncer.store.database import Transaction
from syncer.store.jobs import Job, from_row
from syncer.store.logins import Kept
from tests.system.conftest import MakePlace, Place
from tests.system.test_service_cookies import SECRET, where

PARSERS = (
    "[parser.listing]"
    + (SITE_FILES / "demo.toml").read_text("utf-8").partition("[parser.listing]")[2].partition("[[sample]]")[0]
)
MEMBERS = """
[site]
name = "Members"
root = "http://127.0.0.1:8123"
[[search]]
name = "tags"
url = "/members/posts?tags={query}&page=1"
[[url]]
name = "search page"
kind = "gallery"
match = "/members/posts?tags={tags?}&page={page:digits=1}"
parser = "listing"
[[url]]
name = "post"
kind = "post"
match = "/members/post/{id:digits}"
parser = "post"
"""
SCRIPT = """
[[login.steps]]
name = "form"
url = "/login"
get = { token = { css = "input[name=token]", attr = "value" } }
[[login.steps]]
name = "login"
method = "POST"
url = "/login"
form = { user = "{user}", password = "{password}", token = "{token}" }
cookies = ["session"]
[login]
cookies = ["session"]
"""
SIGNS = 'logged_out = { css = "input[type=password]" }\n'
BY_COOKIES = '[login]\ncookies = ["session"]\nlogged_out = { css = "input[type=password]", url = "/login*" }\n'


class House:
    """A place with a site for members."""

    def __init__(self, place: Place, login: str) -> None:
        self.place = place
        self.root = place.site.root
        self.password = place.folder / "password"
        self.write_password(WORD)
        self.write_site(login)

    def write_password(self, word: str) -> None:
        self.password.write_text(f"{word}\n", "utf-8")
        self.password.chmod(0o600)

    def write_site(self, login: str) -> None:
        text = MEMBERS + login + PARSERS
        (self.place.folder / "sites" / "members.toml").write_text(text, "utf-8")

    @property
    def more(self) -> str:
        return (
            f'[site.members]\nroot = "{self.root}"\n[site.members.credentials]\nuser = {{ env = "MEMBER" }}\n'
            'password = { file = "password" }\n'
        )

    @property
    def without(self) -> str:
        return f'[site.members]\nroot = "{self.root}"\n'

    def logins(self) -> int:
        return sum(request.method == "POST" for request in self.place.site.log)

    def give(self, loop: Loop, value: str) -> None:
        cookie_job.give(loop.runtime, [Cookie("session", value, "127.0.0.1")])


@pytest.fixture
def house(place: Place, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("MEMBER", NAME)
    return House(place, SCRIPT + SIGNS)


def all_is_there(place: Place) -> bool:
    """Tell whether every file of the site is there, once and whole."""
    place.check_whole()
    return len(place.media()) == len(place.world.expected("", place.clock.now()))


def outcomes(loop: Loop) -> set[str]:
    """Return as what things are known."""
    with loop.runtime.db.read() as tx:
        rows = tx.rows("SELECT outcome, why FROM known")
        return {row["outcome"] + ("" if row["outcome"] == "delivered" else f" {row['why']}") for row in rows}


def known(loop: Loop) -> int:
    with loop.runtime.db.read() as tx:
        return int(tx.value("SELECT count(*) FROM known"))


def test_a_login_is_made_before_the_first_page_at_the_pace_of_the_site(house: House) -> None:
    place = house.place
    place.bandwidth = ""
    with place.runner(checks=False, more=house.more) as loop:
        assert place.get(loop, "members: ")["outcome"] == "delivered"
    assert all_is_there(place)
    first = list(place.site.log)[:4]
    assert [(each.method, each.target) for each in first] == [
        ("GET", "/login"), ("POST", "/login"), ("GET", "/"), ("GET", "/members/posts?page=1"),
    ]  # fmt: skip
    posted = first[1].headers
    assert posted["content-type"] == "application/x-www-form-urlencoded"
    assert posted["origin"] == house.root
    assert posted["referer"] == f"{house.root}/login"
    times = [each.time for each in place.site.log]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.99
    assert house.logins() == 1


def test_a_wrong_password_is_tried_once_then_the_site_waits_for_the_person(house: House) -> None:
    place = house.place
    house.write_password("wrong")
    with place.runner(checks=False, more=house.more) as loop:
        done = place.get(loop, "members: ")
        assert done["outcome"] == "waits"
        assert done["until"] is None
        assert 'step 2 (login): the answer left no cookie "session"' in done["words"]
        assert "password may be wrong" in done["words"]
        assert place.get(loop, f"{house.root}/members/post/3")["outcome"] == "waits"
        assert (house.logins(), known(loop)) == (1, 0)
        assert status(loop.runtime.db, running=True)["queue"] == {"waiting": 1, "later": 0, "asks": 1}
        assert place.words("notice").count("members: paused:") == 1
        assert place.get(loop, f"{house.root}/post/2")["outcome"] == "delivered", "other sites go on"
    with place.runner(checks=False, more=house.more) as loop:
        loop.run_until(lambda: False)
        logins.look(loop.runtime)
        assert house.logins() == 1, "it is paused after a restart, too"
        house.write_password(WORD)
        logins.look(loop.runtime)
        loop.run_until(lambda: False)
        assert house.logins() == 2
    assert all_is_there(place)


def test_a_password_that_cannot_be_had_is_told_with_its_cure(house: House) -> None:
    place = house.place
    house.password.chmod(0o644)
    with place.runner(checks=False, more=house.more) as loop:
        words = place.get(loop, "members: ")["words"]
        assert f"others on this machine can read {house.password}" in words
        assert f"chmod 600 {house.password}" in words
        assert len(list(place.site.log)) == 0
        house.password.chmod(0o600)
        logins.look(loop.runtime)
        loop.run_until(lambda: False)
    assert all_is_there(place)


def test_a_login_is_renewed_before_it_is_used_again(house: House) -> None:
    place = house.place
    house.write_site(SCRIPT + 'valid = "10 minutes"\n' + SIGNS)
    with place.runner(checks=False, more=house.more) as loop:
        place.get(loop, f"{house.root}/members/post/3")
        place.advance(500)
        place.get(loop, f"{house.root}/members/post/2")
        assert house.logins() == 1
    with place.runner(checks=False, more=house.more) as loop:
        place.advance(200)
        place.get(loop, f"{house.root}/members/post/4")
        assert house.logins() == 2
        place.advance(4000)
        house.write_site(SCRIPT + SIGNS)
        Reload(loop.runtime).again()
        place.get(loop, f"{house.root}/members/post/5")
        assert house.logins() == 3, "the cookie is over"
    assert place.posts() == [2, 3, 4, 5]


@pytest.mark.parametrize("how", ["401", "page", "redirect"])
@pytest.mark.parametrize("after", [0, 1, 40])
def test_cookies_that_die_in_the_middle_stop_the_site_until_others_come(
    make_place: MakePlace, how: str, after: int
) -> None:
    place = make_place(posts=45)
    house = House(place, BY_COOKIES)
    place.site.misbehave("/members/*", "session_over", after=after, how=how, unless=SECOND)
    with place.runner(checks=False, more=house.without) as loop:
        house.give(loop, "let-me-in")
        done = place.get(loop, "members: ")
        assert done["outcome"] == "waits"
        assert "nobody is logged in" in done["words"]
        assert "syncer cookies import" in done["words"]
        assert place.words("notice").count("members: paused:") == 1
        asked = [each.target for each in place.site.log if "/members/" in each.target]
        assert len(asked) <= after + 3, "no more than what ran at that moment"
        assert "/login" not in place.site.log.paths()
        assert loop.runtime.dispatch.paused.sites == ("members",)
        empty = "the site shows no file for this post (deleted, limited, or text alone)"
        assert outcomes(loop) <= {"delivered", "skipped the site file refuses this post: deleted", f"skipped {empty}"}
    with place.runner(checks=False, more=house.without) as loop:
        loop.run_until(lambda: False)
        assert len([each for each in place.site.log if "/members/" in each.target]) == len(asked)
        house.give(loop, SECOND)
        loop.run_until(lambda: False)
    assert all_is_there(place)
    assert "members: goes on: new cookies came" in place.words("notice")


def test_a_login_of_its_own_that_is_lost_is_made_once_more(house: House) -> None:
    place = house.place
    with place.runner(checks=False, more=house.more) as loop:
        place.get(loop, f"{house.root}/members/post/3")
        place.advance(400)
        place.site.misbehave("/members/*", "session_over", after=3, times=1)
        assert place.get(loop, "members: ")["outcome"] == "delivered"
        assert house.logins() == 2
        assert "members: logged out: status 401; logging in anew" in place.words("notice")
    assert all_is_there(place)


def test_a_login_that_works_for_nothing_is_not_made_again_and_again(house: House) -> None:
    place = house.place
    place.site.misbehave("/members/*", "session_over")
    with place.runner(checks=False, more=house.more) as loop:
        done = place.get(loop, "members: ")
        assert done["outcome"] == "waits"
        assert "though the login seemed to work" in done["words"]
    assert house.logins() == 1


def test_a_site_that_is_away_at_the_login_is_waited_for_and_not_given_up(house: House) -> None:
    place = house.place
    place.site.misbehave("/login", "503", times=2)
    with place.runner(checks=False, more=house.more) as loop:
        assert place.get(loop, "members: ", patience=90_000)["outcome"] == "delivered"
        assert "paused" not in place.words("notice")
    assert house.logins() == 1


def test_without_credentials_a_login_is_not_made_and_a_person_is_told(house: House) -> None:
    with house.place.runner(checks=False, more=house.without) as loop:
        done = house.place.get(loop, "members: ")
        assert done["outcome"] == "waits"
        assert "it sends on to its login" in done["words"] or "not logged in" in done["words"]
        assert house.logins() == 0
        answer = VERBS["resume"](loop.runtime, {"what": "site members"})
        assert answer["words"] == "site members resumed"
        assert loop.runtime.dispatch.paused.sites == ()


GATE = """
[login]
steps = [
  { url = "/gate", hidden = "form.gate" },
  { method = "POST", url = "/gate", form = { agree = "yes" }, cookies = ["agreed"] },
]
cookies = ["agreed"]
logged_out = { text = "<h1>Before you go on</h1>" }
"""


def test_a_gate_is_clicked_through_with_nobodys_credentials(house: House) -> None:
    place = house.place
    text = (MEMBERS + GATE + PARSERS).replace('"/members/post/{', '"/gated/post/{')
    (place.folder / "sites" / "members.toml").write_text(text, "utf-8")
    with place.runner(checks=False, more=house.without) as loop:
        assert place.get(loop, f"{house.root}/gated/post/3")["outcome"] == "delivered"
        assert place.get(loop, f"{house.root}/gated/post/4")["outcome"] == "delivered"
    assert house.logins() == 1
    assert place.posts() == [3, 4]


def test_a_page_for_nobody_in_place_of_a_file_is_no_media(house: House) -> None:
    place = house.place
    text = (MEMBERS + BY_COOKIES + PARSERS).replace("[parser.listing]", '[[url]]\nname = "file"\nkind = "file"\n'
        'match = "/media/{name}.png"\n[parser.listing]')  # fmt: skip
    (place.folder / "sites" / "members.toml").write_text(text, "utf-8")
    place.site.misbehave("/media/*", "login_page", times=1)
    with place.runner(checks=False, more=house.without) as loop:
        house.give(loop, "let-me-in")
        done = place.get(loop, f"{house.root}/members/post/2")
        assert done["outcome"] == "waits"
        house.give(loop, SECOND)
        loop.run_until(lambda: False)
    assert place.posts() == [2]


IMPORTED = """
[site]
name = "a script"
dialect = "hydrus"
[[login]]
name = "members login"
examples = [{{ domain = "{host}", access = "everything" }}]
cookies = [{{ name = "session", value = {{ any = true }} }}]
credentials = [{{ name = "user name", kind = "text" }}, {{ name = "password", kind = "pass" }}]
[[login.steps]]
name = "get the token"
method = "GET"
scheme = "http"
path = "/login"
[[login.steps.get]]
name = "token"
what = "variable"
variable = "csrf"
html = [{{ tag = "input", attrs = {{ type = "hidden" }} }}]
attr = "value"
[[login.steps]]
name = "log in"
method = "POST"
scheme = "http"
path = "/login"
form = {{ user = "user name", password = "password" }}
temporary = {{ token = "csrf" }}
static = {{ "odd {{braces}}" = "{{kept}}" }}
cookies = [{{ name = "session", value = {{ any = true }} }}]
"""


def run(place: Place, capsys: pytest.CaptureFixture[str], more: str, *words: str) -> tuple[int, str]:
    """Call the command line; return its exit code and all that it shows. No secret is ever in it."""
    capsys.readouterr()
    code = main.main([*words, "--config", str(place.write_config(more))])
    out, err = capsys.readouterr()
    assert WORD not in out + err
    return code, out + err


def test_the_command_tries_lists_and_clears(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    place, more = house.place, house.more
    code, out = run(place, capsys, more, "login", "list")
    assert 'members: not logged in: the cookie "session" is not there' in out
    code, out = run(place, capsys, more, "login", "members")
    assert code == 0
    assert out == (
        f"step 1 (form): GET {house.root}/login: 200, read\n"
        f"step 2 (login): POST {house.root}/login: 302, on to {house.root}/\n"
        f"step 2 (login): GET {house.root}/: 200, read\n"
        "logged in to members\n"
    )
    code, out = run(place, capsys, more, "login", "list", "--json")
    (row,) = json.loads(out)["data"]["logins"]
    assert (row["site"], row["scripted"], row["paused"], row["missing"]) == ("members", True, False, "")
    code, out = run(place, capsys, more, "login", "clear", "members")
    assert out == f"the login of members is forgotten; cookies: {house.root.removeprefix('http://')} (1)\n"
    house.write_password("pl4nted-wr0ng")
    code, out = run(place, capsys, more, "login", "members")
    assert code == 1
    assert 'not logged in to members: step 2 (login): the answer left no cookie "session"' in out
    assert "pl4nted" not in out
    tried = house.logins()
    with place.runner(checks=False, more=more) as loop:
        assert place.get(loop, f"{house.root}/members/post/3")["outcome"] == "waits"
    assert house.logins() == tried, "no job tries once more what a person saw fail"
    for words, why in {
        ("login", "nothing"): 'there is no site "nothing"',
        ("login", "demo"): "the site file of demo says nothing of a login",
        ("login", "use", "members", "other"): 'there is no login "other"',
    }.items():
        code, out = run(place, capsys, more, *words)
        assert (code, why in out) == (1, True), out
    assert where(place.folder, "pl4nted") == ["password"]


def test_the_command_says_what_kept_the_login_from_its_site(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.place.site.misbehave("/login", "challenge", times=1)
    code, out = run(house.place, capsys, house.more, "login", "members")
    assert (code, "not logged in to members: the site wants to see a browser (status" in out) == (1, True), out
    assert "or give it cookies and User-Agent of your browser" in out


def test_an_imported_script_logs_in(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    place = house.place
    house.write_site("")
    host = house.root.removeprefix("http://")
    (place.folder / "sites" / "script.toml").write_text(IMPORTED.format(host=host), "utf-8")
    more = house.more.replace("user =", '"user name" =')
    code, out = run(place, capsys, more, "login", "use", "members", "script/members login")
    assert (code, out) == (0, "members is logged in to by script/members login\n")
    with place.runner(checks=False, more=more) as loop:
        answer = VERBS["login try"](loop.runtime, {"site": "members"})
        assert answer["words"] == "logged in to members"
        assert [each["name"] for each in answer["steps"]] == ["get the token", "log in", "log in"]
        assert place.get(loop, "members: ")["outcome"] == "delivered"
        assert house.logins() == 1
        place.advance(4000)
        place.get(loop, f"{house.root}/members/post/3", again=True)
        assert house.logins() == 2, "its cookie was over"
        VERBS["login use"](loop.runtime, {"site": "members", "name": "none"})
        loop.runtime.client.jars.clear(house.root)
        assert place.get(loop, f"{house.root}/members/post/3", again=True)["outcome"] != "delivered"


def test_keys_go_to_their_own_site_and_nowhere_else(house: House, caplog: pytest.LogCaptureFixture) -> None:
    place = house.place
    house.write_site("")
    (place.folder / "key").write_text(SECRET, "utf-8")
    (place.folder / "key").chmod(0o600)
    more = house.without + (
        'headers = { Authorization = { file = "key", before = "Bearer " } }\nparameters = { api_key = { file = "key" } }\n'
    )
    # The site sends on with all that it was asked with, and once to somebody else.
    place.site.misbehave("/members/post/3", "redirect_chain", times=1)
    with LocalSite(place.world, place.clock.now) as other, caplog.at_level(logging.DEBUG):
        place.site.misbehave("/members/post/4", "redirect_to", to=f"{other.root}/post/4")
        with place.runner(checks=False, more=more) as loop:
            house.give(loop, "let-me-in")
            assert place.get(loop, f"{house.root}/members/post/3")["outcome"] == "delivered"
            place.get(loop, f"{house.root}/members/post/4")
            place.get(loop, f"{house.root}/post/5")
        assert [each.target for each in other.log] == ["/post/4", "/media/4.png"]
        assert all("authorization" not in each.headers and SECRET not in each.target for each in other.log)
    mine = [each for each in place.site.log if "/members/" in each.target]
    assert len(mine) == 5
    assert {each.headers.get("authorization") for each in mine} == {f"Bearer {SECRET}"}
    assert {each.target.count(SECRET) for each in mine} == {1}
    assert all(SECRET not in each.target for each in place.site.log if each.target.startswith(("/post/5", "/media/5")))
    told = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    assert SECRET not in told + place.words()
    assert where(place.folder, SECRET) == ["key"]


def test_a_key_that_a_page_repeats_in_its_links_is_kept_and_told_nowhere(house: House) -> None:
    place, secret = house.place, "s3cret w&rd"
    house.write_site("")
    (place.folder / "key").write_text(secret, "utf-8")
    (place.folder / "key").chmod(0o600)
    place.site.misbehave("/members/post/3*", "repeats")
    more = house.without + 'headers = { Cookie-Free = { file = "key" } }\nparameters = { api_key = { file = "key" } }\n'
    with place.runner(checks=False, more=more) as loop:
        house.give(loop, "let-me-in")
        assert place.get(loop, f"{house.root}/members/post/3")["outcome"] == "delivered"
        logins.pause(loop.runtime, loop.runtime.snapshot, "members", f"the site says: {secret} is no key", "Ask it")
        assert loop.runtime.logins.of("members").why == "the site says: (hidden) is no key"
    (media,) = [each.target for each in place.site.log if "/media/" in each.target]
    assert media.endswith("?api_key=s3cret+w%26rd")
    assert media.count("api_key") == 1
    for form in (secret, "s3cret+w%26rd"):
        assert form not in place.words()
        assert where(place.folder, form) == (["key"] if form == secret else [])


def test_where_a_redirect_leads_to_a_third_site_it_hears_of_no_page(house: House) -> None:
    place = house.place
    with LocalSite(place.world, place.clock.now) as other:
        place.site.misbehave("/media/3.*", "redirect_to", to=f"{other.root}/media/3.png")
        with place.runner(checks=False) as loop:
            place.get(loop, f"{house.root}/post/3")
    assert [each.headers.get("referer") for each in place.site.log] == [None, f"{house.root}/post/3"]
    assert [each.headers.get("referer") for each in other.log] == [f"{house.root}/"]


def explained(house: House, loop: Loop) -> tuple[bool, bool, str]:
    """Return what `explain` says of the login of a page: used, valid, in words."""
    runtime = loop.runtime
    cookie_job.save(runtime)
    look = Look(runtime.db, runtime.snapshot, runtime.ledger, house.place.clock)
    found = explain(look, f"{house.root}/members/posts?page=1")["login"]
    return found["used"], found["valid"], found["words"]


def test_explain_says_whether_a_login_is_used_and_holds(house: House) -> None:
    place = house.place
    with place.runner(checks=False, more=house.without) as loop:
        used, valid, words = explained(house, loop)
        assert (used, valid) == (False, False)
        assert words.endswith("and [site.members.credentials] lacks user, password")
    with place.runner(checks=False, more=house.more) as loop:
        assert explained(house, loop) == (
            True,
            False,
            'made before the next request: the cookie "session" is not there',
        )
        place.get(loop, "members: ", limit=1)
        used, valid, words = explained(house, loop)
        assert (used, valid) == (True, True)
        assert words.startswith("holds, made 2023-11-1")
        logins.pause(loop.runtime, loop.runtime.snapshot, "members", "the site said no", "Ask it")
        assert explained(house, loop) == (True, False, "does not hold, and the site waits: the site said no. Ask it")
    house.write_site(BY_COOKIES)
    with place.runner(checks=False) as loop:
        logins.lift(loop.runtime, ["members"], "tried again")
        assert explained(house, loop) == (True, True, "holds, by cookies that were handed over")


def test_a_site_that_wants_a_key_is_not_asked_without_one_and_gets_it_on_the_named_hosts_alone(house: House) -> None:
    place = house.place
    wanted = 'wants = "a key of the club"\nkey_hosts = ["{}"]\n'
    file = place.folder / "sites" / "members.toml"
    host = house.root.removeprefix("http://").partition("/")[0]
    file.write_text(file.read_text("utf-8").replace("[site]\n", "[site]\n" + wanted.format(host), 1), "utf-8")
    with place.runner(checks=False, more=house.without) as loop:
        done = place.get(loop, f"{house.root}/members/post/3")
        assert done["outcome"] == "failed"
        assert "answers nobody without a key" in done["words"]
        assert "It needs a key of the club" in done["words"]
        look = Look(loop.runtime.db, loop.runtime.snapshot, loop.runtime.ledger, place.clock)
        told = list(explain_command._show(explain(look, f"{house.root}/members/post/3")))
        (needs,) = [line for line in told if line.startswith("needs ")]
        assert needs.endswith("answers nobody without a key, so it was not asked. It needs a key of the club")
        assert "without it     [handover] programs is empty" in told
    assert [each.target for each in place.site.log if "/members/" in each.target] == []
    (place.folder / "key").write_text(SECRET, "utf-8")
    (place.folder / "key").chmod(0o600)
    file.write_text(file.read_text("utf-8").replace(f'"{host}"', '"api.club.example"'), "utf-8")
    more = house.without + 'headers = { Authorization = { file = "key" } }\n'
    with place.runner(checks=False, more=more) as loop:
        place.get(loop, f"{house.root}/members/post/3")
    asked = [each for each in place.site.log if "/members/" in each.target]
    assert asked
    assert all("authorization" not in each.headers for each in asked)


def test_a_key_that_is_refused_pauses_the_site(house: House) -> None:
    place = house.place
    house.write_site("")
    (place.folder / "key").write_text(SECRET, "utf-8")
    (place.folder / "key").chmod(0o600)
    more = house.without + 'parameters = { api_key = { file = "key" } }\n'
    place.site.misbehave("/members/*", "401")
    with place.runner(checks=False, more=more) as loop:
        done = place.get(loop, f"{house.root}/members/post/3")
        assert done["outcome"] == "waits"
        assert "status 401" in done["words"]
        assert "the keys under [site.NAME]" in done["words"]
        assert loop.runtime.dispatch.paused.sites == ("members",)


def test_planted_secrets_are_found_nowhere(
    house: House, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Password, cookies and a link with a password; pages, faults and logs around them."""
    place = house.place
    house.write_password(SECRET)
    link = house.root.replace("http://", f"http://kim:{SECRET}@")
    (place.inbox / "cookies.txt").write_text(f"127.0.0.1\tFALSE\t/\tFALSE\t0\told\t{SECRET}\n", "utf-8")
    (place.inbox / "a.url").write_text(f"[InternetShortcut]\nURL={link}/members/post/3\n", "utf-8")
    (place.inbox / "b.txt").write_text(f"{link}/post/4\n{link}/api/posts.json?page=1\n{link}/nothing/here\n", "utf-8")
    place.site.misbehave("/api/*", "echo")
    place.site.misbehave("/members/*", "echo", after=1)
    with caplog.at_level(logging.DEBUG), place.runner(checks=False, more=house.more) as loop:
        loop.run_until(lambda: False)
        loop.run_until(lambda: False, patience=90_000)
    asked = [
        "status",
        "queue list",
        "queue list --faults",
        "login members",
        "login list",
        "cookies list",
        "downloads list",
    ]
    asked += [f"explain {link}/members/post/3", f"get {link}/post/5", f"get {link}/nothing --preview"]
    for words in asked:
        for form in ([], ["--json"]):
            _, out = run(place, capsys, house.more, *words.split(), *form)
            assert SECRET not in out, words
    kept = {"inbox/done/a.url", "inbox/done/b.txt", "password", "state/cookies/127.0.0.1.json"}
    assert set(where(place.folder, SECRET)) <= kept, "what a person wrote stays as it was, nothing else holds it"
    assert SECRET not in caplog.text + place.words()


def test_a_check_that_loses_its_login_goes_on_where_it_was_and_nothing_dies(make_place: MakePlace) -> None:
    place = make_place(posts=120)
    house = House(place, BY_COOKIES)
    more = f'{house.without}[[subscriptions]]\nname = "mine"\nsite = "members"\nqueries = ["sky"]\n'
    place.site.misbehave("/members/posts*", "session_over", how="page", unless=SECOND, after=1)
    with place.runner(more=more) as loop:
        house.give(loop, "let-me-in")
        loop.run_until(lambda: False)
        follow = place.follow(loop)
        assert follow.walk is not None, "its check is not over"
        assert (follow.status, follow.faults) == ("alive", 0)
        assert known(loop) == 0
        assert place.media() == []
    with place.runner(more=more) as loop:
        house.give(loop, SECOND)
        loop.run_until(lambda: False)
        assert place.follow(loop).walk is None
    expected = place.world.expected("sky", place.clock.now())
    assert len(place.media()) == len(expected) > 0


def test_a_look_at_a_page_for_nobody_says_so(house: House) -> None:
    with house.place.runner(checks=False, more=house.without) as loop, pytest.raises(ItemError, match="its login page"):
        VERBS["preview"](loop.runtime, {"text": "members: ", "site": "members", "query": ""})


def test_many_workers_make_one_login(house: House) -> None:
    """In life jobs run in threads: the first one makes the login, all others wait for it in the queue."""
    place = house.place
    config = load.load(place.write_config(house.more))
    wanted = app.Wanted(checks=False, patience=Patience(quiet=0, empty=0, old=0))
    lines = "".join(f"{house.root}/members/post/{number}\n" for number in range(1, 13))
    (place.inbox / "a.txt").write_text(lines, "utf-8")
    with app.runner(config, wanted) as loop:
        loop.run_until(lambda: False, patience=5)
    assert house.logins() == 1
    assert all_is_there(place)


def a_job(loop: Loop) -> Job:
    with loop.runtime.db.read() as tx:
        return from_row(tx.rows("SELECT * FROM jobs WHERE state <> 'done' AND site = 'members' ORDER BY id")[0])


REFUSED = Failure(FailureKind.UNAUTHORISED, "status 401")


def test_what_was_asked_before_the_login_says_nothing_about_it(house: House) -> None:
    """Three pages are asked at once, all three are refused, and the first of them has led to a login already."""
    place = house.place
    with place.runner(checks=False, more=house.more) as loop:
        runtime = loop.runtime
        place.get(loop, f"{house.root}/members/post/3")
        VERBS["get"](runtime, {"text": "members: ", "site": "members", "query": ""})
        job = a_job(loop)
        runtime.logins.begun[job.id] = runtime.logins.of("members").at - 1
        assert login_job.shut_out(runtime, runtime.snapshot, job, REFUSED)
        assert (runtime.logins.paused(), runtime.logins.lost) == (set(), set())
        runtime.logins.begun[job.id] = place.clock.now()
        assert login_job.shut_out(runtime, runtime.snapshot, job, REFUSED)
        assert runtime.logins.paused() == {"members"}


def test_a_site_is_paused_with_one_word_however_many_say_so_at_once(house: House) -> None:
    place = house.place
    house.write_site(BY_COOKIES)
    with place.runner(checks=False, more=house.without) as loop:
        VERBS["get"](loop.runtime, {"text": "members: ", "site": "members", "query": ""})
        job, runtime, start = a_job(loop), loop.runtime, threading.Barrier(8)

        def refused() -> None:
            start.wait()
            login_job.shut_out(runtime, runtime.snapshot, job, REFUSED)

        threads = [threading.Thread(target=refused) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert place.words("notice").count("members: paused:") == 1


def test_a_pause_is_told_once_and_a_job_that_meets_its_end_is_not_left_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = house.place
    house.write_site(BY_COOKIES)
    with place.runner(checks=False, more=house.without) as loop:
        runtime, ask = loop.runtime, kept_logins.ask
        VERBS["get"](runtime, {"text": "members: ", "site": "members", "query": ""})
        assert logins.pause(runtime, runtime.snapshot, "members", "one", "").why == "one"
        assert logins.pause(runtime, runtime.snapshot, "members", "two", "").why == "one"
        assert place.words("notice").count("members: paused:") == 1

        def then_it_goes_on(tx: Transaction, job: int, cause: str, kept: Kept) -> None:
            ask(tx, job, cause, kept)
            runtime.logins.keep(Kept("members"))

        monkeypatch.setattr(kept_logins, "ask", then_it_goes_on)
        job = a_job(loop)
        assert login_job.shut_out(runtime, runtime.snapshot, job, REFUSED)
        with runtime.db.read() as tx:
            assert tx.value("SELECT state FROM jobs WHERE id = ?", (job.id,)) == "waiting"
