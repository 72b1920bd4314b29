"""`sites new` and `sites parse URL`: a page is fetched once, and drafted into a site file or handed to a parser.

Here, because pages are fetched by the runner alone. The request handler calls it.
"""

from __future__ import annotations

from typing import Any

from syncer.errors import ItemError
from syncer.service import one_page, snapshot
from syncer.service.runtime import Runtime
from syncer.sites import draft, engines
from syncer.sites.draft import Draft

LONGEST = 2 * 1024 * 1024
"""Characters of a page that are handed on to another process."""


def new(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Fetch a page and draft a site file from it; writes nothing. Raises ItemError."""
    url = str(details["url"])
    known = runtime.snapshot.library.recognise(url)
    fetched = one_page.fetch(runtime, url, None)
    folders = [snapshot.shipped_sites(), runtime.snapshot.config.folders.sites]
    drafted = draft.draft(fetched.url, fetched.text, engines.read(folders))
    if drafted.lead:
        drafted = _with_post(runtime, drafted)
    return {
        "name": drafted.stem,
        "text": drafted.text,
        "kind": drafted.kind,
        "found": drafted.found,
        "doubts": list(drafted.doubts),
        "known_as": f"{known.site}/{known.url_class}" if known else "",
    }


def _with_post(runtime: Runtime, drafted: Draft) -> Draft:
    """Look at the page of a listing's first entry, too; without it the draft stays what it is."""
    try:
        entry = one_page.fetch(runtime, drafted.lead, None)
        return draft.with_post(drafted, entry.url, entry.text)
    except ItemError:
        return drafted


def page(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Fetch the page that a URL's class asks for; answers its text and the URL that it came from. Raises ItemError."""
    url = str(details["url"])
    recognised = runtime.snapshot.library.recognise(url)
    fetched = one_page.fetch(runtime, recognised.fetch_url if recognised else url, recognised)
    if len(fetched.text) > LONGEST:
        raise ItemError(f"{fetched.url} is longer than {LONGEST} characters", "Save it to a file and name that file")
    return {"url": fetched.url, "text": fetched.text}


VERBS = {"sites new": new, "page": page}
