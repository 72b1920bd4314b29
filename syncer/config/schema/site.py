"""The tables `[site.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from syncer.config.schema.scalars import QuietHours, SiteRoot, Table, key


class SiteTable(Table):
    """What this config changes of one site. The name is that of the site's file."""

    root: SiteRoot | None = key(
        "Where this site is reached, for a server of your own that runs the same software. Without it: where its file "
        "says.",
        default=None,
        example="https://booru.home.example",
    )
    quiet: QuietHours | None = key(
        'Hours in which follows of this site rest; "never" where [check] names some. Without it: those of [check].',
        default=None,
        example="18:00-23:00",
    )
