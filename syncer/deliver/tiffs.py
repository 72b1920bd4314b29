"""Walks the directories of a TIFF: are all of its strips and tiles inside the file?

Apart from `ends`, because a TIFF has no end but offsets to anywhere; our own, because the decoder for compressed ones writes to the
terminal and cannot tell cut from unusual. Reads files, never whole ones; only `ends` imports it.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from syncer.frozen import frozen

_MOST_PAGES: Final = 10_000
_MOST_VALUES: Final = 1_000_000
_MOST_ENTRIES: Final = 4_096
_TYPES: Final = {3: "H", 4: "L", 13: "L", 16: "Q"}
"""Field types in which offsets and lengths are written -> their format (TIFF 6.0, BigTIFF)."""
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Field types -> bytes of one value."""
_PRIVATE: Final = 32_768
"""Tags from here belong to makers, some of whom write nonsense into them that does no harm."""
_DATA: Final = ((273, 279), (324, 325))
"""Tags of offsets and lengths: of strips, of tiles."""


@frozen
class _Form:
    """How numbers are written: byte order, and the formats that classic and Big TIFFs differ in."""

    order: str
    count: str
    entry: str
    offset: str


def problem(file: BinaryIO, size: int) -> str:
    """Return what is missing of a TIFF of `size` bytes, "" where all of its pages are there. Raises struct.error, OSError."""
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = struct.unpack(f"{order}H", head[2:4])[0] == 43
    form = _Form(order, "Q", "HHQ8s", "Q") if big else _Form(order, "H", "HHL4s", "L")
    (place,) = struct.unpack_from(f"{order}{form.offset}", head, 8 if big else 4)
    seen: set[int] = set()
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        page = _page(file, size, place, form)
        if isinstance(page, str):
            return page
        place = page
    return "" if seen else "it has no page"


def _page(file: BinaryIO, size: int, place: int, form: _Form) -> int | str:
    """Return where the next page's directory is (0: nowhere), or what is missing of this one."""
    counter, entry = struct.Struct(form.order + form.count), struct.Struct(form.order + form.entry)
    next_page = struct.Struct(form.order + form.offset)
    file.seek(place)
    header = file.read(counter.size)
    entries = counter.unpack(header)[0] if len(header) == counter.size else 0
    if not 0 < entries <= _MOST_ENTRIES:
        return "a page's directory is missing"
    data = file.read(entries * entry.size + next_page.size)
    if len(data) < entries * entry.size:
        return "a page's directory is cut"
    fields = {tag: (kind, number, raw) for tag, kind, number, raw in entry.iter_unpack(data[: entries * entry.size])}
    if any(tag < _PRIVATE and _end_of(field, form) > size for tag, field in fields.items()):
        return "values of a page's directory are missing"
    for offsets, lengths in _DATA:
        missing = _missing(size, [_values(file, fields.get(tag), form) for tag in (offsets, lengths)])
        if missing:
            return missing
    rest = data[entries * entry.size :]
    return int(next_page.unpack(rest)[0]) if len(rest) == next_page.size else 0


def _end_of(field: tuple[int, int, bytes], form: _Form) -> int:
    """Return the end in the file of the values that do not fit into the field itself, 0 where they do."""
    kind, number, raw = field
    length = number * _SIZES.get(kind, 0)
    return 0 if length <= len(raw) else int(struct.unpack(form.order + form.offset, raw)[0]) + length


def _missing(size: int, data: list[tuple[int, ...] | None]) -> str:
    offsets, lengths = data
    if offsets is None:
        return "the places of a page's picture data are cut"
    end = max((start + length for start, length in zip(offsets, lengths or offsets, strict=False)), default=0)
    if lengths is None or end > size:
        return f"{max(end - size, 1)} bytes of a page's picture data are missing"
    return ""


def _values(file: BinaryIO, field: tuple[int, int, bytes] | None, form: _Form) -> tuple[int, ...] | None:
    """Return the numbers of a field, () where there is no such field, None where they lie behind the file's end."""
    if field is None:
        return ()
    kind, number, raw = field
    letter = _TYPES.get(kind)
    if letter is None or number > _MOST_VALUES:
        return ()
    length = number * struct.calcsize(f"={letter}")
    if length > len(raw):
        file.seek(struct.unpack(form.order + form.offset, raw)[0])
        raw = file.read(length)
    return struct.unpack_from(f"{form.order}{number}{letter}", raw) if len(raw) >= length else None
