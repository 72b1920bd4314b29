"""`syncer resume`; its body is beside that of `pause`."""

from __future__ import annotations

from syncer.cli.pause import resume as command

__all__ = ["command"]
