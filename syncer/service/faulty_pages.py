"""Pages that a site file could not make sense of, kept for whoever repairs it; a bounded number, the newest.

Here, because "the site changed" can only be mended by someone who sees what came. Listing and post jobs use it.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER = "faulty-pages"
MOST = 50
MOST_BYTES = 2 * 1024 * 1024


def keep(state: Path, site: str, url: str, text: str) -> Path | None:
    """Keep a page under the state folder, in place of an earlier one of the same URL; None where that cannot be.

    `syncer sites parse FILE --url URL` tries it again; the URL stands in the file beside it.
    """
    folder = state / FOLDER
    name = f"{_plain(site)}-{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()[:12]}"
    page = folder / f"{name}.page"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        page.write_bytes(text.encode("utf-8", "replace")[:MOST_BYTES])
        (folder / f"{name}.url").write_text(f"{url}\n", "utf-8", "replace")
        _forget_oldest(folder)
    except OSError as error:
        log.warning("the page of %s could not be kept: %s", url, error)
        return None
    return page


def _plain(site: str) -> str:
    return "".join(character if character.isalnum() or character in "-_" else "-" for character in site)[:60] or "site"


def _forget_oldest(folder: Path) -> None:
    pages = sorted(folder.glob("*.page"), key=lambda page: page.stat().st_mtime, reverse=True)
    for page in pages[MOST:]:
        page.unlink(missing_ok=True)
        page.with_suffix(".url").unlink(missing_ok=True)
