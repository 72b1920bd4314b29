"""Files and folders with secrets or with what others need not read: 0600 and 0700 from the moment they are made.

Here, below everything, because steps that are blind to each other write such ones. Imports nothing of syncer; everybody may import it.
"""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write a file for this user alone, over what is there; neither flushed nor by a rename. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def folder(path: Path) -> None:
    """Make a folder for this user alone, and so those above it that are missing; what is there stays as it is. Raises OSError."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
