"""One short text for all that decides which follows there are, so that a start with the same config asks no site file again.

Here, because it covers what both config and library are made of. Only `snapshot` imports it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from syncer.config.settings import Config
from syncer.config.source import plain_bytes

FORMAT = 3
"""To be raised when the same config and site files come to mean other follows, or other settings of them."""


def of_sites(config: Config, folders: Iterable[Path]) -> str:
    """Return the fingerprint of all site files and of the roots that the config gives them; "" where one cannot be read."""
    roots = sorted((name, settings.root) for name, settings in config.sites.items() if settings.root)
    found = blake2b(repr((FORMAT, roots)).encode("utf-8", "surrogatepass"), digest_size=16)
    try:
        for folder in folders:
            for path in sorted(folder.rglob("*.toml")):
                found.update(repr((str(path.relative_to(folder)), plain_bytes(path))).encode("utf-8", "surrogatepass"))
    except OSError:
        return ""
    return found.hexdigest()


def of(config: Config, sites: str) -> str:
    """Return the fingerprint of subscriptions, watchers and all that `of_sites` saw; "" where that saw nothing."""
    if not sites:
        return ""
    followed = (config.subscriptions, config.watchers, config.catalogues)
    text = repr((sites, *followed, config.checks, sorted(config.sites.items())))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
