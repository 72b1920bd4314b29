"""Says which sidecars a media manager's profile has beside each media file, and what names it can bear.

One line a profile, so that a new one is a row here and a writer beside `json`. Pure; the service imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from syncer.deliver.sidecar.json import render
from syncer.errors import ConfigError
from syncer.model import Delivery

JSON_SUFFIX: Final = ".json"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a media manager reads: writers beside the JSON, as suffix and function; whether a stem may hold dots."""

    writers: tuple[tuple[str, Callable[[Delivery], bytes]], ...] = ()
    dots: bool = True
    """hydrus takes all up to the first dot for a file's name when it looks for sidecars."""


PROFILES: Final[Mapping[str, Profile]] = {"hydrus": Profile(dots=False), "plain": Profile()}


def profile(name: str) -> Profile:
    """Return a profile by its name in the config. Raises ConfigError."""
    if name not in PROFILES:
        raise ConfigError(f"There is no profile {name!r}", f"Use one of: {', '.join(PROFILES)}.")
    return PROFILES[name]


def sidecars(name: str, delivery: Delivery, *, json: bool = True) -> tuple[tuple[str, bytes], ...]:
    """Return the sidecars of a delivery under a profile: suffix to append to the media's name, and content.

    `json`: whether the import folder wants the JSON sidecar. May be empty. Raises ConfigError.
    """
    first = ((JSON_SUFFIX, render(delivery)),) if json else ()
    return first + tuple((suffix, write(delivery)) for suffix, write in profile(name).writers)
