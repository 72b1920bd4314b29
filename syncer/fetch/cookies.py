"""Cookies that sites set while syncer runs: one jar for each registered domain, in memory only.

Apart from the client, which sends none of one domain to another; nothing here is ever shown. Only `client` imports it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.request import Request

from syncer.fetch.contexts import contexts

MOST: Final = 180
"""As many as browsers keep for a domain; who sets more loses them all."""


class _Answer:
    """What a cookie jar asks of an answer."""

    def __init__(self, headers: Any) -> None:
        self._headers = headers

    def info(self) -> Any:
        return self._headers


@dataclass(slots=True)
class Jars:
    """All jars; safe to use from any thread."""

    _jars: dict[str, CookieJar] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def header(self, url: str) -> str | None:
        """Return the Cookie header for a request of `url`; None where there is nothing to send."""
        if not self._jars:
            return None
        with self._lock:
            jar = self._jars.get(_owner(url))
            if jar is None:
                return None
            asked = Request(url)  # noqa: S310 only a name and a path for the jar, nothing is opened
            jar.add_cookie_header(asked)
            return asked.get_header("Cookie")

    def take(self, url: str, message: Any) -> None:
        """Keep the cookies of an answer; `message` is its headers as http.client read them."""
        with self._lock:
            jar = self._jars.setdefault(_owner(url), CookieJar(DefaultCookiePolicy()))
            jar.extract_cookies(_Answer(message), Request(url))  # type: ignore[arg-type]  # noqa: S310 as above
            if len(jar) > MOST:
                jar.clear()


def _owner(url: str) -> str:
    return contexts(url)[-1]
