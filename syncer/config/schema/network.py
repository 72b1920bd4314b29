"""The table `[network]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated, Literal

from syncer.config import units
from syncer.config.schema.scalars import (
    Folder,
    HeaderText,
    Host,
    Patience,
    ProxyAddress,
    ProxyLogin,
    Table,
    at_least,
    key,
    words,
)
from syncer.config.settings import Network

_DEFAULTS = Network()

Limit = Annotated[int, *words(at_least(units.size, "64 KB", "1024 TB"), "1 GB")]
CacheLimit = Annotated[int, *words(at_least(units.size, "0 KB", "100 GB"), "64 MB")]
PageLimit = Annotated[int, *words(at_least(units.size, "64 KB", "256 MB"), "32 MB")]


class NetworkTable(Table):
    """With whom syncer may talk, and when it gives up on an answer."""

    proxy: ProxyAddress | None = key(
        'The way to all sites: "http://HOST:PORT", "https://HOST:PORT" or "socks5://HOST:PORT"; names are looked up at its other end. '
        "Variables like HTTP_PROXY are not used. Without it: straight.",
        default=None,
        example="http://proxy.home.example:3128",
    )
    proxy_login: ProxyLogin | None = key(
        'Where "name:password" for the proxy is; never the secret itself.',
        default=None,
        example={"file": "~/.config/syncer/proxy"},
    )
    ca_file: Folder | None = key(
        "A file with certificates (PEM) of authorities that are believed besides the well-known ones.",
        default=None,
        example="~/home-ca.pem",
    )
    ip: Literal["any", "4", "6"] = key(
        'Which addresses are used: "4" and "6" leave the others alone, where one of the two does not work.',
        default=_DEFAULTS.ip,
    )
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
