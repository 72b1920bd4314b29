"""`syncer cookies`: logins that a browser has made, handed over to syncer. No command shows the value of a cookie."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli import frame
from syncer.cli.typed import TypedPath
from syncer.errors import ItemError, UsageError
from syncer.service.results import Result
from syncer.service.words import count, day

if TYPE_CHECKING:
    from syncer.config.settings import Config
    from syncer.fetch.cookie import Cookie

BROWSERS = ("firefox", "chromium", "chrome", "brave", "edge", "opera", "vivaldi")


@click.group("cookies")
def command() -> None:
    """Hand over the cookies of your browser, so that syncer is logged in where you are.

    Use a throwaway account: sites may close one that downloads.
    """


def _taken(data: dict[str, Any]) -> Iterable[str]:
    yield f"{count(sum(data['domains'].values()), 'cookie')} taken over"
    for domain, number in sorted(data["domains"].items()):
        yield f"  {domain:<30} {number}"
    for fault in data.get("faults", ()):
        yield f"{fault}: left out"
    if left := data.get("left"):
        yield f"left where they are: {count(left, 'cookie')} of domains that no site file knows; --all takes them"


def _give(config: Config, cookies: Sequence[Cookie], user_agent: str) -> dict[str, Any]:
    """Hand cookies to the one process that keeps them, by a file for this user alone."""
    from syncer import asking
    from syncer.fetch.cookie_disk import CookieDisk

    disk = CookieDisk(config.folders.state)
    word = disk.hand_over(cookies, user_agent)
    try:
        return asking.ask(config, "cookies take", {"word": word})
    finally:
        disk.drop(word)


def _agent(context: click.Context, parameter: click.Parameter, given: str) -> str:
    from syncer.config import texts

    try:
        return texts.header_text(given) if given else ""
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


_user_agent = click.option(
    "--user-agent",
    default="",
    callback=_agent,
    metavar="TEXT",
    help="How that browser names itself; some cookies hold with it alone.",
)


@command.command("import")
@click.argument("file", type=TypedPath())
@_user_agent
@frame.answering("cookies import", _taken)
def import_file(*, config_path: Path | None, as_json: bool, file: Path, user_agent: str) -> Result:
    """Take over FILE: a cookies.txt, or the JSON of a browser's extension; - reads standard input."""
    from syncer.fetch import cookie_files
    from syncer.service import in_force

    del as_json
    config = in_force.load_or_defaults(config_path)
    export = cookie_files.read(_read(file, cookie_files.MOST_BYTES + 1))
    if not export.cookies:
        why = f" ({export.faults[0]})" if export.faults else ""
        raise ItemError(f"there is no cookie in {file}{why}", "Export the cookies from your browser again")
    data = _give(config, export.cookies, user_agent)
    return Result("cookies import", data | {"faults": list(export.faults)})


def _read(file: Path, most: int) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(most)
    try:
        with file.open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", "Name the file that the browser wrote") from error


@command.command("from-browser")
@click.argument("browser", type=click.Choice(BROWSERS))
@click.option("--profile", default="", metavar="NAME|FOLDER", help="Without it: the profile that was used last.")
@click.option("--domain", "domains", multiple=True, metavar="DOMAIN", help="Just of this domain; may be given again.")
@click.option("--all", "everything", is_flag=True, help="Of all domains, and not just of those that a site file knows.")
@_user_agent
@frame.answering("cookies from-browser", _taken)
def from_browser(
    *,
    config_path: Path | None,
    as_json: bool,
    browser: str,
    profile: str,
    domains: tuple[str, ...],
    everything: bool,
    user_agent: str,
) -> Result:
    """Take over the cookies of a browser on this machine; one that lasts only until the browser ends is not in its files."""
    from syncer.fetch import browsers, cookie
    from syncer.service import in_force

    del as_json
    if domains and everything:
        raise UsageError("--all and --domain cannot both be meant", "Leave one of them out")
    config = in_force.load_or_defaults(config_path)
    found = browsers.read(browser, profile)
    wanted = {cookie.owner(domain) for domain in domains} or (None if everything else _known(config))
    taken = [each for each in found if wanted is None or cookie.owner(each.domain) in wanted]
    if not taken:
        raise ItemError(
            f"{browser} has no cookies of {', '.join(domains) or 'a domain that a site file knows'}",
            "Log in there with the browser first, or name the domain with --domain",
        )
    left = len(found) - len(taken)
    return Result("cookies from-browser", _give(config, taken, user_agent) | {"left": 0 if domains else left})


def _known(config: Config) -> set[str]:
    from syncer.service import cookie_list, snapshot

    return set(cookie_list.owners(snapshot.build(config)))


def _list(data: dict[str, Any]) -> Iterable[str]:
    for each in data["domains"]:
        end = f", the first ends {day(each['earliest'])}" if each["earliest"] else ""
        agent = ", with a User-Agent" if each["user_agent"] else ""
        yield f"{each['domain']:<30} {count(each['cookies'], 'cookie')}{end}{agent}"
        for name in each["needed"]:
            missing = ": MISSING" if name in each["missing"] else ""
            yield f"    needed by {', '.join(each['sites'])}: {name}{missing}"
    if not data["domains"]:
        yield "there are no cookies"


@command.command("list")
@frame.answering("cookies list", _list)
def listing(*, config_path: Path | None, as_json: bool) -> Result:
    """Show the domains that have cookies, and which of them a site file needs."""
    from syncer.clock import SystemClock
    from syncer.fetch.cookie_disk import CookieDisk
    from syncer.service import cookie_list, in_force, snapshot

    del as_json
    config = in_force.load_or_defaults(config_path)
    jars = CookieDisk(config.folders.state).load()
    return Result("cookies list", {"domains": cookie_list.rows(snapshot.build(config), jars, SystemClock().now())})


def _words(data: dict[str, Any]) -> Iterable[str]:
    yield data["words"]


@command.command("clear")
@click.argument("domain")
@frame.answering("cookies clear", _words)
def clear(*, config_path: Path | None, as_json: bool, domain: str) -> Result:
    """Forget all cookies of DOMAIN, and of the registered domain that it belongs to."""
    from syncer import asking
    from syncer.service import in_force

    del as_json
    return Result(
        "cookies clear", asking.ask(in_force.load_or_defaults(config_path), "cookies clear", {"domain": domain})
    )
