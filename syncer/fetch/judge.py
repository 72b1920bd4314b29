"""The one judge of failures: a table that says for each kind whether to try again, when, and what a person can do.

Pure: a failure and a count go in, a decision with its reason comes out. The jobs of `service` act on it; nobody else
decides about failures.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from syncer.fetch import statuses
from syncer.fetch.failure import Failure, FailureKind
from syncer.fetch.refusals import Step, place
from syncer.frozen import frozen

TRIES: Final = 5
"""How often a thing is tried in all, as in hydrus, unless its rule says fewer."""

BELIEVED: Final = 5
"""So many times in a row a site's `Retry-After` is taken as it is; then the least wait doubles, from two seconds on."""

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 86_400.0


class Outcome(StrEnum):
    """What becomes of a job after a failure."""

    RETRY = "retry"
    """Try again after the wait; a try is used up."""
    WAIT = "wait"
    """The world is not ready: try again after the wait, no try is used up."""
    GONE = "gone"
    """The site does not have it (any more): settled."""
    FAIL = "fail"
    """Given up until a person asks again."""
    KEEP = "keep"
    """Take what came as it is, and note what is odd about it."""


class Pause(StrEnum):
    """What else waits."""

    NONE = "none"
    DOMAIN = "domain"
    ALL = "all"


@frozen
class Judgement:
    """What follows from a failure."""

    outcome: Outcome
    wait: float
    """Seconds until the next try; 0 where there is none."""
    until: float
    """The same as a moment, in seconds since 1970."""
    why: str
    advice: str
    """What a person can do; "" = nothing needs to be done."""
    counts: bool
    """A try is used up."""
    pause: Pause
    """What else rests."""
    rest: float = 0.0
    """Seconds that it rests; 0 where nothing does."""


@frozen
class Rule:
    """A row of the table: `first` seconds of wait, `factor` times longer each time, at most `most`.

    What else rests does so for as long, counted by its own failures in a row, but at most `longest`.
    """

    outcome: Outcome
    why: str
    advice: str = ""
    first: float = 0.0
    factor: float = 1.0
    most: float = DAY
    tries: int = TRIES
    pause: Pause = Pause.NONE
    after: int = 1
    """It rests from so many failures in a row on."""
    longest: float = HOUR
    last: Outcome = Outcome.FAIL
    """The outcome once the tries are used up."""


def _retry(why: str, advice: str, first: float, factor: float, *, tries: int = TRIES, after: int | None = None) -> Rule:
    """Make a row of what is tried again; with `after` its domain rests from so many in a row on."""
    pause = Pause.NONE if after is None else Pause.DOMAIN
    return Rule(Outcome.RETRY, why, advice, first, factor, most=6 * HOUR, tries=tries, pause=pause, after=after or 1)


def _wait(why: str, advice: str, first: float, *, most: float, pause: Pause) -> Rule:
    return Rule(Outcome.WAIT, why, advice, first, 2, most, pause=pause, longest=most)


def _fail(why: str, advice: str) -> Rule:
    return Rule(Outcome.FAIL, why, advice)


def _gone(why: str) -> Rule:
    return Rule(Outcome.GONE, why)


_DOMAIN = Pause.DOMAIN
_LATER = "if it stays so, open the page in a browser"
_BROKEN = "if it stays so, the site or something between here and there is broken"
_WAIT, _BROWSER = place(Step.WAIT), place(Step.BROWSER)
_LOGIN = f"it needs a login there; use a throwaway account, sites may close it ({_BROWSER})"
_SITE_FILE = "the site may have changed; then its site file needs mending"

RULES: Final[Mapping[FailureKind, Rule]] = {
    FailureKind.OFFLINE: _wait(
        "there is no connection to the net",
        "check the network; everything goes on by itself",
        15,
        most=5 * MINUTE,
        pause=Pause.ALL,
    ),
    FailureKind.DNS: _retry(
        "the site's name cannot be found", "check the spelling, or whether the site still exists", 60, 5, after=1
    ),
    FailureKind.REFUSED: _retry("the site cannot be reached", _LATER, 30, 5, after=1),
    FailureKind.TLS: _retry(
        "the connection to the site is not secure",
        "check the clock of this machine and the site's certificate",
        300,
        6,
        tries=3,
        after=1,
    ),
    FailureKind.PROXY: _wait(
        "the proxy is not there, or refuses",
        "look at `proxy` and `proxy_login` in the config, and at the proxy itself (docs/how-to/network.md)",
        30,
        most=10 * MINUTE,
        pause=_DOMAIN,
    ),
    FailureKind.TIMEOUT: _retry("the site did not answer in time", _LATER, 30, 5, after=3),
    FailureKind.DROPPED: _retry("the site closed the connection", _LATER, 5, 5, after=3),
    FailureKind.HUNG_UP: Rule(
        Outcome.WAIT,
        "the site closed a connection that it had kept open, before it answered; a new one is made",
        _LATER,
    ),
    FailureKind.DRIP: _retry("the site sends so slowly that it would never end", _LATER, 60, 5, after=3),
    FailureKind.TOO_LARGE: _fail(
        "it is larger than allowed", "raise max_file_size or max_page_size in [network] if you want it"
    ),
    FailureKind.WRONG_LENGTH: _retry("fewer bytes came than the site announced", _BROKEN, 10, 5, after=5),
    FailureKind.CUT_GZIP: _retry("the packed answer broke off in the middle", _BROKEN, 10, 5, after=5),
    FailureKind.BAD_ANSWER: _retry("the answer is not readable HTTP", _BROKEN, 60, 5, tries=3, after=3),
    FailureKind.EMPTY: _retry("the site sent an empty file", _LATER, 60, 5, tries=3, after=3),
    FailureKind.RANGE: _retry("the rest of the file cannot be had alone; it is fetched anew", _BROKEN, 10, 5),
    FailureKind.CHANGED: _retry("the pieces of the file do not fit together; it is fetched anew", _BROKEN, 10, 5),
    FailureKind.BAD_REDIRECT: _fail("the site redirects to nowhere", _SITE_FILE),
    FailureKind.REDIRECT_LOOP: _fail(
        "the site redirects in circles", f"it may want cookies or a login; open it in a browser ({_BROWSER})"
    ),
    FailureKind.BAD_REQUEST: _fail("this cannot be requested", "check the link"),
    FailureKind.BLOCKED_ADDRESS: _fail(
        "the address is private, and private addresses are not asked", "if it is yours, add it to [network] allow"
    ),
    FailureKind.OUTSIDE_ONLY: _fail(
        "[network] only does not list this host", "add it to [network] only if you want it"
    ),
    FailureKind.SLOW_DOWN: _wait(
        "the site asks for fewer requests",
        f"give its domain slower rules in [bandwidth.site] ({_WAIT})",
        2 * MINUTE,
        most=HOUR,
        pause=_DOMAIN,
    ),
    FailureKind.UNAVAILABLE: _retry("the site is not available now", _LATER, 60, 5, after=1),
    FailureKind.SERVER_ERROR: _retry("the site has an error of its own", _LATER, 30, 5, after=3),
    FailureKind.UNAUTHORISED: _retry("the site wants a login", _LOGIN, HOUR, 6, tries=3, after=2),
    FailureKind.FORBIDDEN: Rule(
        Outcome.FAIL,
        "the site refuses it",
        f"it may want cookies, a login or another User-Agent; open it in a browser to see ({_BROWSER})",
        5 * MINUTE,
        2,
        HOUR,
        pause=_DOMAIN,
        after=5,
    ),
    FailureKind.NOT_FOUND: _gone("it does not exist (any more)"),
    FailureKind.GONE: _gone("it was removed for good"),
    FailureKind.LEGAL: _gone("it is withheld for legal reasons"),
    FailureKind.REFUSED_REQUEST: _fail("the site does not accept the request", _SITE_FILE),
    FailureKind.WRONG_ANSWER: _retry("the answer does not fit the request", _BROKEN, 60, 5, tries=3, after=3),
    FailureKind.UNEXPECTED_STATUS: _fail("the site answered with a status that has no meaning here", _SITE_FILE),
    FailureKind.CHALLENGE: _wait(
        "the site wants to see a browser",
        f"wait, or give it cookies and User-Agent of your browser ({_BROWSER})",
        HOUR,
        most=DAY,
        pause=_DOMAIN,
    ),
    FailureKind.LOGIN_PAGE: _retry("the site sent its login page", _LOGIN, HOUR, 6, tries=3, after=2),
    FailureKind.HTML_FOR_JSON: _retry("a web page came where data was due", _SITE_FILE, 60, 10, tries=3, after=3),
    FailureKind.HTML_FOR_MEDIA: _retry(
        "a web page came where a file was due",
        f"open the link in a browser; the site may limit how much it gives ({_WAIT})",
        60,
        10,
        tries=3,
        after=3,
    ),
    FailureKind.UNKNOWN_TYPE: _retry(
        "what came is of no known type", "if a media program opens it, report its type", 600, 1, tries=2
    ),
    FailureKind.NOT_WHOLE: _retry("the file is damaged or not whole", _BROKEN, 60, 10, tries=3),
    FailureKind.PLACEHOLDER: _gone("the site sent the picture that it shows in place of what is not there"),
    FailureKind.NOT_YET: _retry(
        "it is still being made", "ask for it again once it is over: `syncer queue retry`", HOUR, 4
    ),
    FailureKind.WRONG_HASH: Rule(
        Outcome.RETRY, "the site gives another hash than the file has", "", 60, tries=2, last=Outcome.KEEP
    ),
    FailureKind.DISK: _wait(
        "the file cannot be written here", "check free space and rights", 60, most=10 * MINUTE, pause=Pause.ALL
    ),
    FailureKind.ABORTED: Rule(Outcome.WAIT, "syncer was stopped in the middle"),
}
"""Every kind has its row. Tries and waits: cases DL5, DL8, LC8, WA5; 429 first waits about as long as in hydrus."""


def judge(failure: Failure, tries: int, now: float, waits: int = 0, limit: int = TRIES, *, row: int = 1) -> Judgement:
    """Decide what follows from a failure.

    `tries` is the number of tries used up so far, this one included (the first failure: 1); `waits` how often in a row
    the thing was told to wait without using one up; `row` how often in a row its domain (or the net) has failed by now;
    `now` is in seconds since 1970.
    """
    rule = RULES[failure.kind]
    outcome, wait, why = _outcome(rule, failure, tries, waits, limit)
    rest = _rest(rule, failure, row)
    counts = rule.outcome is Outcome.RETRY
    return Judgement(outcome, wait, now + wait, why, rule.advice, counts, rule.pause if rest else Pause.NONE, rest=rest)


def is_the_sites_wish(why: str) -> bool:
    """Tell by its reason whether a rest is one that the site itself has asked for, which nobody ends before its time."""
    return why.startswith(RULES[FailureKind.SLOW_DOWN].why)


def _outcome(rule: Rule, failure: Failure, tries: int, waits: int, limit: int) -> tuple[Outcome, float, str]:
    """Return what becomes of the job itself, after how many seconds, and why."""
    why = f"{rule.why} ({failure.detail})" if failure.detail else rule.why
    counts = rule.outcome is Outcome.RETRY
    if counts and tries >= min(rule.tries, limit):
        return rule.last, 0.0, f"{why}; tried {_times(tries)}"
    if rule.outcome in (Outcome.FAIL, Outcome.GONE):
        return rule.outcome, 0.0, why
    round_ = max(0, tries - 1) if counts else waits
    wait = _growing(rule, round_) if failure.retry_after is None else _told(rule, failure.retry_after, round_)
    return rule.outcome, wait, why


def _rest(rule: Rule, failure: Failure, row: int) -> float:
    """Return for how many seconds the domain, or everything, rests; 0 where it does not."""
    if rule.pause is Pause.NONE or row < rule.after:
        return 0.0
    if failure.retry_after is not None:
        return _told(rule, failure.retry_after, row - rule.after)
    return min(_growing(rule, row - rule.after), rule.longest)


def _growing(rule: Rule, round_: int) -> float:
    return min(rule.first * rule.factor ** min(round_, 20), rule.most)


def _told(rule: Rule, retry_after: float, round_: int) -> float:
    """Return the wait that the site asks for; longer where it has said so and refused again and again, since it is not as it says."""
    least = min(2.0 ** min(round_ - BELIEVED, 20), rule.most) if round_ > BELIEVED else 0.0
    return max(statuses.bounded(retry_after), least)


def _times(tries: int) -> str:
    return "once" if tries == 1 else f"{tries} times"
