"""Decides whether syncer must pause for lack of space, and when it may go on.

Pure: the figures come from outside. The service imports it.
"""

from __future__ import annotations

from typing import Final

from syncer.frozen import frozen

_KB: Final = 1024
_LEAST_MARGIN: Final = 64 * _KB * _KB
"""The least that must be free above the floor before work goes on: one file more or less must not stop it again."""


@frozen
class Decision:
    """Whether to hold, with the reason and what lifts it in words; both "" where nothing holds."""

    hold: bool
    why: str = ""
    cure: str = ""


GO: Final = Decision(hold=False)


def judge(free: int, floor: int, *, holding: bool, coming: int = 0) -> Decision:
    """Decide by the free bytes of a disk whether the next file may come.

    `floor`: bytes that must stay free, 0 = none; `coming`: bytes that the next file is known to need; `holding`: work is held
    already, so a tenth of the floor (at least 64 MB) more must be free before it goes on.
    """
    if floor <= 0:
        return GO
    wanted = floor + (max(floor // 10, _LEAST_MARGIN) if holding else 0)
    if free - coming >= wanted:
        return GO
    needed = f" and the next file needs {size(coming)}" if coming else ""
    return Decision(
        hold=True,
        why=f"{size(free)} are free on the disk{needed}; {size(floor)} must stay free",
        cure=f"Free {size(wanted + coming - free)}, or lower [pressure] free_space.",
    )


def size(number: int) -> str:
    """Write a number of bytes for people: 1 KB = 1024 bytes."""
    amount, unit = float(max(number, 0)), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < _KB:
            break
        amount, unit = amount / _KB, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
