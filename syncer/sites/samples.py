"""What a site file's samples promise of a page, held against what its parser really finds there.

Here so that a site file that stopped fitting says so by itself. Pure; only library imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from syncer.model import Page

FINDS: Mapping[str, Callable[[Page], Any]] = {
    "posts": lambda page: len(page.posts),
    "ids": lambda page: [post.id for post in page.posts],
    "files": lambda page: [media.url for post in page.posts for media in post.files],
    "follow": lambda page: [url for post in page.posts for url in post.follow],
    "tags": lambda page: sorted({str(tag) for post in page.posts for tag in post.tags}),
    "times": lambda page: [post.time for post in page.posts],
    "next": lambda page: list(page.next),
    "title": lambda page: page.title or next((post.title for post in page.posts), ""),
}
"""What a sample's `finds` may name, and how it is read off a page; tags of all posts together, sorted."""


def differences(finds: Mapping[str, Any], page: Page) -> Iterator[tuple[str, str]]:
    """Yield each key of `finds` that the page does not bear out, with the reason in words."""
    for key, wanted in finds.items():
        read = FINDS.get(key)
        if read is None:
            yield key, f"nothing is called so; there are {', '.join(FINDS)}"
            continue
        found = read(page)
        expected = sorted(wanted) if key == "tags" and isinstance(wanted, list) else wanted
        if found != expected:
            yield key, f"the page gives {found!r}, not {expected!r}"
