"""The page docs/failures.md, written from the judge's own table. Only `reference` imports it."""

from __future__ import annotations

from syncer.fetch.failure import FailureKind
from syncer.fetch.judge import RULES, Outcome, Pause, Rule

_HEAD = """\
# Failures

What syncer does about each thing that can go wrong with a request. `syncer queue list --faults` shows what did go wrong, by the names in
the first column; `syncer queue retry --cause NAME` tries all of one cause again.

- A *try* is used up by what may be the thing's own fault. After the last one it is given up until you ask for it again, but what a
  follow has found rests and begins its tries anew, for two weeks, where it may be the site that is down.
- A file of which a good piece came (a hundredth of it, or 16 MB) gets all its tries back, and the next one fetches only the rest.
- `Retry-After`, as seconds or as a date, goes before the waits below; it counts between a second and a day.
  A site that names a short one again and again is given more: from the sixth refusal in a row on, twice as long each time.
- A domain *rests* where it is the cause: no request goes to it meanwhile, not even after a restart. One broken page is its own fault,
  several failures in a row are the domain's. Each time it rests longer, until something works again.
- Without a connection to the net, or with a disk that takes nothing, everything rests, and no try is used up.
- A page of a listing that the site does not have or refuses (400, 403, 404, 410, 451) is left out, and the walk goes on. A follow
  shows at once that it needs a login, and its own timing says when it is tried again.
- Each hop of a redirect is a request of its own: it waits for its domain's pace, and is judged by itself.

| failure | what happened | the job | the domain | what you can do |
|---|---|---|---|---|
"""

_END = {
    Outcome.FAIL: "given up",
    Outcome.KEEP: "taken as it is, with a word in the sidecar",
}


def page() -> str:
    """Return the text of docs/failures.md, without its first line."""
    return _HEAD + "".join(_row(kind) for kind in FailureKind)


def _row(kind: FailureKind) -> str:
    rule = RULES[kind]
    cells = (f"`{kind}`", rule.why, _job(rule), _rest(rule), rule.advice)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _job(rule: Rule) -> str:
    if rule.outcome is Outcome.GONE:
        return "settled as gone"
    if rule.outcome is Outcome.FAIL:
        return "given up at once"
    if rule.outcome is Outcome.WAIT:
        if not rule.first:
            return "begins again at once; no try is used up"
        return f"waits {_span(rule.first)}, each time longer up to {_span(rule.most)}; no try is used up"
    waits = [_span(min(rule.first * rule.factor**number, rule.most)) for number in range(rule.tries - 1)]
    return f"{rule.tries} tries, after {_listed(waits)}; then {_END[rule.last]}"


def _rest(rule: Rule) -> str:
    if rule.pause is Pause.NONE:
        return ""
    first, longest = _span(rule.first), _span(rule.longest)
    length = f"{first}, each time longer up to {longest}" if first != longest else first
    if rule.pause is Pause.ALL:
        return f"everything rests: {length}"
    return f"rests {length}" if rule.after == 1 else f"rests from {rule.after} in a row on: {length}"


def _span(seconds: float) -> str:
    """Write a wait exactly, in the largest unit that does."""
    for length, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * length or seconds == length:
            return f"{round(seconds / length, 1):g} {unit}"
    return f"{seconds:g} s"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
