"""Decides by type, size and looks whether a file is let in: before the transfer by what is known, after it by what is true.

Pure; the service imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from syncer.config import units
from syncer.config.option_values import TYPE_GROUPS
from syncer.filters.options import Options
from syncer.frozen import frozen
from syncer.model import TAKEN, Action, FileFacts, Verdict


@frozen
class Known:
    """What is known of a file; what is left empty decides nothing.

    `size` in bytes, from the site or the Content-Length header. `groups`: all groups that it can turn out to be in
    (`deliver.kind.groups_of` its extension); `mime` and `extension` are set only where they are certain.
    """

    size: int | None = None
    groups: tuple[str, ...] = ()
    mime: str = ""
    extension: str = ""
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration: float | None = None
    """In seconds."""

    @property
    def animated(self) -> bool | None:
        """Tell whether an image moves; None = it is no image, or not known."""
        if self.groups == ("animation",):
            return True
        return self.frames > 1 if self.frames is not None and self.groups == ("image",) else None


def judge(options: Options, file: Known | FileFacts) -> Verdict:
    """Return whether the file may be taken; the first rule against it is named, with what would let it in."""
    known = file if isinstance(file, Known) else _known(file)
    for rule in _RULES:
        verdict = rule(options, known)
        if not verdict.taken:
            return verdict
    return TAKEN


def asks_for_measures(options: Options) -> bool:
    """Tell whether an option bounds what only a look inside a video or sound tells: length, width, height."""
    names = ("duration", "width", "height", "pixels", "ratio")
    return any(getattr(options, f"{end}_{name}") is not None for end in ("min", "max") for name in names)


def _known(facts: FileFacts) -> Known:
    return Known(
        facts.size,
        (facts.group,),
        facts.mime,
        facts.extension,
        facts.width,
        facts.height,
        facts.frames,
        facts.duration,
    )


def _by_type(options: Options, file: Known) -> Verdict:
    if not file.groups or any(_allowed(each, file) for each in options.types):
        return TAKEN
    if not file.mime and not all(each in _GROUPS for each in options.types):
        return TAKEN  # The list names exact types, and the exact type is not known before the file is here.
    what = f"{file.mime} ({file.groups[0]})" if file.mime else " or ".join(file.groups)
    groups = [each for each in file.groups if each in _GROUPS]
    cure = f'Add "{groups[0]}" to take it.' if groups else "It is no media file, and none of the types would let it in."
    return Verdict(
        Action.SKIP, "types", f"{what} is not among the types that are let in: {', '.join(options.types)}. {cure}"
    )


def _by_motion(options: Options, file: Known) -> Verdict:
    moves = file.animated
    if options.animated is None or moves is None or moves is options.animated:
        return TAKEN
    what = "it moves" if moves else "it does not move"
    return Verdict(Action.SKIP, "animated", f"{what}, and animated is {str(options.animated).lower()}")


@frozen
class _Limit:
    """A measure of a file that two options bound."""

    name: str
    measure: Callable[[Known], float | None]
    write: Callable[[float], str]

    def __call__(self, options: Options, file: Known) -> Verdict:
        least, most = getattr(options, f"min_{self.name}"), getattr(options, f"max_{self.name}")
        if least is None and most is None:
            return TAKEN
        found = self.measure(file)
        if found is None:
            return TAKEN
        if least is not None and found < least:
            return self._skip("min", found, "less than the least", least, "Lower")
        if most is not None and found > most:
            return self._skip("max", found, "more than the most", most, "Raise")
        return TAKEN

    def _skip(self, end: str, found: float, words: str, limit: float, cure: str) -> Verdict:
        rule = f"{end}_{self.name}"
        why = f"its {self.name}, {self.write(found)}, is {words} let in, {self.write(limit)}. {cure} {rule} to take it."
        return Verdict(Action.SKIP, rule, why)


def _pixels(file: Known) -> float | None:
    return None if file.width is None or file.height is None else file.width * file.height


def _ratio(file: Known) -> float | None:
    return None if file.width is None or not file.height else file.width / file.height


def _allowed(wanted: str, file: Known) -> bool:
    """Tell whether one word of `types` means the file: a group, a MIME type (`image/*` too) or an extension."""
    if wanted in file.groups or wanted in (file.mime, file.extension):
        return True
    return wanted.endswith("/*") and file.mime.startswith(wanted[:-1])


_GROUPS: Final = frozenset(TYPE_GROUPS)

_RULES: Final[tuple[Callable[[Options, Known], Verdict], ...]] = (
    _by_type,
    _Limit("size", lambda file: file.size, lambda size: f"{size} byte{'' if size == 1 else 's'}"),
    _Limit("width", lambda file: file.width, "{} pixels".format),
    _Limit("height", lambda file: file.height, "{} pixels".format),
    _Limit("pixels", _pixels, "{}".format),
    _Limit("ratio", _ratio, "{:.3g}".format),
    _Limit("duration", lambda file: file.duration, units.write_duration),
    _by_motion,
)
"""In the order in which they are asked."""
