"""Files that came damaged, or were none at all, kept for whoever wants to see what the site sent; bounded, the newest.

Here, because "the file is not whole" can only be judged by someone who sees it. File jobs use it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from syncer.service import faulty_pages, handed

log = logging.getLogger(__name__)

FOLDER = "faulty-files"
MOST = 20
MOST_BYTES = 8 * 1024 * 1024
"""So much of a file's beginning is kept."""


def keep(state: Path, site: str, url: str, part: Path, why: str, hide: Callable[[bytes], bytes] = bytes) -> Path | None:
    """Copy a fetched file under the state folder, in place of an earlier one of the same URL; None where that cannot be.

    `hide` takes secrets out of it: a page that came for a file can show them.
    It has no extension of its own, so that nothing opens it by chance; URL, size and reason stand in the text file beside it.
    """
    folder = state / FOLDER
    kept = folder / f"{faulty_pages.name(site, url)}.bin"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with part.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            kept.write_bytes(hide(file.read(MOST_BYTES)))
        cut = f", of which the first {MOST_BYTES:,} are kept" if size > MOST_BYTES else ""
        kept.with_suffix(".txt").write_text(f"{handed.shown(url)}\n{size:,} bytes{cut}\n{why}\n", "utf-8", "replace")
        faulty_pages.forget_oldest(folder, ".bin", ".txt", MOST)
    except OSError as error:
        log.warning("the file of %s could not be kept: %s", handed.shown(url), error)
        return None
    return kept
