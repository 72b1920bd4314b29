"""Faults of status: refused, gone, too many requests with each form of Retry-After, challenges, logins.

Pure. Only the demo and tests import it.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import partial

from syncer.demo.fault import Fault
from syncer.demo.login import login_page, session_over
from syncer.demo.reply import Ask, Render, Reply, page, plain_error


def by_number(status: int) -> Fault:
    """Return the fault that answers with a status and its name; `retry=SECONDS` adds Retry-After."""
    return Fault(str(status), f"status {status}", partial(_status, status))


def _status(status: int, ask: Ask, _right: Render) -> Reply:
    reply = plain_error(status)
    retry = ask.details.get("retry")
    return _retry(reply, retry) if retry is not None else reply


def _retry(reply: Reply, after: str) -> Reply:
    return Reply(reply.status, (*reply.headers, ("Retry-After", after)), reply.body)


def _busy(after: str, ask: Ask, _right: Render) -> Reply:
    return _retry(plain_error(429), ask.details.get("seconds", after))


def _busy_date(ask: Ask, _right: Render) -> Reply:
    until = ask.now + ask.number("seconds", 120)
    return _retry(plain_error(429), formatdate(until, usegmt=True))


def _busy_zero(_ask: Ask, _right: Render) -> Reply:
    reply = _retry(plain_error(429), "0")
    return Reply(429, (*reply.headers, ("Set-Cookie", "seen=1; Path=/")), reply.body)


def _busy_missing(_ask: Ask, _right: Render) -> Reply:
    return plain_error(429)


def _once(status: int, _ask: Ask, _right: Render) -> Reply:
    return plain_error(status)


def _login_page(_ask: Ask, _right: Render) -> Reply:
    return login_page()


def _session_over(ask: Ask, right: Render) -> Reply:
    reply = session_over(ask)
    return right(ask) if reply is None else reply


def _challenge(ask: Ask, _right: Render) -> Reply:
    status = int(ask.number("status", 403))
    reply = page("Just a moment...", "<h1>Checking your browser before you go on</h1>", status)
    return Reply(status, (*reply.headers, ("Server", "cloudflare"), ("CF-Mitigated", "challenge")), reply.body)


def _json_refusal(ask: Ask, _right: Render) -> Reply:
    body = b'{"success":false,"message":"access denied: log in first"}'
    return Reply(int(ask.number("status", 403)), (("Content-Type", "application/json"),), body)


def _unasked_304(_ask: Ask, _right: Render) -> Reply:
    return Reply(304, (("ETag", '"whatever"'),))


TABLE = (
    Fault("unasked_304", "304 to everything, whether it was asked for or not", _unasked_304),
    Fault("429_seconds", "429, Retry-After: `seconds` (120)", partial(_busy, "120")),
    Fault("429_date", "429, Retry-After: a date in `seconds` (120) by the site's clock", _busy_date),
    Fault("429_zero", "429, Retry-After: 0, and a cookie", _busy_zero),
    Fault("429_negative", "429, Retry-After: -5", partial(_busy, "-5")),
    Fault("429_garbage", "429, Retry-After: soon", partial(_busy, "soon")),
    Fault("429_huge", "429, Retry-After: ten years", partial(_busy, "315360000")),
    Fault("429_missing", "429 without Retry-After", _busy_missing),
    Fault("500_then_fine", "500 once (`times`), then right", partial(_once, 500), times=1),
    Fault("503_then_fine", "503 once (`times`), then right", partial(_once, 503), times=1),
    Fault("login_page", "the login form with status 200 for everything", _login_page),
    Fault("session_over", "no session holds but `unless`: `how` = 401, page or redirect", _session_over),
    Fault("challenge", "a page that checks browsers, `status` (403)", _challenge),
    Fault("json_refusal", "`status` (403) with a JSON message", _json_refusal),
)
