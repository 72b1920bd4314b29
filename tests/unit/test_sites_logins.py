"""The [login] of a site file: what is read from answers, the signs of being logged out, and faults with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.errors import ItemError
from syncer.sites import library
from syncer.sites.library import Library
from syncer.sites.logins import SiteLogin

HEAD = '[site]\nname = "A"\nroot = "https://a.example/base"\n'
FORM = (
    '<title>Login</title><form class="in"><input type="hidden" name="csrf" value="t1"><input type=hidden name=empty>'
    '<input type="text" name="user"></form><form class="other"><input type="hidden" name="no" value="x"></form>'
)


def load(folder: Path, text: str) -> Library:
    (folder / "a.toml").write_text(HEAD + text, "utf-8")
    return library.load([folder])


def login(folder: Path, text: str) -> SiteLogin:
    found = load(folder, text)
    assert [str(problem) for problem in found.problems] == []
    (one,) = found.logins["a"]
    return one


def test_steps_become_requests_and_credentials_are_what_no_step_finds(tmp_path: Path) -> None:
    found = login(
        tmp_path,
        """
[[login.steps]]
url = "/login"
hidden = "form.in"
get = { token = { css = "input[name=csrf]", attr = "value" }, title = { css = "title" } }
[[login.steps]]
method = "POST"
url = "https://sso.example/{title}"
form = { user = "{user}", pin = "{pin}", token = "{token}" }
cookies = ["sid"]
[login]
cookies = ["sid"]
valid = "60 minutes"
""",
    )
    first, second = found.login.steps
    assert (first.url, second.url) == ("https://a.example/base/login", "https://sso.example/{title}")
    assert [name for name, _ in found.login.credentials] == ["user", "pin"]
    assert found.login.valid == 3600
    answered = found.readers[0](FORM, first.url)
    assert answered.values == {"token": "t1", "title": "Login"}
    assert answered.fields == (("csrf", "t1"), ("empty", ""))
    assert found.readers[1]("anything", "https://sso.example/") is not None
    assert found.readers[0]("<p>changed</p>", first.url).values == {}


def test_a_json_answer_that_is_none_is_told(tmp_path: Path) -> None:
    found = login(tmp_path, '[[login.steps]]\nurl = "/api"\nget = { token = { json = "$.token" } }\n')
    assert found.readers[0]('{"token": "x"}', "https://a.example/base/api").values == {"token": "x"}
    with pytest.raises(ItemError):
        found.readers[0]("<title>Login</title>", "https://a.example/base/api")


@pytest.mark.parametrize(
    ("signs", "page", "shown"),
    [
        ('{ css = "input[type=password]" }', "<form><input type=password></form>", True),
        ('{ css = "input[type=password]" }', "<form><input></form>", False),
        ('{ css = "body", attr = "data-user", steps = [{ match = "^guest$" }] }', '<body data-user="guest">', True),
        ('{ css = "body", attr = "data-user", steps = [{ match = "^guest$" }] }', '<body data-user="kim">', False),
        ('{ json = "$.error", steps = [{ match = "log in" }] }', '{"error": "please log in"}', True),
        ('{ json = "$.error", steps = [{ match = "log in" }] }', '{"error": "no such post"}', False),
        ('{ json = "$.error" }', "<p>not JSON at all</p>", False),
        ('{ text = "Members only" }', "<p>Members only!</p>", True),
        ('{ text = ["a b", "c d"] }', "<p>c d</p>", True),
        ('{ regex = "(?i)please log ?in" }', "<p>Please login</p>", True),
        ('{ text = "Members only" }', "<p>members</p>", False),
        ('{ cookie = "sid" }', "<p></p>", False),
    ],
)
def test_the_signs_of_a_page_for_nobody(tmp_path: Path, signs: str, page: str, *, shown: bool) -> None:
    found = login(tmp_path, f"[login]\nlogged_out = {signs}\n")
    assert found.logged_out.shows(page, "https://a.example/base/1") is shown


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example/base/login", True),
        ("https://a.example/base/login?next=/1", True),
        ("https://a.example/base/sessions/new", True),
        ("https://a.example/base/sessions/new?x=1", True),
        ("https://id.example/any/where?at=all", True),
        ("https://a.example/base/login/not", False),
        ("https://b.example/base/login", False),
        ("https://a.example/base/1", False),
    ],
)
def test_where_one_is_sent_to_log_in(tmp_path: Path, url: str, *, sent: bool) -> None:
    text = '[login]\nlogged_out = { url = ["/sessions/*", "https://id.example/*"] }\n[[login.steps]]\nurl = "/login"\n'
    assert login(tmp_path, text).logged_out.sent_to(url) is sent


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[[login.steps]]\nurl = "login"\n',
            'login.steps[0].url: "login" is neither a path like /login nor an absolute URL',
        ),
        ('[login]\nvalid = "soon"\n', "login.valid: "),
        (
            '[[login.steps]]\nurl = "/a"\nform = { t = "{token}" }\n[login]\ncredentials = ["user"]\n',
            "{token} is found by no step before this one, and is none of the credentials",
        ),
        ('[[login.steps]]\nurl = "/a"\nhidden = "form["\n', "login.steps[0].hidden: "),
        ('[[login.steps]]\nurl = "/a"\nget = { x = { css = "a[" } }\n', "login.steps[0].get.x.css: "),
        ('[login]\nlogged_out = { css = "a[" }\n', "login.logged_out.css: "),
        ('[login]\nlogged_out = { css = "a", json = "$" }\n', "cannot stand together"),
        ("[login]\nsteps = [" + '{ url = "/a" },' * 21 + "]\n", "more than 20 steps"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, text: str, words: str) -> None:
    found = load(tmp_path, text)
    assert any(words in str(problem) for problem in found.problems), [str(problem) for problem in found.problems]


def test_a_site_without_a_login_has_none(tmp_path: Path) -> None:
    assert dict(load(tmp_path, "").logins) == {}
