"""Decides by the words of its title and first text whether a thread of a catalogue is watched: rules such as "lake, -night".

The same language as tag filters, where a tag is a word or several in a row. Pure; the service imports it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from syncer.config import texts
from syncer.errors import ItemError
from syncer.filters import terms
from syncer.filters.clean import visible
from syncer.filters.terms import Pattern
from syncer.frozen import frozen
from syncer.model import Action, Verdict

LONGEST_TITLE: Final = 1_000
LONGEST_TEXT: Final = 10_000
"""Letters that are looked at: what a thread is about stands at its beginning."""

_WILD: Final = "\0"
_WORD: Final = re.compile(r"\w+")
_WILD_WORD: Final = re.compile(rf"[\w{_WILD}]+")
_PLACES: Final = {"": ("title", "text"), "title": ("title",), "text": ("text",)}


@frozen
class Phrase:
    """A term of a rule: words that stand in a row in title or text, or with `negative`, that do not."""

    places: tuple[str, ...]
    words: tuple[Pattern, ...]
    negative: bool


@frozen
class Rule:
    """A rule, read: it is met when every phrase is."""

    text: str
    phrases: tuple[Phrase, ...]


def judge(rules: tuple[str, ...], title: str, text: str) -> Verdict:
    """Return whether a thread is wanted, by which rule, and why or why not. Without rules every thread is.

    Raises ItemError for a rule that cannot be read.
    """
    if not rules:
        return Verdict(Action.TAKE, "", "every thread is taken")
    words = {"title": _words(title[:LONGEST_TITLE]), "text": _words(text[:LONGEST_TEXT])}
    near = ""
    for rule in compiled(rules):
        unmet = [phrase for phrase in rule.phrases if (_found(phrase, words) == "") is not phrase.negative]
        if not unmet:
            place = next(found for phrase in rule.phrases if (found := _found(phrase, words)))
            return Verdict(Action.TAKE, rule.text, f'its {place} meets "{rule.text}"')
        if not near and all(phrase.negative for phrase in unmet):
            near = f'it would meet "{rule.text}" but for a word with a minus in its {_found(unmet[0], words)}'
    return Verdict(Action.SKIP, "words", near or "its title and first text meet none of the words")


@lru_cache(maxsize=64)
def compiled(rules: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return the rules, read; the same list is read once. Raises ItemError for a rule that cannot be read."""
    return tuple(map(read, rules))


def read(text: str) -> Rule:
    """Read one rule: phrases parted by commas, `-` before one means not, `title:` or `text:` where it must stand.

    Raises ItemError with the cure.
    """
    phrases = tuple(_phrase(each) for each in texts.rule_terms(visible(text)))
    if all(each.negative for each in phrases):
        raise ItemError(f'the rule "{text}" only says what is not there', f'Write "*, {text}" for every other thread')
    return Rule(" ".join(text.split()), phrases)


def _phrase(written: str) -> Phrase:
    term = terms.term(written)
    place = term.namespace.literal
    if place is not None and place not in _PLACES:
        raise ItemError(f'"{written.strip()}" asks for "{place}:"', 'There are "title:" and "text:" alone')
    words = _WILD_WORD.findall(_WILD.join(term.text.pieces))
    if not words:
        raise ItemError(f'"{written.strip()}" has no word in it', "Write letters or figures, or `*` for any word")
    patterns = tuple(Pattern(tuple(word.split(_WILD))) for word in words)
    return Phrase(_PLACES[place or ""], patterns, term.negative)


def _words(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared: letters and figures; all else parts them."""
    return _WORD.findall(terms.fold(text))


def _found(phrase: Phrase, words: dict[str, list[str]]) -> str:
    """Return where a phrase stands: `title` or `text`, "" = nowhere."""
    return next((place for place in phrase.places if _stands(phrase.words, words[place])), "")


def _stands(patterns: tuple[Pattern, ...], words: list[str]) -> bool:
    for start in range(len(words) - len(patterns) + 1):
        if all(pattern.matches(words[start + place]) for place, pattern in enumerate(patterns)):
            return True
    return False
