"""The tables `[site.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from syncer.config.schema.scalars import (
    Credentials,
    FileHash,
    Headers,
    HeaderText,
    Parameters,
    ProxyAddress,
    ProxyLogin,
    QuietHours,
    SiteRoot,
    Table,
    key,
)


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
    user_agent: HeaderText | None = key(
        "How syncer names itself to this site: as the browser that its cookies come from, where they hold with that alone. "
        "Without it: what `cookies import --user-agent` said, else that of [network].",
        default=None,
        example="Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
    )
    placeholders: list[FileHash] = key(
        'Hashes of pictures that this site sends in place of missing ones, as "md5:..." or "sha256:...", beside those in '
        "its file. Such a picture is not delivered, and what it stands for counts as gone.",
        default=[],
        example=["md5:d41d8cd98f00b204e9800998ecf8427e"],
    )
    credentials: Credentials = key(
        "What the login of this site needs, by the names in its site file; never the secret itself, but where it is: a file "
        "of yours that nobody else can read, an environment variable, a command (no shell reads it), or a credential of the "
        "systemd unit. Use a throwaway account: sites may close one that downloads.",
        default={},
        example={"user": {"env": "SITE_USER"}, "password": {"command": ["pass", "show", "site"]}},
    )
    headers: Headers = key(
        'Headers with a key or token of yours for this site alone, from the same sources; "before" is put in front.',
        default={},
        example={"Authorization": {"file": "~/.config/syncer/site.token", "before": "Bearer "}},
    )
    parameters: Parameters = key(
        "Parameters with a key of yours that each request of this site gets, from the same sources.",
        default={},
        example={"api_key": {"credential": "site-key"}},
    )
    proxy: ProxyAddress | None = key(
        'The way to this site, if it is not that of all: a proxy, or "direct".',
        default=None,
        example="http://127.0.0.1:8118",
    )
    proxy_login: ProxyLogin | None = key(
        'Where "name:password" for that proxy is; never the secret itself.',
        default=None,
        example={"credential": "site-proxy"},
    )
