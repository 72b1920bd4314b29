"""Old URL classes of hydrus, brought up one version at a time, from 1 to 15.

Here, as one table: version -> the next version's content. The content is a flat list that grew in the middle, so each
step takes it apart by place. Only `upgrade` imports it.
"""

from __future__ import annotations

from typing import Any

from syncer.sites.hydrus import raw
from syncer.sites.hydrus.upgrade_steps import TABLE as STEPS
from syncer.sites.urls import PATH_SAFE, QUERY_SAFE, encode

_POST, _FILE, _GALLERY, _WATCHABLE = 0, 2, 3, 4
_FIXED = 0
_EXAMPLE = "https://hostname.com/post/page.php?id=123456&s=view"
_NO_REFERRER_CONVERTER = [raw.CONVERTER, 2, [[], _EXAMPLE]]


def _class_1(info: Any) -> Any:
    """Give a random key and an API converter: none of either."""
    *rest, example = info
    return ["", *rest, [raw.CONVERTER, 2, [[], example]], example]


def _class_2(info: Any) -> Any:
    """Tell whether the URL belongs to its files: yes for files and posts."""
    *rest, example = info
    return [*rest, info[1] in (_FILE, _POST), example]


def _class_3(info: Any) -> Any:
    """Tell whether a post can have several files, before whether it belongs to them: no."""
    *rest, associate, example = info
    return [*rest, False, associate, example]


def _class_4(info: Any) -> Any:
    """Give a page index: none."""
    *rest, example = info
    return [*rest, None, None, 1, example]


def _class_5(info: Any) -> Any:
    """Give every path part and parameter a default: none."""
    new = list(info)
    path, parameters = raw.take_apart(info[6]), raw.take_apart(info[7])
    new[6] = [[match, None] for match in _objects(path)]
    pairs = STEPS[raw.DICTIONARY, 1](parameters.info) if parameters.version == 1 else parameters.info
    new[7] = [[name, [match, None]] for (_kind, name), (_match_kind, match) in pairs]
    return new


def _objects(stored: raw.Raw) -> list[Any]:
    """Give the items of a stored list of any version."""
    return list(stored.info) if stored.version == 1 else [item for _kind, item in stored.info]


def _class_6(info: Any) -> Any:
    """Give a rule for the referrer: sent if there is one."""
    return [*info[:9], 0, _NO_REFERRER_CONVERTER, *info[9:]]


def _class_7(info: Any) -> Any:
    """Sort the parameters by name."""
    return [*info[:6], True, *info[6:]]


def _class_8(info: Any) -> Any:
    """Gather the switches in one list, and drop the fragment."""
    key, kind, scheme, host, subdomains, keep, alphabetic, path, parameters, api, referrer, converter, *rest = info
    many, associate, *tail = rest
    switches = [subdomains, keep, alphabetic, many, associate, False]
    return [key, kind, scheme, host, switches, path, parameters, api, referrer, converter, *tail]


def _class_9(info: Any) -> Any:
    """Give header overrides: none."""
    return [*info[:7], [], *info[7:]]


def _class_10(info: Any) -> Any:
    """Give parameters without `=`: none."""
    return [*info[:7], False, raw.ANY_MATCH, *info[7:]]


def _class_11(info: Any) -> Any:
    """Allow more path parts and parameters than declared."""
    new = list(info)
    switches = info[4]
    new[4] = [*switches[:3], False, False, *switches[3:]]
    return new


def _class_12(info: Any) -> Any:
    """Percent-encode fixed values, names and defaults, and make parameters objects."""
    new = list(info)
    new[5] = [[_encoded(match, PATH_SAFE), _default(default, PATH_SAFE)] for match, default in info[5]]
    new[6] = raw.object_list([_parameter(name, match, default) for name, (match, default) in info[6]])
    return new


def _parameter(name: str, match: Any, default: Any) -> list[Any]:
    name = encode(name, QUERY_SAFE)
    info = [name, _encoded(match, QUERY_SAFE), False, _default(default, QUERY_SAFE), raw.processor([])]
    return [raw.PARAMETER, 2, info]


def _default(default: Any, safe: str) -> Any:
    return None if default is None else encode(default, safe)


def _encoded(match: Any, safe: str) -> Any:
    """Encode what a string match compares with, if it is a fixed text."""
    kind, value, shortest, longest, example = raw.take_apart(match).info
    if kind != _FIXED:
        return match
    return [raw.STRING_MATCH, 1, [kind, encode(value, safe), shortest, longest, encode(example, safe)]]


def _class_13(info: Any) -> Any:
    """Keep undeclared parameters for the server on listings and threads that have no API step."""
    new = list(info)
    switches = info[4]
    converter = raw.take_apart(info[10])
    conversions = STEPS[raw.CONVERTER, 1](converter.info) if converter.version == 1 else converter.info
    keep = info[1] in (_GALLERY, _WATCHABLE) and not switches[4] and not conversions[0]
    new[4] = [*switches[:5], keep, *switches[5:]]
    return new


def _class_14(info: Any) -> Any:
    """Turn the host and its two switches into a domain mask."""
    new = list(info)
    subdomains, keep, *switches = info[4]
    new[3] = [raw.DOMAIN_MASK, 1, [[info[3]], [], subdomains, keep]]
    new[4] = switches
    return new


TABLE = {
    (raw.URL_CLASS, version): step
    for version, step in enumerate(
        (
            _class_1, _class_2, _class_3, _class_4, _class_5, _class_6, _class_7,
            _class_8, _class_9, _class_10, _class_11, _class_12, _class_13, _class_14,
        ),
        start=1,
    )
}  # fmt: skip
