"""Paths that a person types: `~` is read where the shell leaves it (`--into=~/x`), and what can be no path is refused with the cure.

Here, so that all commands take paths alike. The command modules use it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from syncer.errors import UsageError


class TypedPath(click.Path):
    """The type of each option and argument that is a path; `-` stays as it is."""

    def __init__(self, *, readable: bool = True) -> None:
        super().__init__(path_type=Path, readable=readable, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path. Raises BadParameter where it is empty, holds control characters, or begins at an unknown user's home."""
        text = os.fspath(value)
        if not text.strip():
            self.fail("a path cannot be empty", param, ctx)
        if any(letter < " " for letter in text):
            self.fail("a path cannot hold line breaks or control characters", param, ctx)
        if text.startswith("~"):
            try:
                text = str(Path(text).expanduser())
            except RuntimeError:
                self.fail(
                    f'"{text}": no user of this name is known here; write the full path, or "./{text}" where the file is called so',
                    param,
                    ctx,
                )
        return super().convert(text, param, ctx)


def resolved(path: Path | str) -> Path:
    """Return a typed path as the config would name it, from the current folder on. Raises UsageError with the cure."""
    from syncer.config import paths

    try:
        return paths.resolve(str(path), Path.cwd())
    except ValueError as error:
        raise UsageError(str(error)) from None
