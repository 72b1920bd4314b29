"""Puts the units where systemd looks for a person's own, and takes them away; what the person has changed is left alone.

Here, because `unit` only makes texts. Asking (`state_of`) writes nothing. The command line uses it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from syncer.config import paths
from syncer.errors import ServiceError, UsageError
from syncer.service import unit

LINGER = Path("/var/lib/systemd/linger")


def folder() -> Path:
    """Return where systemd looks for a person's own units."""
    return paths.config_file().parent.parent / "systemd" / "user"


def state_of(path: Path, wanted: str) -> str:
    """Return `absent`, `current` (it is what would be written), `older` (ours, with other paths or text) or `changed`."""
    if is_changed(path):
        return "changed"
    if not path.exists():
        return "absent"
    return "current" if path.read_text("utf-8") == wanted else "older"


def is_changed(path: Path) -> bool:
    """Tell whether there is a unit that is not as we wrote it: edited, a link from elsewhere, masked, not readable."""
    if path.is_symlink():
        return True
    try:
        return not unit.is_ours(path.read_text("utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True


def write(place: Path, files: Mapping[str, str], *, force: bool) -> dict[str, str]:
    """Write units into a folder, all or none; return what each was before. `force` keeps a changed one as NAME.old.

    Raises UsageError for one that was changed by hand, ServiceError where nothing can be written.
    """
    before = {name: state_of(place / name, text) for name, text in files.items()}
    _refuse([place / name for name, state in before.items() if state == "changed"], force=force)
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            if before[name] == "changed":
                (place / name).replace(place / f"{name}.old")
            if before[name] != "current":
                _write_whole(place / name, text)
    except OSError as error:
        raise ServiceError(
            f"the units cannot be written into {place}: {error.strerror}", "Make the folder writable, or use --print"
        ) from error
    return before


def removable(place: Path, names: Iterable[str], *, force: bool) -> list[str]:
    """Return the names of the units that are there. Raises UsageError for one that was changed by hand."""
    there = [name for name in names if os.path.lexists(place / name)]
    _refuse([place / name for name in there if is_changed(place / name)], force=force)
    return there


def remove(place: Path, names: Iterable[str]) -> None:
    """Remove units and the links that enabled them. Raises ServiceError where that cannot be."""
    try:
        for name in names:
            (place / name).unlink(missing_ok=True)
            for wants in place.glob("*.wants"):
                if (wants / name).is_symlink():
                    (wants / name).unlink()
    except OSError as error:
        raise ServiceError(
            f"{error.filename} cannot be removed: {error.strerror}", "Make its folder writable"
        ) from error


def lingers(user: str) -> bool:
    """Tell whether a person's services start with the machine and outlive their session."""
    return (LINGER / user).exists()


def _refuse(changed: list[Path], *, force: bool) -> None:
    if changed and not force:
        names = " and ".join(map(str, changed))
        were = "was" if len(changed) == 1 else "were"
        raise UsageError(f"{names} {were} changed by hand", "That is left as it is; --force takes it all the same")


def _write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
