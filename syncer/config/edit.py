"""Changes a config as a person would: a query or subscription more or less, every comment and the order kept.

tomlkit can move keys into other tables when it writes (python-poetry/tomlkit#145), so each new text is read again and
compared with what was meant before it is saved, whole or not at all. Commands and the inbox's `follow/` import it.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomlkit

from syncer.config import changes, list_edit, lists, load, replace, source, texts
from syncer.errors import ConfigError, UsageError

_BOM: Final = b"\xef\xbb\xbf"

Edit = Callable[[Any], None]
"""Changes the content of a config in place: plain tables and lists, or tomlkit's, which behave alike."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subscription is written, and where its queries are."""

    name: str
    """As it is written."""
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


def place_of(path: Path, subscription: str) -> Place:
    """Find a subscription in the config at `path` and in all that it includes; its name may be written in other case.

    Raises UsageError with a guess where there is none, ConfigError as `load.load` does.
    """
    joined = load.read(path)
    config = lists.read(load.settings(joined))
    known = [one.name for one in config.subscriptions]
    folded = subscription.strip().casefold()
    for number, one in enumerate(config.subscriptions):
        if one.name.casefold() == folded:
            found, own = joined.place(("subscriptions", number))
            own_texts = tuple(_text(each) for each in joined.data["subscriptions"][number].get("queries", ()))
            rest = tuple(query.text for query in one.queries[len(own_texts) :])
            line = joined.spot(("subscriptions", number)).line
            return Place(one.name, found.path, int(own[-1]), line, own_texts, one.queries_from, one.unread, rest)
    raise UsageError(f'There is no subscription "{subscription}"', _guess(subscription, known))


def add_query(path: Path, subscription: str, query: str, *, paused: bool = False) -> Path:
    """Add a query to a subscription of the config at `path`; return the file that was changed.

    It goes into the table, or into the list where the subscription has nothing but a list. Raises UsageError if there is no
    such subscription or the query is there, ConfigError or TryLaterError as `change`.
    """
    text = _checked(texts.plain_text, query, "query")
    place = place_of(path, subscription)
    if text in place.queries or text in place.listed:
        raise UsageError(f'The subscription "{place.name}" has the query "{text}" already')
    if place.queries_from is not None and not place.queries and not paused:
        return list_edit.add(place.queries_from, text)

    def edit(data: Any) -> None:
        queries = data["subscriptions"][place.index].setdefault("queries", [])
        queries.append(_inline({"q": text, "paused": True}) if paused else text)

    return change(path, edit, file=place.file)


def remove_query(path: Path, subscription: str, query: str) -> tuple[Path, ...]:
    """Remove a query from a subscription, its table and its list; return the files that were changed.

    Raises as `add_query`, and UsageError if there is no such query.
    """
    text = _checked(texts.plain_text, query, "query")
    place = place_of(path, subscription)
    if text not in place.queries and text not in place.listed:
        known = (*place.queries, *place.listed)
        raise UsageError(f'The subscription "{place.name}" has no query "{text}"', _guess(text, known))

    def edit(data: Any) -> None:
        queries = data["subscriptions"][place.index]["queries"]
        del queries[[_text(one) for one in queries].index(text)]

    changed = []
    # What stands in the table hides the same text in the list: it would come back from there.
    if place.queries_from is not None and not place.unread and list_edit.remove(place.queries_from, text):
        changed.append(place.queries_from)
    if text in place.queries:
        changed.append(change(path, edit, file=place.file))
    return tuple(changed)


def add_subscription(path: Path, name: str, site: str, queries: Sequence[str]) -> Path:
    """Add a subscription at the end of the main config; raises UsageError if the name is taken, else as `change`."""
    new_name = _checked(texts.plain_text, name, "name")
    new = {
        "name": new_name,
        "site": _checked(texts.site_name, site, "site"),
        "queries": [_checked(texts.plain_text, query, "query") for query in queries],
    }
    known = load.settings(load.read(path)).subscriptions
    if any(one.name.casefold() == new_name.casefold() for one in known):
        raise UsageError(f'There is a subscription "{new_name}" already', "Choose another name")

    def edit(data: Any) -> None:
        data.setdefault("subscriptions", []).append(new)

    return change(path, edit, appended=f"[[subscriptions]]\n{tomlkit.dumps(new)}")


def change(path: Path, edit: Edit, appended: str = "", file: Path | None = None) -> Path:
    """Apply an edit to the config at `path`, or to an included `file` of it, and save it; return the file that was changed.

    The text before stays beside it as `config.toml.bak`. `appended` is text that does the same at the end of the file, where
    that is possible.
    Raises ConfigError (nothing is written) if the config is faulty before or after, cannot be written, or if the new
    text would say anything else than the old one with the edit; TryLaterError if somebody else saved it meanwhile.
    """
    named = file or path
    # A link into somebody's dotfiles stays a link; what it leads to is changed.
    real = named.resolve()
    before = changes.fingerprint([real])
    raw = source.read_bytes(real)
    text = source.decode(raw, named.name)
    load.settings(load.read(path, {real: text}))
    new = _edited(text, edit, appended, named.name)
    load.settings(load.read(path, {real: new}))
    replace.save(named, raw, (_BOM if raw.startswith(_BOM) else b"") + new.encode(), before)
    return named


def _edited(text: str, edit: Edit, appended: str, file: str) -> str:
    intended = tomllib.loads(text)
    edit(intended)
    # tomlkit writes "\n" for what it adds; a file of Windows lines shall not become a mixture.
    windows = text.count("\r\n") == text.count("\n") > 0
    plain = text.replace("\r\n", "\n") if windows else text
    plain = plain if plain.endswith("\n") or not plain else f"{plain}\n"
    for write in (_append, _rewrite):
        new = write(plain, edit, appended)
        if new is not None and _says(new, intended):
            return new.replace("\n", "\r\n") if windows else new
    raise ConfigError(
        f"{file} is written in a way that cannot be changed without changing more than was asked",
        "Nothing was saved; make this change by hand",
    )


def _append(plain: str, _: Edit, appended: str) -> str | None:
    return f"{plain}\n{appended}" if appended else None


def _rewrite(plain: str, edit: Edit, _: str) -> str | None:
    try:
        document = tomlkit.parse(plain)
        edit(document)
        return tomlkit.dumps(document)
    except Exception:  # noqa: BLE001 whatever tomlkit cannot do, the person can do by hand
        return None


def _inline(values: dict[str, object]) -> Any:
    """Return a table that is a dict and that tomlkit writes between braces."""
    table = tomlkit.inline_table()
    table.update(values)
    return table


def _says(text: str, intended: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == intended
    except ValueError:
        return False


def _text(query: Any) -> str:
    return str(query if isinstance(query, str) else query["q"]).strip()


def _guess(given: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(given, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else ""


def _checked(check: Callable[[str], str], given: str, what: str) -> str:
    try:
        return check(given)
    except ValueError as error:
        raise UsageError(f"The {what} cannot be used: {error}") from error
