"""The table `[network]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated

from syncer.config import units
from syncer.config.schema.scalars import HeaderText, Host, Patience, Table, at_least, key, words
from syncer.config.settings import Network

_DEFAULTS = Network()

Limit = Annotated[int, *words(at_least(units.size, "64 KB", "1024 TB"), "1 GB")]
CacheLimit = Annotated[int, *words(at_least(units.size, "0 KB", "100 GB"), "64 MB")]
PageLimit = Annotated[int, *words(at_least(units.size, "64 KB", "256 MB"), "32 MB")]


class NetworkTable(Table):
    """With whom syncer may talk, and when it gives up on an answer."""

    allow: list[Host] = key(
        "Addresses inside your own network that may be asked; all others there are refused, since a page from outside "
        "could name them.",
        default=[],
        example=["127.0.0.1:8123"],
    )
    only: list[Host] = key(
        "If there is an entry, nobody else is asked. A name stands for its sub-domains too.",
        default=[],
        example=["127.0.0.1:8123", "booru.example.org"],
    )
    user_agent: HeaderText = key("How syncer names itself to sites.", default=_DEFAULTS.user_agent)
    connect_timeout: Patience = key(
        "The longest wait for a connection.", default=units.write_duration(_DEFAULTS.connect_timeout)
    )
    read_timeout: Patience = key(
        "The longest silence in the middle of an answer.", default=units.write_duration(_DEFAULTS.read_timeout)
    )
    page_deadline: Patience = key(
        "The longest time for one page in all.", default=units.write_duration(_DEFAULTS.page_deadline)
    )
    deadline: Patience = key("The longest time for one file in all.", default=units.write_duration(_DEFAULTS.deadline))
    max_page_size: PageLimit = key("Bigger pages are refused.", default=units.write_size(_DEFAULTS.max_page_size))
    page_cache: CacheLimit = key(
        "How much is kept of the pages that follows look at again and again: a site that says by ETag or Last-Modified that nothing has "
        'changed needs not send them then. "0 KB": nothing.',
        default=units.write_size(_DEFAULTS.page_cache),
    )
    max_file_size: Limit = key("Bigger files are refused.", default=units.write_size(_DEFAULTS.max_file_size))
