"""What `bench.sites` measures, written by hand as one would in a script: BeautifulSoup with lxml, json, re.

Here apart, so that it is seen to do the same: post pages or files, tags, times. Only `bench.sites` uses it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from bench.site_pages import ROOT

Found = tuple[list[str], list[str], int]
"""Links, tags sorted, time of one post."""
RATINGS = {"s": "safe", "q": "questionable"}


def html(page: str, root: str = ROOT, ratings: Mapping[str, str] = RATINGS) -> list[Found]:
    """Read the HTML listing."""
    from bs4 import BeautifulSoup

    found: list[Found] = []
    for article in BeautifulSoup(page, "lxml").select("article.post-preview"):
        link = article.select_one("a.post-preview-link")
        assert link is not None
        rating = str(article["data-rating"])
        tags = {word.replace("_", " ") for word in str(article["data-tags"]).split(" ")}
        tags.add(f"rating:{ratings.get(rating, rating)}")
        found.append(([urljoin(root, str(link["href"]))], sorted(tags), _seconds(str(article["data-created"]))))
    return found


_SPACES = {"artist": "creator:", "copyright": "series:", "character": "character:", "meta": "meta:", "general": ""}


def json_posts(page: str) -> list[Found]:
    """Read the JSON listing."""
    return [([post["file_url"]], sorted(_tags(post)), _seconds(post["created_at"])) for post in json.loads(page)]


def _tags(post: dict[str, Any]) -> set[str]:
    tags = {
        before + word.replace("_", " ")
        for space, before in _SPACES.items()
        for word in post[f"tag_string_{space}"].split(" ")
        if word
    }
    return tags | {"rating:" + {"s": "sensitive", "q": "questionable"}[post["rating"]]}


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def patterns(sites: int) -> list[re.Pattern[str]]:
    """Make a regular expression for each URL class of `site_pages.many_sites` and `many_imported`."""
    shapes = (r"/posts\?.*", r"/user/\w+/posts(?:/\d+)?", r"/posts/\d+", r"/index\.php\?.*s=view.*", r"/data/.*")
    hosts = [f"{kind}{number}" for number in range(sites) for kind in ("site", "imported")]
    return [re.compile(rf"https?://(?:www\.)?{host}\.example{shape}\Z") for host in hosts for shape in shapes]


def recognise(patterns: list[re.Pattern[str]], url: str) -> re.Pattern[str] | None:
    """Find the first pattern that matches."""
    return next((pattern for pattern in patterns if pattern.match(url)), None)
