"""From what an imported parser found to the page that the service works with.

Here because hydrus's results name URLs by wish and priority, while a page knows files and pages to follow. Imported by
engine.
"""

from __future__ import annotations

from collections.abc import Callable

from syncer.model import MediaFile, Note, Page, Post, Recognised, Tag, UrlKind
from syncer.sites import urls
from syncer.sites.chains import tags
from syncer.sites.chains.contents import Found
from syncer.sites.chains.parsers import Parsed

Recognise = Callable[[str], Recognised | None]


def page(parsed: Parsed, recognised: Recognised, recognise: Recognise) -> Page:
    """Make a page: per post only the desired, next and sub-gallery URLs of the highest priority count."""
    posts = [_post(found, recognised, recognise) for found in (*parsed.posts, *parsed.dropped)]
    next_pages = [url for found in parsed.posts for url in _highest(found, "next")]
    galleries = [url for found in parsed.posts for url in _highest(found, "sub-gallery")]
    single = recognised.kind is UrlKind.WATCHABLE and bool(parsed.posts)
    return Page(
        posts=tuple(_unique_single(posts, recognised)),
        next=tuple(dict.fromkeys(next_pages)),
        galleries=tuple(dict.fromkeys(galleries)),
        title=_title(parsed.posts[0]) if single else "",
        veto=parsed.veto or "",
    )


def _unique_single(posts: list[Post], recognised: Recognised) -> list[Post]:
    """Posts that give nothing to fetch and are not vetoed (only a next page) are none."""
    return [post for post in posts if post.files or post.follow or post.veto or recognised.kind is UrlKind.POST]


def _highest(found: Found, kind: str) -> list[str]:
    wanted = [(priority, url) for what, priority, url in found.urls if what == kind and urls.split(url) is not None]
    top = max((priority for priority, _ in wanted), default=0)
    return list(dict.fromkeys(url for priority, url in wanted if priority == top))


def _title(found: Found) -> str:
    return max(found.titles, default=(0, ""))[1]


def _tag(text: str) -> Tag:
    return Tag(*tags.split(text)) if not text.startswith(":") else Tag("", text[1:])


def _post(found: Found, recognised: Recognised, recognise: Recognise) -> Post:
    desired = _highest(found, "desired")
    follow = [url for url in desired if _is_page(recognise(url), recognised)]
    files = [url for url in desired if url not in follow]
    hashes = tuple(dict.fromkeys(found.hashes)) if len(files) == 1 else ()
    headers = tuple(found.headers.items())
    single = recognised.kind is UrlKind.POST
    sources = [url for what, _, url in found.urls if what == "source" and urls.split(url) is not None]
    return Post(
        site=recognised.site,
        url=recognised.normalised if single else "",
        files=tuple(MediaFile(url, index, hashes, headers) for index, url in enumerate(files)),
        follow=tuple(follow),
        tags=tuple(_tag(text) for text in dict.fromkeys(found.tags)),
        notes=tuple(dict.fromkeys(Note(name, text) for name, text in found.notes)),
        sources=tuple(dict.fromkeys(sources)),
        title=_title(found),
        time=min(found.times, default=None),
        veto=found.veto or "",
    )


def _is_page(known: Recognised | None, page: Recognised) -> bool:
    """Tell whether a URL is a page to follow: a class knows it as one, and it is not the page itself."""
    return known is not None and known.kind is not UrlKind.FILE and known.parser is not None and known.key != page.key
