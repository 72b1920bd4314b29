"""A login step by step, without a site: what is asked next, and when it did not work. No fault shows a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.fetch import login, secret
from syncer.fetch.cookie import Cookie
from syncer.fetch.login import LoginError, Post, State
from syncer.model import CookieTest, Login, LoginStep, TextTest

VALUES = {"user": "kim", "password": "p w&d=%{x}", "token": "t/1?"}


def cookie_test(name: str) -> CookieTest:
    return CookieTest(TextTest(f'"{name}"', lambda given: given == name), bool)


def test_a_form_is_filled_and_hidden_fields_go_along_unless_the_step_has_its_own() -> None:
    step = LoginStep(
        "", "POST", "https://a.example/in", (("u", "{user}"), ("both", "{user}:{password}"), ("x", "{{0}}"))
    )
    sent = login.ask(step, VALUES, (("csrf", "1"), ("u", "hidden")))
    assert sent.method == "POST"
    assert sent.form == (("csrf", "1"), ("u", "kim"), ("both", "kim:p w&d=%{x}"), ("x", "{0}"))
    assert secret.body(sent.form) == b"csrf=1&u=kim&both=kim%3Ap+w%26d%3D%25%7Bx%7D&x=%7B0%7D"


def test_the_fields_of_a_get_are_parameters_and_values_in_a_url_are_encoded() -> None:
    step = LoginStep("", "GET", "https://a.example/{token}?a=1", (("u", "{user}"),))
    sent = login.ask(step, VALUES)
    assert sent == Post("GET", "https://a.example/t%2F1%3F?a=1&u=kim")
    assert sent.shown == "https://a.example/t%2F1%3F"
    assert "kim" not in repr(sent)


def test_a_value_that_no_answer_held_is_named() -> None:
    with pytest.raises(LoginError, match='there is no "csrf" for this step'):
        login.ask(LoginStep("", "POST", "https://a.example/", (("t", "{csrf}"),)), VALUES)


@pytest.mark.parametrize(
    ("method", "status", "target", "then"),
    [
        ("POST", 302, "https://b.example/x", "GET"),
        ("POST", 303, "https://a.example/x", "GET"),
        ("POST", 301, "https://a.example/x", "GET"),
        ("POST", 307, "https://www.a.example/x", "POST"),
        ("POST", 308, "https://a.example/x", "POST"),
        ("GET", 307, "https://b.example/x", "GET"),
        ("POST", 307, "https://b.example/x", None),
        ("POST", 308, "http://a.example/x", None),
    ],
)
def test_where_a_redirect_takes_a_form(method: str, status: int, target: str, then: str | None) -> None:
    sent = Post(method, "https://a.example/in", (("password", "s3cret"),) if method == "POST" else ())
    if then is None:
        with pytest.raises(LoginError, match="wants name and password sent on to") as caught:
            login.next_hop(sent, status, target)
        assert "s3cret" not in str(caught.value)
        return
    found = login.next_hop(sent, status, target)
    assert (found.method, found.url, found.form) == (then, target, sent.form if then == "POST" else ())


def test_what_an_answer_must_bring() -> None:
    step = LoginStep("", "GET", "https://a.example/", finds=("token",), cookies=(cookie_test("sid"),))
    there = [Cookie("sid", "1", "a.example")]
    login.after(step, {"token": "x"}, there)
    with pytest.raises(LoginError, match='the answer has no "token"'):
        login.after(step, {"token": ""}, there)
    with pytest.raises(LoginError, match='the answer left no cookie "sid"'):
        login.after(step, {"token": "x"}, [Cookie("other", "1", "a.example"), Cookie("sid", "", "a.example")])


def test_credentials_are_checked_before_anything_is_asked() -> None:
    digits = TextTest("digits alone", str.isdigit)
    script = Login("site/script", credentials=(("user name", digits), ("pin", digits)))
    login.check_credentials(script, {"user name": "1", "pin": "2"})
    with pytest.raises(LoginError) as caught:
        login.check_credentials(script, {"user name": "1"})
    assert '[site.site.credentials] "user name" = { file = "~/..." }, pin = { file' in str(caught.value)
    assert "throwaway account" in str(caught.value)
    with pytest.raises(LoginError, match='"pin" is not digits alone') as caught:
        login.check_credentials(script, {"user name": "1", "pin": "s3cret"})
    assert "s3cret" not in str(caught.value)


SID = [Cookie("sid", "1", "a.example")]


@pytest.mark.parametrize(
    ("script", "state", "cookies", "why"),
    [
        (Login("s"), State(), [], "it was never made"),
        (Login("s"), State(1000.0), [], ""),
        (Login("s", valid=600), State(1000.0), [], ""),
        (Login("s", valid=599), State(1000.0), [], "its time is over"),
        (Login("s", cookies=(cookie_test("sid"),)), State(), [], 'the cookie "sid" is not there'),
        (Login("s", cookies=(cookie_test("sid"),)), State(), SID, ""),
        (Login("s", cookies=(cookie_test("sid"),)), State(1000.0), [], 'the cookie "sid" is not there'),
        (Login("s", cookies=(cookie_test("sid"),), valid=10), State(1000.0), SID, "its time is over"),
        (Login("s", cookies=(cookie_test("sid"),), valid=10), State(), SID, ""),
    ],
)
def test_when_a_login_is_due(script: Login, state: State, cookies: list[Cookie], why: str) -> None:
    assert login.is_due(script, state, cookies, 1599.5) == why


@given(st.text(), st.text())
def test_what_stands_in_braces_twice_is_itself(before: str, value: str) -> None:
    literal = before.replace("{", "{{").replace("}", "}}")
    assert login.fill(f"{literal}{{name}}", {"name": value}) == before + value


@pytest.mark.parametrize(
    ("uri", "sent"),
    [("/a", "/a?key=s%2F1&x="), ("/a?b=1", "/a?b=1&key=s%2F1&x=")],
)
def test_keys_are_sent_and_come_back_out_of_what_a_site_echoes(uri: str, sent: str) -> None:
    keys = (("key", "s/1"), ("x", ""))
    assert secret.with_keys(uri, keys) == sent
    assert secret.without_keys(f"https://a.example{sent}", keys) == f"https://a.example{uri}"
    assert secret.without_keys(f"https://a.example{uri}", ()) == f"https://a.example{uri}"
    assert secret.without_keys(None, keys) is None
