"""A login, step by step: which request comes next, and whether an answer brought what it must.

Pure: values and cookies go in, a request or a fault comes out; no fault ever shows a value. The login job of `service` makes
the requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from syncer.errors import ItemError
from syncer.fetch.contexts import contexts
from syncer.fetch.cookie import Cookie
from syncer.frozen import frozen
from syncer.model import CookieTest, Login, LoginStep

_NAME: Final = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")
CHANGED: Final = (
    "The site may have changed its login; its site file needs mending then. Cookies of your browser work all the same"
)


class LoginError(ItemError):
    """A login that did not work: the site said no, or is not what its site file expects."""


@frozen
class Post:
    """A request of a login; what it sends is in no `repr`."""

    method: str
    url: str = field(repr=False)
    form: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def shown(self) -> str:
        """Return the URL as it may be told: without parameters."""
        return shown(self.url)


def check_credentials(login: Login, given: Mapping[str, str]) -> None:
    """Raise LoginError for what is missing or cannot be right, before anything is asked."""
    for name, test in login.credentials:
        if not given.get(name):
            raise LoginError(f'the login needs "{name}", and nothing gives it', needs(login))
        if not test.passes(given[name]):
            raise LoginError(f'"{name}" is not {test.words}, as the site wants it', "Look where it comes from")


def needs(login: Login) -> str:
    """Say how to give what a login needs."""
    stem = login.name.partition("/")[0]
    keys = ", ".join(f'{_key(name)} = {{ file = "~/..." }}' for name, _ in login.credentials)
    return f"Name where it is: [site.{stem}.credentials] {keys}; use a throwaway account, sites may close it"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else f'"{name}"'


def ask(step: LoginStep, values: Mapping[str, str], hidden: Sequence[tuple[str, str]] = ()) -> Post:
    """Return the request of a step; `hidden` are the fields of the form before it. Raises LoginError where a value is missing."""
    url = fill(step.url, {name: quote(value, safe="") for name, value in values.items()})
    named = {name for name, _ in step.form}
    form = [(name, value) for name, value in hidden if name not in named]
    form += [(name, fill(text, values)) for name, text in step.form]
    if step.method == "POST":
        return Post("POST", url, tuple(form))
    if not form:
        return Post("GET", url)
    parts = urlsplit(url)
    query = "&".join(piece for piece in (parts.query, urlencode(form)) if piece)
    return Post("GET", urlunsplit(parts._replace(query=query)))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values in the place of their names in braces; `{{` is a brace. Raises LoginError for a name without a value."""

    def one(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        if match[1] not in values:
            raise LoginError(f'there is no "{match[1]}" for this step', CHANGED)
        return values[match[1]]

    return _NAME.sub(one, template)


def after(step: LoginStep, found: Mapping[str, str], cookies: Iterable[Cookie]) -> None:
    """Raise LoginError where an answer lacks a value or a cookie that must be there after a step."""
    for name in step.finds:
        if not found.get(name):
            raise LoginError(f'the answer has no "{name}"', CHANGED)
    missing = lacks(step.cookies, cookies)
    if missing:
        raise LoginError(
            f"the answer left no cookie {missing}", "Name or password may be wrong, or the site has changed"
        )


def lacks(tests: Sequence[CookieTest], cookies: Iterable[Cookie]) -> str:
    """Name the first cookie that must be there and is not; "" where all are."""
    there = list(cookies)
    for test in tests:
        if not any(test.name.passes(each.name) and test.value(each.value) for each in there):
            return test.name.words
    return ""


def next_hop(sent: Post, status: int, target: str) -> Post:
    """Return the request that a redirect asks for (RFC 9110 15.4): GET, but for 307 and 308, which send the form again.

    Raises LoginError where that would tell a form to another site.
    """
    if sent.method == "GET" or status not in (307, 308):
        return Post("GET", target)
    if contexts(sent.url)[-1] != contexts(target)[-1] or (_safe(sent.url) and not _safe(target)):
        raise LoginError(
            f"the site wants name and password sent on to {shown(target)}",
            "Log in with your browser, and hand its cookies over",
        )
    return Post("POST", target, sent.form)


def _safe(url: str) -> bool:
    return url.startswith("https:")


def shown(url: str) -> str:
    """Return a URL as it may be told: without user, parameters and fragment, which can hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@frozen
class State:
    """What is known of a site's login."""

    at: float = 0.0
    """When it was made, in seconds since 1970; 0 = never."""
    name: str = ""
    """Which login."""


def is_due(login: Login, state: State, cookies: Iterable[Cookie], now: float) -> str:
    """Say why a login is to be made before the site is used; "" where it holds, by it or by cookies handed over."""
    missing = lacks(login.cookies, cookies)
    if missing:
        return f"the cookie {missing} is not there"
    if state.at and login.valid and now >= state.at + login.valid:
        return "its time is over"
    if not state.at and not login.cookies:
        return "it was never made"
    return ""
