"""Changes a config as a person would: a query or subscription more or less, every comment and the order kept.

tomlkit can move keys into other tables when it writes (python-poetry/tomlkit#145), so each new text is read again and
compared with what was meant before it is saved, whole or not at all. Commands and the inbox's `follow/` import it.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import tomlkit

from syncer.config import changes, load, replace, texts
from syncer.errors import ConfigError, TryLaterError, UsageError

BACKUP_SUFFIX: Final = ".bak"
_BOM: Final = b"\xef\xbb\xbf"

Edit = Callable[[Any], None]
"""Changes the content of a config in place: plain tables and lists, or tomlkit's, which behave alike."""


def add_query(path: Path, subscription: str, query: str, *, paused: bool = False) -> None:
    """Add a query to a subscription of the config at `path`.

    Raises UsageError if there is no such subscription or the query is there, ConfigError or TryLaterError as `change`.
    """
    text = _checked(texts.plain_text, query, "query")

    def edit(data: Any) -> None:
        found = _subscription(data, subscription)
        if any(_text(one) == text for one in found["queries"]):
            raise UsageError(f'The subscription "{subscription}" has the query "{text}" already')
        found["queries"].append(_inline({"q": text, "paused": True}) if paused else text)

    change(path, edit)


def remove_query(path: Path, subscription: str, query: str) -> None:
    """Remove a query from a subscription; raises as `add_query`, and UsageError if there is no such query."""
    text = _checked(texts.plain_text, query, "query")

    def edit(data: Any) -> None:
        queries = _subscription(data, subscription)["queries"]
        known = [_text(one) for one in queries]
        if text not in known:
            raise UsageError(f'The subscription "{subscription}" has no query "{text}"', _guess(text, known))
        del queries[known.index(text)]

    change(path, edit)


def add_subscription(path: Path, name: str, site: str, queries: Sequence[str]) -> None:
    """Add a subscription after the others; raises UsageError if the name is taken, else as `change`."""
    new_name = _checked(texts.plain_text, name, "name")
    new = {
        "name": new_name,
        "site": _checked(texts.site_name, site, "site"),
        "queries": [_checked(texts.plain_text, query, "query") for query in queries],
    }

    def edit(data: Any) -> None:
        found = data.setdefault("subscriptions", [])
        if any(one["name"].strip().casefold() == new_name.casefold() for one in found):
            raise UsageError(f'There is a subscription "{new_name}" already', "Choose another name")
        found.append(new)

    change(path, edit, appended=f"[[subscriptions]]\n{tomlkit.dumps(new)}")


def change(path: Path, edit: Edit, appended: str = "") -> None:
    """Apply an edit to the config at `path` and save it, the text before beside it as `config.toml.bak`.

    `appended` is text that does the same at the end of the file, where that is possible.
    Raises ConfigError (nothing is written) if the config is faulty before or after, cannot be written, or if the new
    text would say anything else than the old one with the edit; TryLaterError if somebody else saved it meanwhile.
    """
    # A link into somebody's dotfiles stays a link; what it leads to is changed.
    real = path.resolve()
    before = changes.fingerprint([real])
    raw = load.read_bytes(real)
    text = load.decode(raw, path.name)
    load.parse(text, path.absolute())
    new = _edited(text, edit, appended, path.name)
    load.parse(new, path.absolute())
    encoded = (_BOM if raw.startswith(_BOM) else b"") + new.encode()
    if changes.fingerprint([real]) != before:
        raise TryLaterError(f"{path.name} was saved by somebody else just now", "Try again")
    try:
        replace.write(real.with_name(real.name + BACKUP_SUFFIX), raw, like=real)
        replace.write(real, encoded, like=real)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Mend the rights of its folder") from error


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


def _subscription(data: Any, name: str) -> Any:
    found = data.get("subscriptions", [])
    known = [one["name"].strip() for one in found]
    for one, its_name in zip(found, known, strict=True):
        if its_name.casefold() == name.strip().casefold():
            return one
    raise UsageError(f'There is no subscription "{name}"', _guess(name, known))


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
