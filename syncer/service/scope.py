"""For which layers of options something counts: its kind, site, URL class, label, and the follow that found it.

Here, because jobs, previews and `explain` must choose the same layers. A follow's own options are read from its row: a query that was
renamed, moved or retired has its last ones there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from syncer.config.settings import Config, Query, Subscription
from syncer.model import Origin
from syncer.service.snapshot import Scope, Snapshot
from syncer.store import follows
from syncer.store.database import Transaction

ADOPT = "adopt"
"""Whose wish an adopted file is (`Origin.by`)."""
Layers = tuple[tuple[str, str], ...]


def of(tx: Transaction, snapshot: Snapshot, origin: Origin, *, walk: bool, site: str = "", url: str = "") -> Scope:
    """Return the scope of what `origin` wished for; `walk`: a gallery download found it; `url`: of its post, else its own."""
    kind = origin.by if origin.by in ("subscription", "watcher", ADOPT) else "gallery" if walk else "url"
    own = of_adopted(snapshot.config, origin.name) if origin.by == ADOPT else own_of(tx, origin.follow)
    return Scope(kind, site, class_of(snapshot, url), origin.label, own)


def of_adopted(config: Config, name: str) -> Layers:
    """Return the layer of an adopted folder; of one that the config does not name any more there is none."""
    return next(
        (as_text([(f'adopted folder "{name}"', each.options)]) for each in config.adopt if each.name == name), ()
    )


def class_of(snapshot: Snapshot, url: str) -> str:
    """Return the URL class of a URL, "" where no layer is for any class."""
    if not url or not snapshot.has_class_layers:
        return ""
    found = snapshot.library.recognise(url)
    return f"{found.site}/{found.url_class}" if found is not None else ""


def own_of(tx: Transaction, follow: str) -> Layers:
    """Return the layers of a follow itself."""
    settings = follows.settings_of(tx, follow) if follow else None
    return _own(settings) if settings else ()


@lru_cache(maxsize=256)
def _own(settings: str) -> Layers:
    layers: list[tuple[str, dict[str, Any]]] = json.loads(settings).get("options", [])
    return as_text(layers)


def as_text(layers: Iterable[tuple[str, Mapping[str, object]]]) -> Layers:
    """Return layers in the form in which a scope holds them."""
    return tuple((name, json.dumps(dict(layer))) for name, layer in layers if layer)


def layers_of(subscription: Subscription, query: Query) -> list[tuple[str, Mapping[str, object]]]:
    """Return the layers of a query as its follow's row keeps them."""
    found = [(f'subscription "{subscription.name}"', subscription.options), (f'query "{query.text}"', query.options)]
    return [(name, dict(layer)) for name, layer in found if layer]
