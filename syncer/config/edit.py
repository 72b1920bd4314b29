"""Changes a config as a person would: a query or subscription more or less, every comment and the order kept.

Each change is said twice, of the data and of the text, so that the two can be compared; it is made in the file that has the
subscription. Commands and the inbox's `follow/` import it.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from syncer.config import list_edit, lists, load, rewrite, splice, texts
from syncer.config.include import Joined
from syncer.config.rewrite import Step
from syncer.config.settings import NOTHING, Config
from syncer.errors import UsageError
from syncer.frozen import frozen

NAME: Final = "subscriptions"
FEW: Final = 10
"""So many names are shown to somebody who has missed them all."""


@frozen
class NewQuery:
    """A query that is to be in the subscription of a name, which is made for the site where there is none."""

    subscription: str
    site: str
    text: str
    paused: bool = False

    @property
    def value(self) -> object:
        """What stands in the config for it."""
        return {"q": self.text, "paused": True} if self.paused else self.text


@frozen
class Place:
    """Where a subscription is written, and where its queries are."""

    name: str
    """As it is written."""
    site: str
    file: Path
    """The file of the config that has it; absolute, links not followed."""
    index: int
    """Its turn among the subscriptions of that file, from 0."""
    line: int | None
    """Where it begins there, if that is known."""
    queries: tuple[str, ...]
    """The texts that stand in its table."""
    queries_from: Path | None
    """The list with more of them."""
    unread: str
    """Why that list cannot be read now."""
    listed: tuple[str, ...]
    """The texts that stand in that list and not in its table."""

    @property
    def all(self) -> tuple[str, ...]:
        """The texts of all its queries."""
        return (*self.queries, *self.listed)

    def takes_into_list(self, new: NewQuery) -> bool:
        """Tell whether a new query belongs into the list: where the subscription has nothing else, and a list can say it."""
        return self.queries_from is not None and not self.queries and not new.paused and new.text[0] != "#"


@dataclass(slots=True)
class _Edit:
    """What is to be changed, by file."""

    steps: dict[Path, list[Step]] = field(default_factory=dict)
    lists: dict[Path, list[str]] = field(default_factory=dict)

    def step(self, file: Path, step: Step) -> None:
        self.steps.setdefault(file, []).append(step)


def place_of(path: Path, subscription: str) -> Place:
    """Find a subscription in the config at `path` and in all that it includes; its name may be written in other case.

    Raises UsageError with a guess where there is none, ConfigError as `load.load` does.
    """
    joined, config = _read(path)
    return _place_of(joined, config, subscription)


def add_queries(path: Path, new: Sequence[NewQuery]) -> list[Path | None]:
    """Add queries to the config at `path` in one go; return for each the file that it went into, None = it was there.

    They go into the tables, or into the list where a subscription has nothing but a list. Raises UsageError if a subscription
    is of another site, else as `rewrite.apply`.
    """
    checked = [_checked_query(each) for each in new]
    with rewrite.alone(path):
        joined, config = _read(path)
        main = joined.sources[0].path
        wanted = _Edit()
        went: list[Path | None] = [None] * len(checked)
        for numbers in _by_subscription(checked):
            place = _find(joined, config, checked[numbers[0]].subscription)
            fresh = {number: checked[number] for number in _fresh(checked, numbers, place)}
            for number, file in _adding(wanted, place, fresh, main).items():
                went[number] = file
        rewrite.apply(path, joined, wanted.steps)
        for file, queries in wanted.lists.items():
            list_edit.add(file, queries)
    return went


def _by_subscription(new: Sequence[NewQuery]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for number, each in enumerate(new):
        groups.setdefault(each.subscription.casefold(), []).append(number)
    return list(groups.values())


def _fresh(new: Sequence[NewQuery], numbers: Sequence[int], place: Place | None) -> list[int]:
    """Return which of the queries of one subscription are not there yet, each text once."""
    known = set(place.all) if place is not None else set()
    site = place.site if place is not None else new[numbers[0]].site
    fresh = []
    for number in numbers:
        if new[number].site != site:
            name = new[number].subscription
            raise UsageError(f'the subscription "{name}" is of the site {site}, not {new[number].site}')
        if new[number].text not in known:
            known.add(new[number].text)
            fresh.append(number)
    return fresh


def _adding(wanted: _Edit, place: Place | None, fresh: Mapping[int, NewQuery], main: Path) -> dict[int, Path]:
    """Note what adds queries to one subscription; return the file of each."""
    if not fresh:
        return {}
    if place is None:
        first = next(iter(fresh.values()))
        values = [each.value for each in fresh.values()]
        wanted.step(main, _new_table({"name": first.subscription, "site": first.site, "queries": values}))
        return dict.fromkeys(fresh, main)
    listed = {number for number, each in fresh.items() if place.takes_into_list(each)}
    if listed and place.queries_from is not None:
        wanted.lists.setdefault(place.queries_from, []).extend(fresh[number].text for number in sorted(listed))
    if values := [each.value for number, each in fresh.items() if number not in listed]:
        wanted.step(place.file, _more(place.index, values))
    return {number: place.queries_from if number in listed and place.queries_from else place.file for number in fresh}


def _more(index: int, values: Sequence[object]) -> Step:
    def edit(data: Any) -> None:
        data[NAME][index].setdefault("queries", []).extend(map(_inline, values))

    def text(plain: str) -> str:
        block = splice.blocks(plain, NAME)[index]
        if "queries" not in block.keys:
            return splice.add_key(plain, block, "queries", values)
        return splice.add_items(plain, block.keys["queries"].value, values)

    return Step(edit, text)


def remove_queries(path: Path, subscription: str, queries: Sequence[str]) -> tuple[Path, ...]:
    """Remove queries from a subscription, its table and its list, all or none; return the files that were changed.

    Raises UsageError if one is not there, else as `rewrite.apply`.
    """
    given = list(dict.fromkeys(_checked(texts.plain_text, each, "query") for each in queries))
    with rewrite.alone(path):
        joined, config = _read(path)
        place = _place_of(joined, config, subscription)
        for each in given:
            if each not in place.all:
                raise UsageError(f'the subscription "{place.name}" has no query "{each}"', _guess(each, place.all))
        changed = []
        # What stands in the table hides the same text in the list: it would come back from there.
        if place.queries_from is not None and not place.unread and list_edit.remove(place.queries_from, given):
            changed.append(place.queries_from)
        here = sorted((place.queries.index(each) for each in given if each in place.queries), reverse=True)
        changed += rewrite.apply(path, joined, {place.file: [_less(place.index, at) for at in here]})
    return tuple(changed)


def _less(index: int, at: int) -> Step:
    def edit(data: Any) -> None:
        del data[NAME][index]["queries"][at]

    def text(plain: str) -> str:
        return splice.remove_item(plain, splice.blocks(plain, NAME)[index].keys["queries"].value, at)

    return Step(edit, text)


def add_subscription(
    path: Path, name: str, site: str, queries: Sequence[str], settings: Mapping[str, object] = NOTHING
) -> Path:
    """Add a subscription at the end of the main config, with further keys of it; return the file.

    Raises UsageError if the name is taken, else as `rewrite.apply`.
    """
    new_name = _checked(texts.plain_text, name, "name")
    new = {
        "name": new_name,
        "site": _checked(texts.site_name, site, "site"),
        "queries": [_checked(texts.plain_text, query, "query") for query in queries],
        **settings,
    }
    with rewrite.alone(path):
        joined, config = _read(path)
        if _find(joined, config, new_name) is not None:
            raise UsageError(f'there is a subscription "{new_name}" already', "Choose another name")
        (changed,) = rewrite.apply(path, joined, {joined.sources[0].path: [_new_table(new)]})
    return changed


def _new_table(new: Mapping[str, object]) -> Step:
    written = splice.table(NAME, new)

    def edit(data: Any) -> None:
        data.setdefault(NAME, []).append(tomllib.loads(written)[NAME][0])

    return Step(edit, lambda plain: splice.append(plain, written))


def remove_subscription(path: Path, name: str) -> Path:
    """Remove a subscription with its queries, its list left alone; return the file that was changed.

    Raises UsageError if there is none of this name, else as `rewrite.apply`.
    """
    with rewrite.alone(path):
        joined, config = _read(path)
        place = _place_of(joined, config, name)
        step = Step(
            lambda data: _delete(data, place.index),
            lambda plain: splice.remove_block(plain, splice.blocks(plain, NAME)[place.index]),
        )
        rewrite.apply(path, joined, {place.file: [step]})
    return place.file


def _delete(data: Any, index: int) -> None:
    del data[NAME][index]
    if not data[NAME]:
        del data[NAME]


def _read(path: Path) -> tuple[Joined, Config]:
    joined = load.read(path)
    return joined, lists.read(load.settings(joined))


def _find(joined: Joined, config: Config, name: str) -> Place | None:
    folded = name.strip().casefold()
    for number, one in enumerate(config.subscriptions):
        if one.name.casefold() == folded:
            found, own = joined.place((NAME, number))
            own_texts = tuple(_text(each) for each in joined.data[NAME][number].get("queries", ()))
            rest = tuple(query.text for query in one.queries[len(own_texts) :])
            line = joined.spot((NAME, number)).line
            return Place(
                one.name, one.site, found.path, int(own[-1]), line, own_texts, one.queries_from, one.unread, rest
            )
    return None


def _place_of(joined: Joined, config: Config, name: str) -> Place:
    found = _find(joined, config, name)
    if found is None:
        known = [one.name for one in config.subscriptions]
        few = f"There are: {', '.join(known)}" if 0 < len(known) <= FEW else "`syncer follow list` shows all"
        raise UsageError(
            f'there is no subscription "{name}"', _guess(name, known) or (few if known else "There is none")
        )
    return found


def _inline(value: object) -> Any:
    """Return a value that tomlkit writes between braces where it is a table."""
    if not isinstance(value, Mapping):
        return value
    import tomlkit

    table = tomlkit.inline_table()
    table.update(value)
    return table


def _text(query: Any) -> str:
    return str(query if isinstance(query, str) else query["q"]).strip()


def _guess(given: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(given, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else ""


def _checked_query(new: NewQuery) -> NewQuery:
    return NewQuery(
        _checked(texts.plain_text, new.subscription, "name"),
        _checked(texts.site_name, new.site, "site"),
        _checked(texts.plain_text, new.text, "query"),
        new.paused,
    )


def _checked(check: Callable[[str], str], given: str, what: str) -> str:
    try:
        return check(given)
    except ValueError as error:
        raise UsageError(f"the {what} cannot be used: {error}") from error
