"""Where another program's metadata has what, as a person says it for one of its sites.

Here, on the config's floor, since the schema reads it and the handover uses it; a plain value without rules of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final

from syncer.frozen import frozen

FIELD: Final = re.compile(r"[^\s.{}]{1,60}(?:\.[^\s.{}]{1,60}){0,5}")
"""A field of the metadata: `artist`, or `user.account` where a table holds it."""
PLACES: Final = re.compile(r"\{([^{}]*)\}")
"""Where fields stand in the template of a URL."""


@frozen
class FieldMap:
    """What a person says of one site's metadata; what is empty is left to the table of the program."""

    site: str = ""
    """The name that the site has here."""
    post: tuple[str, ...] = ()
    """Fields of the post's id, joined by `/`."""
    post_url: str = ""
    """Template of the post's URL: `https://example.org/posts/{id}`."""
    title: tuple[str, ...] = ()
    """Fields, the first that is there counts; so it is for `time`."""
    time: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Namespace ("" = none) to the fields that hold its tags, in place of what the table says for this namespace."""
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a note to its fields, beside those of the table."""
    sources: tuple[str, ...] = ()
    """Fields with links, in place of those of the table."""
    drop: tuple[str, ...] = ()
    """Fields that are not read at all."""


NONE: Final = FieldMap()


Own = Callable[[str], FieldMap]
"""What the person says of the metadata of a site, by its name for the site."""


def field_name(text: str) -> str:
    """Return a field's name. Raises ValueError with the cure."""
    if not FIELD.fullmatch(text):
        raise ValueError(
            f'"{text}" is no field; write its name as the metadata has it, "user.account" for one inside another'
        )
    return text


def url_template(text: str) -> str:
    """Return the template of a URL. Raises ValueError with the cure."""
    if not re.match(r"https?://[^/{}\s]+/", text) or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError(f'"{text}" is no web address; write one like https://example.org/posts/{{id}}')
    for name in PLACES.findall(text):
        field_name(name)
    if "{" in PLACES.sub("", text) or "}" in PLACES.sub("", text) or not PLACES.search(text):
        raise ValueError(f'"{text}" must name a field in braces, like https://example.org/posts/{{id}}')
    return text
