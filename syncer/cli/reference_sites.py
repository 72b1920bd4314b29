"""The text of docs/sites.md: what each shipped site file and engine takes, and what it is founded on, from the files themselves.

Here, so that the page cannot say more than the files do. Only `cli.reference` imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from syncer.sites import documents
from syncer.sites.documents import Document
from syncer.sites.load import ENGINES

_FIRST = """\
# Shipped sites

What stands here is taken from the site files themselves. "Not tried live" says that nobody has run the file against the site: it was
written after the documents that are named, and tested on pages of our own in their shape. Where such a file errs, `syncer sites list`
says so after the site's first page, and your own file of the same name replaces it; `syncer sites disable NAME` leaves a site's URLs to
gallery-dl, where that is installed. ArtStation and DeviantArt are not here, since no description of their own could be read; gallery-dl
knows both.

Paces are the fastest that a file allows, and never faster than your config. "Needs" says what the site asks of you before it
answers; [logins](how-to/logins.md) says where keys and cookies go.

"""

_WORDS = {
    "title": "title", "note": "notes", "time": "time", "source": "sources",
    "md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512",
}  # fmt: skip
"""What a rule or a part finds, in the words of the page; files, links and vetoes go without saying."""


def page(folder: Path) -> str:
    """Return the page for a folder of site files, its engines in the sub-folder."""
    engines = {file.stem: documents.read(file) for file in sorted((folder / ENGINES).glob("*.toml"))}
    sites = {
        file.stem: documents.with_engine(documents.read(file), engines.get) for file in sorted(folder.glob("*.toml"))
    }
    rows = [_row(stem, site.whole) for stem, site in sites.items()]
    table = "\n".join(("| site | searches | what it takes | pace | needs |", "|---|---|---|---|---|", *rows))
    about = "\n\n".join(_about(stem, site.whole) for stem, site in sites.items())
    shared = "\n\n".join(_engine(stem, engine) for stem, engine in engines.items())
    return (
        f"{_FIRST}{table}\n\n## Limits and grounds\n\n{about}\n\n## Engines\n\n"
        "A site that runs one of these is a file of five lines: see [site files](site-files.md#engines).\n\n"
        f"{shared}\n"
    )


def _row(stem: str, site: Mapping[str, Any]) -> str:
    head = site["site"]
    searches = ", ".join(each["name"] for each in site.get("search", [])) or "none"
    rules = [head["pace"], *head.get("bandwidth", [])]
    needs = "see below" if head.get("wants") else "a login" if "login" in site else "nothing"
    return f"| `{stem}` | {searches} | {_takes(site)} | {', '.join(rules)} | {needs} |"


def _about(stem: str, site: Mapping[str, Any]) -> str:
    head = site["site"]
    lines = [f"**{head['name']}** (`{stem}`): {head['about']}; {head['tried']}.\n"]
    lines += [f"- Needs: {head['wants']}"] if head.get("wants") else []
    lines += [f"- Limits: {head['limits']}"] if head.get("limits") else []
    lines += [f"- Founded on: {fact}" for fact in head["facts"]]
    return "\n".join(lines)


def _engine(stem: str, engine: Document) -> str:
    head = engine.data["engine"]
    return "\n".join(
        (
            f"**{head['name']}** (`{stem}`): {head['tried']}. Takes {_takes(engine.data)}.\n",
            *(f"{line}" for line in _comment(engine.text)),
        )
    )


def _comment(text: str) -> Iterator[str]:
    """Yield the lines of the remark at a file's head."""
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line.removeprefix("#").strip()


def _takes(site: Mapping[str, Any]) -> str:
    found = dict.fromkeys(word for parser in site.get("parser", {}).values() for word in _finds(parser))
    tags = [word for word in found if word.startswith("tag")]
    spaces = [word.removeprefix("tag ") for word in tags if word != "tag"]
    words = [word for word in _WORDS.values() if word in found]
    said = [f"tags ({', '.join([*(['plain'] if 'tag' in tags else []), *spaces])})"] if tags else []
    return ", ".join(said + words) or "files alone"


def _finds(level: Mapping[str, Any]) -> Iterator[str]:
    for get in (*level.get("get", []), *level.get("page", [])):
        what, space = get["what"], get.get("namespace", "")
        yield f"tag {space}" if what == "tag" and space else _WORDS.get(what, what)
        yield from _hashes(get.get("parts", {}))
    for inner in level.get("inner", []):
        yield from _finds(inner)


def _hashes(parts: Iterable[str]) -> Iterator[str]:
    yield from (_WORDS[name] for name in parts if name in _WORDS)
