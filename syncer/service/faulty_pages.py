"""Pages that a site file could not make sense of, kept for whoever repairs it; a bounded number, the newest.

Here, because "the site changed" can only be mended by someone who sees what came. Listing and post jobs use it, `faulty_files` its names.
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
    page = place(state, site, url)
    folder = page.parent
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        page.write_bytes(text.encode("utf-8", "replace")[:MOST_BYTES])
        page.with_suffix(".url").write_text(f"{url}\n", "utf-8", "replace")
        forget_oldest(folder, ".page", ".url", MOST)
    except OSError as error:
        log.warning("the page of %s could not be kept: %s", url, error)
        return None
    return page


def place(state: Path, site: str, url: str) -> Path:
    """Return where the page of a URL is kept."""
    return state / FOLDER / f"{name(site, url)}.page"


def name(site: str, url: str) -> str:
    """Return under which name something of a URL is kept."""
    plain = (
        "".join(each if each.isascii() and (each.isalnum() or each in "-_") else "-" for each in site)[:60] or "site"
    )
    return f"{plain}-{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()[:12]}"


def forget_oldest(folder: Path, suffix: str, beside: str, most: int) -> None:
    """Remove all but the newest `most` files with a suffix, each with the one beside it. Raises OSError."""
    kept = sorted(folder.glob(f"*{suffix}"), key=_written, reverse=True)
    for each in kept[most:]:
        each.unlink(missing_ok=True)
        each.with_suffix(beside).unlink(missing_ok=True)


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # another worker was quicker
        return 0.0
