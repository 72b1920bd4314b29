"""The title of a thread as tag or note of its files: media managers know no threads.

Pure; the file job uses it when it delivers, so that the option in force then decides.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.filters import clean
from syncer.filters.options import Options
from syncer.model import Note, Origin, Post, Tag

NAMESPACE = "thread"
NOTE = "thread title"


def with_title(options: Options, post: Post, origin: Origin) -> Post:
    """Return a post with the title of the watched thread that it was found in, as `thread_title` says; cleaned like what sites tell."""
    if origin.by != "watcher" or not origin.name:
        return post
    if options.thread_title in ("tag", "both"):
        post = replace(post, tags=clean.clean_all((*post.tags, Tag(NAMESPACE, origin.name))))
    if options.thread_title in ("note", "both"):
        post = replace(post, notes=tuple(dict.fromkeys((*post.notes, Note(NOTE, clean.readable(origin.name))))))
    return post
