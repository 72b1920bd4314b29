"""Whether a listing shows the newest first, and whether it shows what was asked for at all.

Pure. Both are asked of a follow's listing before any of its posts counts as known: stopping at known ground is right only
where they hold. Imported by this floor and by service.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import unquote

MOST_OUT_OF_ORDER = 0.2
"""Reposted and late-tagged posts stand out of order on every site; more than a fifth is another order."""
FEWEST = 5
"""With fewer posts than this nothing is said about a page."""
MOST_CARRY, FEW_CARRY = 0.8, 0.2
"""Shares of posts that carry the words of the query: from the first on the site tags what it finds, up to the second it
shows something else."""
MANY = 10
"""With fewer posts than this a query that was never checked is believed whatever it shows."""
COMMON = 0.9
"""A tag on this share of the posts is what they have in common: a word that the site knows under another name."""

_NUMBER_AT_END = re.compile(r"/(\d{1,30})$")
_ORDER_WORD = re.compile(r"(?:order|sort|sort_?by|order_?by|sort_order)[:=](.*)", re.IGNORECASE)
_RANDOM_WORD = re.compile(r"random(?:[:=].*)?|ord(?:fav|pool|favgroup)[:=].+", re.IGNORECASE)
"""By chance, or as somebody has put them into a collection."""
_NEWEST_FIRST = frozenset(
    {
        "id",
        "id_desc",
        "id:desc",
        "new",
        "newest",
        "latest",
        "recent",
        "date",
        "date_desc",
        "created_at",
        "created",
        "desc",
        "",
    }
)
_BETWEEN = re.compile(r"[\s?&+]+")


def numbers(keys: Iterable[str]) -> list[int] | None:
    """Return the numbers of posts (`post:SITE/12`); None where one of them has none and there is nothing to compare."""
    found = [_NUMBER_AT_END.search(key) if key.startswith("post:") else None for key in keys]
    return None if any(match is None for match in found) else [int(match[1]) for match in found if match]


def out_of_order(keys: Sequence[str]) -> str:
    """Say how a page's posts (pinned ones left out) are not newest first; "" where they are, or no one can tell."""
    ids = numbers(keys)
    if ids is None or len(ids) < FEWEST:
        return ""
    if mostly_fall(ids):
        return ""
    wrong = len(ids) - _longest_fall(ids)
    return f"{wrong} of the {len(ids)} posts on its first page are out of order"


def mostly_fall(numbers: Sequence[int]) -> bool:
    """Tell whether numbers stand in falling order, but for a fifth of them."""
    return len(numbers) - _longest_fall(numbers) <= MOST_OUT_OF_ORDER * len(numbers)


def _longest_fall(ids: Sequence[int]) -> int:
    """Return the length of the longest series, in order but not side by side, in which no number is above the one before."""
    ends: list[int] = []
    for number in ids:
        place = bisect_right(ends, -number)
        ends[place : place + 1] = [-number]
    return len(ends)


def order_word(query: str) -> str:
    """Return the word of a query, or the part of a gallery's URL, that asks for another order than newest first; "" = none."""
    is_url = query.lower().startswith(("http://", "https://"))
    for word in _BETWEEN.split(unquote(query)) if is_url else query.split():
        ordered = _ORDER_WORD.fullmatch(word)
        if _RANDOM_WORD.fullmatch(word) or (ordered and ordered[1].casefold() not in _NEWEST_FIRST):
            return word
    return ""


def plain_words(query: str) -> tuple[str, ...]:
    """Return the words of a query that name a tag and are no operator, as `tag_words` writes tags."""
    return tuple(_same(word) for word in query.split() if re.fullmatch(r"\w[\w()'.!?-]*", word))


def tag_words(texts: Iterable[str]) -> frozenset[str]:
    """Return a post's tags (without namespace) in the form in which they are compared."""
    return frozenset(map(_same, texts))


def share_carrying(words: Sequence[str], posts: Iterable[frozenset[str]]) -> float | None:
    """Return the share of the posts (their `tag_words`) that carry all of `words`; None where no one can tell."""
    tagged = [tags for tags in posts if tags]
    if not words or len(tagged) < FEWEST:
        return None
    return sum(tags.issuperset(words) for tags in tagged) / len(tagged)


def common_tags(posts: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return the tags that nearly all of the posts that have any carry; none where there are too few to say."""
    tagged = [tags for tags in posts if tags]
    if len(tagged) < FEWEST:
        return frozenset()
    number = Counter(tag for tags in tagged for tag in tags)
    return frozenset(tag for tag, times in number.items() if times >= COMMON * len(tagged))


def is_unlike(words: Sequence[str], posts: Sequence[frozenset[str]], learnt: frozenset[str] | None) -> bool:
    """Tell whether posts (their `tag_words`) are not what was asked for with `words`: as if the site had ignored them.

    `learnt`: what the query's posts had in common when they carried its words, None where that is not known. Posts that have
    something else in common are what the site knows under another name: tags are renamed.
    """
    share = share_carrying(words, posts)
    if share is None or share > FEW_CARRY or common_tags(posts) - (learnt or frozenset()):
        return False
    tagged = [tags for tags in posts if tags]
    return learnt is not None or (len(tagged) >= MANY and not any(tags.intersection(words) for tags in tagged))


def lost_words(query: str, before: str, after: str) -> tuple[str, ...]:
    """Return the words of a query that the address `before` named and the address `after` does not (both unquoted)."""
    old, new = _same(before), _same(after)
    return tuple(word for word in query.split() if _same(word) in old and _same(word) not in new)


@lru_cache(4096)
def _same(text: str) -> str:
    return text.casefold().replace("_", " ").replace("+", " ")
