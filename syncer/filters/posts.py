"""Decides whether a post is let in: by its age and its tags.

Pure; the service imports it.
"""

from __future__ import annotations

from syncer.config import units
from syncer.filters import tags
from syncer.filters.options import Options
from syncer.model import TAKEN, Action, Post, Verdict


def judge(options: Options, post: Post, now: float) -> Verdict:
    """Return whether a post may be taken at `now` (seconds since 1970), and by which rule not.

    Raises ItemError for a tag rule that cannot be read.
    """
    verdict = _by_age(options, post, now)
    return tags.judge(options, post) if verdict.taken else verdict


def _by_age(options: Options, post: Post, now: float) -> Verdict:
    posted = post.posted(now)
    if posted is None or options.max_age is None or now - posted <= options.max_age:
        return TAKEN
    why = f"the post is older than {units.write_duration(options.max_age)}. Raise max_age to take it."
    return Verdict(Action.SKIP, "max_age", why)
