"""Old string steps, lists, dictionaries and login scripts of hydrus, brought up one version at a time.

Here, as one table per family of objects: (type, version) -> the next version's content. Only `upgrade` imports it.
"""

from __future__ import annotations

from typing import Any

from syncer.sites.hydrus import raw
from syncer.sites.hydrus.raw import BYTES, OBJECT, PLAIN

_ENCODE, _DECODE = 4, 5
_ENCODINGS = {
    "url percent encoding": 0,
    "unicode escape characters": 1,
    "html entities": 2,
    "hex": 3,
    "base64": 4,
}


def _list_1(info: Any) -> Any:
    return [[True, item] for item in info]


def _list_2(info: Any) -> Any:
    return [[OBJECT if is_object else PLAIN, item] for is_object, item in info]


def _dictionary_1(info: Any) -> Any:
    kinds = ((PLAIN, PLAIN), (PLAIN, OBJECT), (OBJECT, PLAIN), (OBJECT, OBJECT))
    pairs = zip(kinds, info, strict=True)
    return [[[key_kind, key], [kind, value]] for (key_kind, kind), part in pairs for key, value in part]


def _converter_1(info: Any) -> Any:
    """Number the encodings.

    Decoding hex and base64 did nothing for years before it did something again, so the old ones are left out. An
    encoding of an unknown name ends the list, as it does in hydrus.
    """
    conversions, example = info
    new: list[Any] = []
    for item in conversions:
        if not (isinstance(item, list) and len(item) == 2):
            break
        kind, data = item
        if kind == _DECODE and data in ("hex", "base64"):
            continue
        if kind in (_ENCODE, _DECODE):
            if data not in _ENCODINGS:
                break
            data = _ENCODINGS[data]
        new.append([kind, data])
    return [new, example]


def _splitter_1(info: Any) -> Any:
    """Since version 2 the separator's backslash escapes are decoded: double those that stood for themselves."""
    separator, most = info
    return [separator.replace("\\", "\\\\"), most]


def _joiner_1(info: Any) -> Any:
    """Double the backslashes; the size of the groups is lost on the way, as it is in hydrus."""
    joiner, _size = info
    return [joiner.replace("\\", "\\\\"), None]


def _parameter_1(info: Any) -> Any:
    name, match, default = info
    return [name, match, False, default, raw.processor([])]


def cookies_by_match(node: Any) -> Any:
    """Turn a dictionary of cookie names into one of string matches; old ones gave only the exact name."""
    dictionary = raw.take_apart(node)
    info = _dictionary_1(dictionary.info) if dictionary.version == 1 else dictionary.info
    pairs = [
        [[OBJECT, key if kind == OBJECT else raw.fixed_match(key)], value]
        for (kind, key), value in info
        if kind != BYTES
    ]
    return [raw.DICTIONARY, 2, pairs]


def _login_1(info: Any) -> Any:
    key, cookies, credentials, steps, domains = info
    return [key, cookies_by_match(cookies), credentials, steps, domains]


def _login_step_1(info: Any) -> Any:
    scheme, method, subdomain, path, credentials, static, variables, cookies, contents = info
    return [scheme, method, subdomain, path, credentials, static, variables, cookies_by_match(cookies), contents]


TABLE = {
    (raw.LIST, 1): _list_1,
    (raw.LIST, 2): _list_2,
    (raw.DICTIONARY, 1): _dictionary_1,
    (raw.CONVERTER, 1): _converter_1,
    (raw.SPLITTER, 1): _splitter_1,
    (raw.JOINER, 1): _joiner_1,
    (raw.PARAMETER, 1): _parameter_1,
    (raw.LOGIN, 1): _login_1,
    (raw.LOGIN_STEP, 1): _login_step_1,
}
