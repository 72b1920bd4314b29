"""Searches of native site files: a query text becomes the first gallery URL(s).

Here because encoding a query is where searches go quietly wrong (blank, +, &, #, / and emoji). Pure; imported by
compile and library.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites import urls

_USE = re.compile(r"\{(query|rest|[1-9])\}")
MAX_QUERY = 2_000


@frozen
class NativeSearch:
    """One `[[search]]` of a native site file."""

    site: str
    name: str
    templates: tuple[str, ...]
    """Absolute URLs with `{query}`, `{1}` ... or `{rest}`."""
    join: str
    sample: str
    newest_first: bool = True
    below: str = ""
    """A word that asks for posts below a number, `id:<{}`; "" = the site knows none."""

    of_tags: bool = True
    """The words are tags that what is found carries."""

    def urls(self, query: str) -> tuple[str, ...]:
        """Give the first gallery URLs for a query; raises ItemError when a word that the template needs is missing."""
        words = query.split()
        if len(query) > MAX_QUERY:
            raise ItemError("The query is too long", f"At most {MAX_QUERY} characters.")
        return tuple(self._fill(template, words) for template in self.templates)

    def _fill(self, template: str, words: list[str]) -> str:
        numbers = [int(use) for use in _USE.findall(template) if use.isdigit()]
        if numbers and max(numbers) > len(words):
            needed = "one word" if max(numbers) == 1 else f"{max(numbers)} words"
            raise ItemError(
                f"The search {self.site}: {self.name} needs {needed}, the query has {len(words)}",
                f"Write it like: {self.sample}" if self.sample else "",
            )
        taken = max(numbers, default=0)
        question = template.find("?")

        def put(match: re.Match[str]) -> str:
            chosen = _chosen(match[1], words, taken)
            safe = "" if 0 <= question < match.start() else urls.PATH_SAFE
            return self.join.join(quote(word, safe=safe) for word in chosen)

        return urls.tidy(_USE.sub(put, template))


def _chosen(use: str, words: list[str], taken: int) -> list[str]:
    if use == "query":
        return words
    if use == "rest":
        return words[taken:]
    return [words[int(use) - 1]]


def check(template: str) -> None:
    """Raise ValueError when a template has no place for the query."""
    if not _USE.search(template):
        raise ValueError(f"{template!r} has no {{query}} (or {{1}}, {{rest}}) where the words go")
