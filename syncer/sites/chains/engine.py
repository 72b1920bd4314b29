"""Imported files as one whole (placeholder for the first native commit)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from syncer.errors import ItemError
from syncer.model import Page, Recognised


class Chains:
    """No imported file is read yet."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        self.problems: tuple[tuple[str, str, str], ...] = ()

    def recognise(self, url: str) -> Recognised | None:
        return None

    def matches(self, url: str) -> list[tuple[str, str, str, str]]:
        return []

    def referrer(self, url: str, given: str | None) -> str | None:
        return given

    def search(self, site: str, query: str) -> tuple[str, ...]:
        raise ItemError(f"No site file knows the site {site!r}", "`syncer sites list` shows the sites.")

    def page(
        self, recognised: Recognised, text: str, url: str, now: int, recognise: Callable[[str], Recognised | None]
    ) -> Page:
        raise ItemError("nothing")

    def next_page(self, recognised: Recognised) -> str | None:
        return None

    def rule(self, name: str, text: str, url: str) -> tuple[str, ...]:
        raise ItemError(f"No site file has a rule {name!r}", "`syncer sites list` shows them.")

    def rules(self) -> tuple[str, ...]:
        return ()
