"""The tables `[site.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from syncer.config.schema.scalars import SiteRoot, Table, key


class SiteTable(Table):
    """What this config changes of one site. The name is that of the site's file."""

    root: SiteRoot = key(
        "Where this site is reached, for a server of your own that runs the same software.",
        example="https://booru.home.example",
    )
