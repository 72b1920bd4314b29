"""Decides by type and size whether a file is let in: before the transfer by what is known, after it by what is true.

Pure; the service imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from syncer.config.settings import TYPE_GROUPS
from syncer.filters.options import Options
from syncer.model import TAKEN, Action, FileFacts, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a file that is not here yet; what is left empty decides nothing.

    `size` in bytes, from the site or the Content-Length header. `groups`: all groups that it can turn out to be in
    (`deliver.kind.groups_of` its extension); `mime` and `extension` are set only where they are certain.
    """

    size: int | None = None
    groups: tuple[str, ...] = ()
    mime: str = ""
    extension: str = ""


def judge(options: Options, file: Known | FileFacts) -> Verdict:
    """Return whether the file may be taken; the first rule against it is named, with what would let it in."""
    known = file if isinstance(file, Known) else Known(file.size, (file.group,), file.mime, file.extension)
    for rule in _RULES:
        verdict = rule(options, known)
        if not verdict.taken:
            return verdict
    return TAKEN


def _by_type(options: Options, file: Known) -> Verdict:
    if not file.groups or any(_allowed(each, file) for each in options.types):
        return TAKEN
    if not file.mime and not all(each in _GROUPS for each in options.types):
        return TAKEN  # The list names exact types, and the exact type is not known before the file is here.
    what = f"{file.mime} ({file.groups[0]})" if file.mime else " or ".join(file.groups)
    return Verdict(
        Action.SKIP,
        "types",
        f'{what} is not among the types that are let in: {", ".join(options.types)}. Add "{file.groups[0]}" to take it.',
    )


def _by_size(options: Options, file: Known) -> Verdict:
    if file.size is None or file.size >= options.min_size:
        return TAKEN
    return Verdict(
        Action.SKIP,
        "min_size",
        f"{file.size} bytes is less than the smallest size let in, {options.min_size} bytes. Lower min_size to take it.",
    )


def _allowed(wanted: str, file: Known) -> bool:
    """Tell whether one word of `types` means the file: a group, a MIME type (`image/*` too) or an extension."""
    if wanted in file.groups or wanted in (file.mime, file.extension):
        return True
    return wanted.endswith("/*") and file.mime.startswith(wanted[:-1])


_GROUPS: Final = frozenset(TYPE_GROUPS)

_RULES: Final[tuple[Callable[[Options, Known], Verdict], ...]] = (_by_type, _by_size)
"""In the order in which they are asked."""
