"""Faults that send the other side elsewhere.

Pure. Only the demo and tests import it.
"""

from __future__ import annotations

from functools import partial

from syncer.demo.fault import Fault
from syncer.demo.reply import Ask, Render, Reply, redirect

_BAD = {
    "file": "file:///etc/hostname",
    "ftp": "ftp://127.0.0.1/file.png",
    "javascript": "javascript:alert(1)",
    "data": "data:image/png;base64,AAAA",
    "private": "http://10.255.255.1/media/1.png",
    "port": "http://127.0.0.1:99999/media/1.png",
    "nohost": "http:///media/1.png",
    "dead": "http://127.0.0.1:1/media/1.png",
    "empty": "",
}


def _chain(ask: Ask, right: Render) -> Reply:
    """Redirect `hops` times, each from a path of its own, then answer rightly."""
    hops = int(ask.number("hops", 3))
    if hops <= 0:
        return right(ask)
    left = f"/fault/redirect_chain,hops={hops - 1}{ask.target}" if hops > 1 else f"/fault/fine{ask.target}"
    return redirect(ask.root + left, int(ask.number("status", 302)))


def _loop(ask: Ask, _right: Render) -> Reply:
    side = "" if ask.details.get("side") == "b" else ",side=b"
    return redirect(f"{ask.root}/fault/redirect_loop{side}{ask.target}")


def _self(ask: Ask, _right: Render) -> Reply:
    return redirect(ask.root + ask.prefix + ask.target)


def _endless(ask: Ask, _right: Render) -> Reply:
    step = int(ask.number("step", 0)) + 1
    return redirect(f"{ask.root}/fault/redirect_endless,step={step}{ask.target}")


def _relative(ask: Ask, _right: Render) -> Reply:
    """Redirect with a path only; browsers and RFC 9110 allow it."""
    return redirect(f"/fault/fine{ask.target}", int(ask.number("status", 302)))


def _nowhere(_ask: Ask, _right: Render) -> Reply:
    return Reply(302, (("Content-Type", "text/html"),), b"moved, but where?\n")


def _bad(ask: Ask, _right: Render) -> Reply:
    return redirect(_BAD[ask.details.get("to", "file")])


def _bad_to(to: str, _ask: Ask, _right: Render) -> Reply:
    return redirect(_BAD[to])


def _elsewhere(ask: Ask, _right: Render) -> Reply:
    return redirect(ask.details.get("to", "/").replace("|", "/"), int(ask.number("status", 302)))


def _login(_ask: Ask, _right: Render) -> Reply:
    return redirect("/login")


def _fine(ask: Ask, right: Render) -> Reply:
    return right(ask)


TABLE = (
    Fault("fine", "no fault at all, whatever was ordered for this path", _fine),
    Fault("redirect_chain", "`hops` (3) redirects with `status` (302), then right", _chain),
    Fault("redirect_relative", "one redirect with a path only, then right", _relative),
    Fault("redirect_loop", "A to B to A", _loop),
    Fault("redirect_self", "to itself", _self),
    Fault("redirect_endless", "always on to a new URL", _endless),
    Fault("redirect_nowhere", "302 without Location", _nowhere),
    Fault("redirect_bad", f"to what nobody may follow, by `to`: {', '.join(_BAD)}", _bad),
    *(Fault(f"redirect_{to}", f"to {to}: {where or 'nothing'}", partial(_bad_to, to)) for to, where in _BAD.items()),
    Fault("redirect_to", "to the URL `to` (with | for /)", _elsewhere),
    Fault("redirect_login", "to the login form", _login),
)
