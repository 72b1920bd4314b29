"""The words that options are made of, and what holds where no layer sets one.

Plain data apart from the schema, like `settings`. Everybody above may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TYPE_GROUPS: Final = ("image", "animation", "video", "audio", "document", "archive", "application")
"""The groups that `types` chooses from, as `model.FileFacts.group` names them."""

DEFAULT_TYPES: Final = ("image", "animation", "video", "audio")

OPTION_DEFAULTS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "types": DEFAULT_TYPES,
        "min_size": 0,
        "max_size": None,
        "min_width": None,
        "max_width": None,
        "min_height": None,
        "max_height": None,
        "min_pixels": None,
        "max_pixels": None,
        "min_ratio": None,
        "max_ratio": None,
        "min_duration": None,
        "max_duration": None,
        "animated": None,
        "max_age": None,
        "blacklist": (),
        "blacklist_from": (),
        "whitelist": (),
        "tags": ("*:*",),
        "drop_tags": (),
        "rename_tags": (),
        "namespaces": (),
        "add_tags": (),
        "underscores": "keep",
        "max_tag_length": 1024,
        "notes": ("*",),
        "max_note": 100 * 1024,
        "sources": True,
        "wrong_hash": "keep",
        "thread_title": "no",
        "stars": None,
        "on_more": "nothing",
        "text_posts": "",
        "import_folder": "",
    }
)
"""What holds where no layer sets a key, in the form of `filters.options.Options`: sizes in bytes, times in seconds."""

EXTENDED: Final = ("types", "blacklist", "whitelist", "tags", "drop_tags", "rename_tags", "namespaces", "add_tags")
"""What a layer can add to with `extend_` before the name, instead of replacing it."""

OPTION_KEYS: Final = frozenset((*OPTION_DEFAULTS, *(f"extend_{name}" for name in EXTENDED)))
"""All keys that a layer of options may set."""

THREAD_TITLES: Final = ("no", "tag", "note", "both")
"""What becomes of the title of the thread that a watcher's file was found in."""

SAME_FOLDER: Final = "*"
"""Text posts go where other files go, instead of into an import folder that is named."""

ON_MORE: Final = ("nothing", "redeliver")
"""What becomes of a file that its manager took, when more is told of it later."""
