"""`syncer login`: the logins that site files describe. No command shows a secret."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.errors import Exit, sentences
from syncer.service.results import Result
from syncer.service.words import moment

PATIENCE = 300.0
"""Seconds that a login may take at the pace of its site."""


class Logins(click.Group):
    """A group whose first word may be a site."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a word that is no command for the site whose login is to be tried."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["try", *args]
        return super().resolve_command(ctx, args)


@click.group("login", cls=Logins)
def command() -> None:
    """Log in to sites, as their site files say; `syncer login SITE` is short for `syncer login try SITE`.

    Use a throwaway account: sites may close one that downloads. The cookies of your browser work where a login does not: `syncer
    cookies`.
    """


def _ask(config_path: Path | None, verb: str, details: dict[str, Any]) -> dict[str, Any]:
    from syncer import asking
    from syncer.service import in_force

    return asking.ask(in_force.load_or_defaults(config_path), f"login {verb}", details, PATIENCE)


def _tried(data: dict[str, Any]) -> Iterable[str]:
    for each in data["steps"]:
        name = f" ({each['name']})" if each["name"] else ""
        yield f"step {each['step']}{name}: {each['method']} {each['url']}: {each['status']}, {each['words']}"
    yield data["words"]


@command.command("try")
@click.argument("site")
@frame.answering("login try", _tried)
def attempt(*, config_path: Path | None, as_json: bool, site: str) -> Result:
    """Log in to SITE now, and show each step; a site that waits for its login goes on where it works."""
    del as_json
    data = _ask(config_path, "try", {"site": site})
    return Result("login try", data, Exit.OK if data["in"] else Exit.SOME_FAILED)


def _list(data: dict[str, Any]) -> Iterable[str]:
    for each in data["logins"]:
        yield f"{each['site']}: {_state(each)}"
        if each["login"] not in ("", each["site"]):
            yield f"    by {each['login']}" + (
                f"; there are also {', '.join(each['others'])}" if each["others"] else ""
            )
        if each["keys"]:
            yield f"    with keys: {', '.join(each['keys'])}"
        lacking = [name for name in each["needs"] if name not in each["given"]]
        if lacking:
            yield f"    to log in by itself it needs [site.{each['site']}.credentials] {', '.join(lacking)}"
    if not data["logins"]:
        yield "no site file has a login"


def _state(each: dict[str, Any]) -> str:
    if each["paused"]:
        return f"PAUSED: {sentences(each['why'], each['advice'])}"
    if each["at"]:
        return f"logged in at {moment(each['at'])}" + (f", until {moment(each['until'])}" if each["until"] else "")
    if each["missing"]:
        return f"not logged in: the cookie {each['missing']} is not there"
    return "logs in when it is used" if each["scripted"] else "by cookies"


@command.command("list")
@frame.answering("login list", _list)
def listing(*, config_path: Path | None, as_json: bool) -> Result:
    """Show the sites that have a login, and whether it holds."""
    del as_json
    return Result("login list", _ask(config_path, "list", {}))


def _words(data: dict[str, Any]) -> Iterable[str]:
    yield data["words"]


@command.command("use")
@click.argument("site")
@click.argument("name")
@frame.answering("login use", _words)
def use(*, config_path: Path | None, as_json: bool, site: str, name: str) -> Result:
    """Choose the login NAME for SITE, where there are several; `none` uses the site without one."""
    del as_json
    return Result("login use", _ask(config_path, "use", {"site": site, "name": name}))


@command.command("clear")
@click.argument("site")
@frame.answering("login clear", _words)
def clear(*, config_path: Path | None, as_json: bool, site: str) -> Result:
    """Forget the login of SITE, and its cookies."""
    del as_json
    return Result("login clear", _ask(config_path, "clear", {"site": site}))
