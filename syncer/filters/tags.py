"""Decides by its tags whether a post is let in: rules such as "hair, -red hair" over all of its cleaned tags.

All rules are compiled once into an index by tag, so that a post costs by its own tags and not by the number of rules. Pure; the
service imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from syncer.config import texts
from syncer.errors import ItemError
from syncer.filters import terms
from syncer.filters.clean import MOST_TAGS, clean, visible
from syncer.filters.options import Options
from syncer.model import TAKEN, Action, Post, Tag, Verdict

_MOST_REMEMBERED: Final = 50_000
_LONGEST_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """A tag rule, read: it is met when every term is."""

    text: str
    terms: tuple[terms.Term, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """The rule that a post met, with the (cleaned) tag that met its first term."""

    rule: Rule
    tag: Tag


def judge(options: Options, post: Post) -> Verdict:
    """Return whether a post may be taken: skipped by the first blacklist rule, in the list's order, that its tags meet, or by
    a whitelist of which they meet no rule.

    Its tags are cleaned first, so twins by invisible letters do not slip through. Raises ItemError for a rule that cannot be
    read.
    """
    for name in ("blacklist", "blacklist_from"):
        rules = getattr(options, name)
        hit = compiled(rules).first_hit(post.tags) if rules else None
        if hit is not None:
            return Verdict(
                Action.SKIP,
                f"{name}: {hit.rule.text}",
                f'its tag "{hit.tag}" meets the {name} rule "{hit.rule.text}". Take the rule away or add an exception ("-tag") to it.',
            )
    if options.whitelist and compiled(options.whitelist).first_hit(post.tags) is None:
        return Verdict(
            Action.SKIP, "whitelist", "its tags meet no rule of the whitelist. Add a rule for it, or empty the list."
        )
    return TAKEN


@lru_cache(maxsize=16)
def compiled(rules: tuple[str, ...]) -> RuleSet:
    """Return the rules compiled; the same list is compiled once. Raises ItemError for a rule that cannot be read."""
    return RuleSet([read(rule) for rule in rules])


def read(text: str) -> Rule:
    """Read one rule: terms parted by commas, all of which must hold; `-` before a term means that no tag may fit it.

    `hair -red hair` means the same as `hair, -red hair`. Raises ItemError with the cure.
    """
    read_terms = tuple(terms.term(each) for each in texts.rule_terms(visible(text)))
    if all(each.negative for each in read_terms):
        raise ItemError(
            f'The tag rule "{text}" only says what is not there and would meet nearly every post',
            'Add a tag without "-".',
        )
    return Rule(" ".join(text.split()), read_terms)


def problems(rules: Iterable[str]) -> tuple[str, ...]:
    """Return what is wrong with each rule that cannot be read, in words, for `config check`."""
    found = []
    for rule in rules:
        try:
            read(rule)
        except ItemError as error:
            found.append(str(error))
    return tuple(found)


class RuleSet:
    """Rules with their terms indexed by the tags that fit them. Safe to use from several threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        numbers = {term: number for number, term in enumerate(_distinct(rules))}
        self._literal: dict[terms.Key, list[int]] = {}
        self._wild: list[tuple[int, terms.Term]] = []
        for term, number in numbers.items():
            if term.literal is not None:
                self._literal.setdefault(term.literal, []).append(number)
            else:
                self._wild.append((number, term))
        self._needs = [frozenset(numbers[_bare(each)] for each in rule.terms if not each.negative) for rule in rules]
        self._bars = [frozenset(numbers[_bare(each)] for each in rule.terms if each.negative) for rule in rules]
        self._starts: dict[int, list[int]] = {}
        for place, rule in enumerate(rules):
            start = next(each for each in rule.terms if not each.negative)
            self._starts.setdefault(numbers[_bare(start)], []).append(place)
        self._remembered: dict[tuple[str, str], tuple[int, ...]] = {}

    def first_hit(self, tags: Sequence[Tag]) -> Hit | None:
        """Return the first rule, in the list's order, that all these tags meet together once cleaned, None where none is."""
        met: dict[int, Tag] = {}
        remembered = self._remembered.get
        for tag in tags[:MOST_TAGS]:
            fitting = remembered((tag.namespace, tag.text))
            if fitting is None:
                fitting = self._fitting(tag)
            for number in fitting:
                met.setdefault(number, tag)
        if not met:
            return None
        candidates = sorted((place, number) for number in met for place in self._starts.get(number, ()))
        for place, number in candidates:
            if self._needs[place] <= met.keys() and self._bars[place].isdisjoint(met):
                return Hit(self._rules[place], clean(met[number]) or met[number])
        return None

    def _fitting(self, tag: Tag) -> tuple[int, ...]:
        """Return the numbers of the terms that a tag fits, and remember them: a site's tags repeat."""
        cleaned = clean(tag)
        found: tuple[int, ...] = ()
        if cleaned is not None:
            key = terms.key(cleaned)
            found = (*self._literal.get(key, ()), *(number for number, term in self._wild if term.matches(key)))
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        if len(tag.text) + len(tag.namespace) <= _LONGEST_REMEMBERED:
            self._remembered[tag.namespace, tag.text] = found
        return found


def _bare(term: terms.Term) -> terms.Term:
    return terms.Term(term.namespace, term.text)


def _distinct(rules: Iterable[Rule]) -> dict[terms.Term, None]:
    return dict.fromkeys(_bare(term) for rule in rules for term in rule.terms)
