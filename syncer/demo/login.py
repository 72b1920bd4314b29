"""The part of the local site that wants a login: a form with a hidden token, a cookie, pages for members.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from syncer.demo.html import post_page
from syncer.demo.reply import Ask, Reply, page, redirect
from syncer.demo.world import World

NAME, WORD = "visitor", "open sesame"
"""The one account that there is."""
COOKIE, TOKEN = "session=let-me-in", "t-4711"


def form(_world: World, ask: Ask) -> Reply:
    """Answer `/login`: GET shows the form; POST with user, password and the form's token sets the cookie."""
    if ask.method != "POST":
        return login_page()
    given = parse_qs(ask.body.decode("utf-8", "replace"))
    if (given.get("user"), given.get("password"), given.get("token")) != ([NAME], [WORD], [TOKEN]):
        return login_page("Wrong name or password.")
    reply = redirect("/")
    return Reply(302, (*reply.headers, ("Set-Cookie", f"{COOKIE}; Path=/; Max-Age=3600; HttpOnly")), reply.body)


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
    try:
        cookies = SimpleCookie(ask.headers.get("cookie", ""))
    except CookieError:
        cookies = SimpleCookie()
    name, _, value = COOKIE.partition("=")
    if name in cookies and cookies[name].value == value:
        return post_page(world, ask, number)
    return redirect("/login")
