"""The part of the local site that wants a login: a form with a hidden token, a session cookie, pages for members, and a gate.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

import dataclasses
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from syncer.demo.html import listing, post_page
from syncer.demo.reply import Ask, Reply, page, plain_error, redirect
from syncer.demo.world import World

NAME, WORD = "visitor", "open sesame"
"""The one account that there is."""
COOKIE, TOKEN = "session=let-me-in", "t-4711"
SECOND = "a-second-session"
"""What the session is as well, where a browser has got a new one."""
HOLDS = 3600
"""Seconds that a session holds."""


def form(_world: World, ask: Ask) -> Reply:
    """Answer `/login`: GET shows the form; POST with user, password and the form's token sets the cookie."""
    if ask.method != "POST":
        return login_page()
    given = parse_qs(ask.body.decode("utf-8", "replace"))
    if (given.get("user"), given.get("password"), given.get("token")) != ([NAME], [WORD], [TOKEN]):
        return login_page("Wrong name or password.")
    return _with_cookie(redirect("/"), f"{COOKIE}; Path=/; Max-Age={HOLDS}; HttpOnly")


def login_page(why: str = "Please log in to go on.") -> Reply:
    """Return the login form as a page with status 200, as most sites do."""
    return page(
        "Login",
        f'<h1>Login</h1><p class="why">{why}</p>\n<form action="/login" method="post">\n'
        f'<input type="hidden" name="token" value="{TOKEN}"><input name="user"><input type="password" name="password">'
        "<button>Log in</button>\n</form>",
    )


def members_post(world: World, ask: Ask, number: str) -> Reply:
    """Answer `/members/post/12`: the post page with the cookie, else on to the login."""
    return post_page(world, ask, number) if is_member(ask) else redirect("/login")


def members_posts(world: World, ask: Ask) -> Reply:
    """Answer `/members/posts`: the listing with the cookie, else the login form with status 200."""
    if not is_member(ask):
        return login_page()
    reply = listing(world, ask)
    body = reply.body.replace(b'"/post', b'"/members/post')
    return dataclasses.replace(reply, body=body)


def is_member(ask: Ask) -> bool:
    """Tell whether a request comes with a session."""
    return cookie_of(ask, "session") in {COOKIE.partition("=")[2], SECOND}


def cookie_of(ask: Ask, name: str) -> str:
    """Return the value of a cookie of a request, "" where it is not there."""
    try:
        cookies = SimpleCookie(ask.headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def gated_post(world: World, ask: Ask, number: str) -> Reply:
    """Answer `/gated/post/12`: the post page for who has clicked through the gate, else the gate with status 200."""
    return post_page(world, ask, number) if cookie_of(ask, "agreed") == "yes" else gate_page()


def gate(_world: World, ask: Ask) -> Reply:
    """Answer `/gate`: GET shows it; POST with `agree` and the hidden field of the form sets the cookie."""
    given = parse_qs(ask.body.decode("utf-8", "replace"))
    if ask.method != "POST" or (given.get("agree"), given.get("seen")) != (["yes"], ["1"]):
        return gate_page()
    return _with_cookie(redirect("/", 303), "agreed=yes; Path=/")


def gate_page() -> Reply:
    """Return the page that wants to be clicked through."""
    return page(
        "Before you go on",
        '<h1>Before you go on</h1><form class="gate" action="/gate" method="post">\n'
        '<input type="hidden" name="seen" value="1"><button name="agree" value="yes">I agree</button>\n</form>',
    )


def session_over(ask: Ask) -> Reply | None:
    """Answer as a site does that has ended all sessions but the one that `unless` names; None for that one."""
    if ask.details.get("unless", "") == cookie_of(ask, "session") != "":
        return None
    how = ask.details.get("how", "401")
    if how == "page":
        return login_page("Your session is over.")
    return redirect("/login?next=1") if how == "redirect" else plain_error(401)


def _with_cookie(reply: Reply, cookie: str) -> Reply:
    return dataclasses.replace(reply, headers=(*reply.headers, ("Set-Cookie", cookie)))
