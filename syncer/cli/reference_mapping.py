"""The page docs/how-to/mapping.md, written from the tables by which metadata is read. Only `reference` imports it."""

from __future__ import annotations

from collections.abc import Iterator

from syncer.handover.mapping import names, sites
from syncer.handover.mapping.tables import GALLERY_DL, YT_DLP, Fields, Table

_HEAD = """\
# What becomes of other programs' metadata

gallery-dl and yt-dlp tell much of a file: in what they answer when a URL is handed over to them, and in the JSON that they write beside
files ([adopting](adopt.md)). It becomes tags, notes, links and times like those that a site file finds, so that filters, known list and
sidecars treat both alike.

A field inside another one is written with a dot: `user.account`. What a field holds may be one thing or a list; of a table that stands
for a user or a tag its name counts (`name`, `title`, `username` and the like; a `translated_name` is a tag, too). What is not as it should
be is left out, never a fault. Times without a zone are UTC, as both programs write theirs. HTML in notes becomes plain text.
"""

_GALLERY_DL = """
## gallery-dl

`category` is the name of the site, as if it were a site file's: `[options.site.NAME]` holds for it, and a post that syncer fetched by a
site file of this name is known.
"""

_BOORUS = """
Boorus:

- `tags_artist`, `tags_character`, `tags_general` and so on (else `tag_string_artist` and so on) give tags by their kind, and so does a
  table `tags` of lists. Underscores become blanks. `tags` and `tag_string` then add only what has no kind.
- A text of `tags` is parted by blanks, or by commas where there are some.
- Who posted it (`author`, `user`) is not taken for the artist there.
- `rating` becomes a word: {ratings}; in Danbooru's own software `s` is sensitive.

A tag that brings its kind (`artist:kim`) gets the namespace of that. The kinds:

| there | namespace here |
|---|---|
{kinds}
Others keep their names.

The post's page and id, where the metadata does not name them or has others, too; of several forms the first that can be filled:

| site | page | id |
|---|---|---|
{sites}

The same for all sites that run the same software. Below which address such a site lies, gallery-dl tells syncer when a URL is handed
over to it; of files beside JSON it is known only where the table above has the site. Else say it: `post_url`, see below.

| software | page | id |
|---|---|---|
{softwares}
"""

_YT_DLP = """
## yt-dlp

The extractor's key in small letters (`youtube`) is the name of the site. What only a generic extractor found has no id, since such ids
are not the only ones of their kind. The links of formats are left out: they hold for hours only. `chapters` become a note with a time and
a title on each line. A playlist that is only the list of all that a channel has is no tag.
"""

_OWN = """
## A site that differs

Where a site has something in other fields, say so in the config, under the program's name for the site. What is not said there stays as
in the tables above.

```toml
[handover.mapping.mysite]
tags = { creator = "user.account", "" = ["tags", "more.words"] }
post = ["board", "no"]
post_url = "https://mysite.example/{board}/{no}"
notes = { story = "story.text" }
time = "added"
drop = ["rating"]
```

All keys: [config](../config.md). `syncer config check` says what is wrong with it.
"""


def page() -> str:
    """Return the text of docs/how-to/mapping.md, without its first line."""
    ratings = ", ".join(f"`{letter}` is {word}" for letter, word in names.RATINGS.items())
    kinds = "".join(
        f"| `{kind}` | {space or 'none'} |\n" for kind, space in names.NAMESPACES.items() if kind != space and kind
    )
    boorus = _BOORUS.format(ratings=ratings, kinds=kinds, sites=_sites(), softwares=_softwares())
    return "".join((_HEAD, _GALLERY_DL, *_rows(GALLERY_DL), boorus, _YT_DLP, *_rows(YT_DLP), _OWN))


def _sites() -> str:
    rows = []
    for name, site in sites.SITES.items():
        runs = sites.SOFTWARES.get(site.software)
        page = site.page or ((site.root + runs.page,) if runs is not None and runs.page else ())
        post = site.post or (runs.post if runs is not None else ())
        own = f" (here `{site.name}`)" if site.name else ""
        rows.append(f"| `{name}`{own} | {_fields(page)} | {_fields(post)} |")
    return "\n".join(rows)


def _softwares() -> str:
    rows = sites.SOFTWARES.items()
    return "\n".join(
        f"| {name} | {_fields((runs.page,) if runs.page else ())} | {_fields(runs.post)} |" for name, runs in rows
    )


def _rows(table: Table) -> Iterator[str]:
    yield "\n| here | from which fields |\n|---|---|\n"
    yield _row("title", table.title, "the first that is there")
    yield _row("time", table.time, "the first that is a time")
    but = "; `url` only where it is not the file's" if "url" in table.post_url else ""
    yield _row("page of the post", table.post_url, f"the first that is a link{but}")
    yield _row("id of the post", table.post, "the first that is there")
    groups = ", else ".join(_fields(group) for group in table.creators)
    yield f"| tags `creator:` | {groups} |\n"
    for namespace, fields in table.tags:
        yield _row(f"tags `{namespace}:`" if namespace else "tags without namespace", fields, "all")
    for name, fields in table.notes:
        yield _row(f"note `{name}`", fields, "the first that is there")
    yield _row("sources", table.sources, "all links")
    for name, fields in (("link of the file", table.file_url), ("name of the file", table.name)):
        if fields:
            yield _row(name, fields, "the first that is there")
    for kind, fields in table.hashes:
        yield _row(kind, fields, "hex or base64")


def _row(what: str, fields: Fields, how: str) -> str:
    return f"| {what} | {_fields(fields)}{f'; {how}' if how and len(fields) > 1 else ''} |\n"


def _fields(fields: Fields) -> str:
    return ", ".join(f"`{name}`" for name in fields)
