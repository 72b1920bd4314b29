"""The single conversions of imported string steps: each changes one text or raises ValueError, which drops the text.

Here, apart from the steps on whole lists. Pure; imported by steps.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import hashlib
import html
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from syncer.sites import effort
from syncer.sites.patterns import Pattern

Conversion = Callable[[str], str]
Settings = Any
"""A `schema.imported.ChainStep`."""


def compile_conversion(step: Settings) -> Conversion | None:
    """Make the conversion of a step; None when the step is one on lists."""
    for name, make in _MAKERS.items():
        value = getattr(step, name)
        if value is not None:
            return make(value, step)
    return None


def repaired(text: str) -> str:
    """Join halves of characters beyond 16 bits, and replace lone ones, so that the text can be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _sub(pair: list[str], _step: Settings) -> Conversion:
    source, replacement = pair
    try:
        pattern = Pattern.of_re(source, replacement=replacement)
    except ValueError as error:
        return _failing(str(error))
    return lambda text: pattern.sub(replacement, text)


def _failing(why: str) -> Conversion:
    def fail(text: str) -> str:
        raise ValueError(f"{why} ({text[:40]!r})")

    return fail


def _decode_unicode(text: str) -> str:
    try:
        return text.encode("utf-8", "surrogatepass").decode("unicode-escape")
    except UnicodeDecodeError as error:
        raise ValueError(str(error)) from error


def _decode_base64(text: str, altchars: bytes | None = None) -> str:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{text[:40]!r} is not base64") from error
    return raw.decode("utf-8", "replace")


def _decode_hex(text: str) -> str:
    return bytes.fromhex(text).decode("utf-8", "replace")


_ENCODERS: dict[str, Conversion] = {
    "url": lambda text: quote(text, safe=""),
    "unicode": lambda text: text.encode("unicode-escape").decode("ascii"),
    "html": html.escape,
    "hex": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
}
_DECODERS: dict[str, Conversion] = {
    "url": unquote,
    "unicode": _decode_unicode,
    "html": html.unescape,
    "hex": _decode_hex,
    "base64": _decode_base64,
    "base64 url": lambda text: _decode_base64(text, b"-_"),
}


def _coder(table: dict[str, Conversion]) -> Callable[[str, Settings], Conversion]:
    return lambda how, _step: table.get(how) or _failing(f"{how} is no encoding that is known")


def _date(form: str, step: Settings) -> Conversion:
    offset = step.offset or 0

    def local(text: str) -> str:
        return str(int(datetime.strptime(text, form).timestamp()))  # noqa: DTZ007 - local or as %z says, as hydrus does

    def fixed(text: str) -> str:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - a parsed %z is ignored, as hydrus does
        return str(calendar.timegm(moment.timetuple()) - offset)

    return local if step.zone == "local" else fixed


def _date_encode(form: str, step: Settings) -> Conversion:
    offset = step.offset or 0

    def encode(text: str) -> str:
        seconds = int(text)
        if step.zone == "local":
            return datetime.fromtimestamp(seconds, UTC).astimezone().strftime(form)
        return datetime.fromtimestamp(seconds + offset, UTC).strftime(form)

    return encode


def _loose_date(_on: bool, _step: Settings) -> Conversion:
    def read(text: str) -> str:
        import dateparser

        effort.check()
        moment = dateparser.parse(text)
        if moment is None:
            raise ValueError(f"{text[:40]!r} is no date")
        return str(int(moment.timestamp()))

    return read


def _hash(kind: str, _step: Settings) -> Conversion:
    if kind not in {"md5", "sha1", "sha256", "sha512"}:
        return _failing(f"{kind} is no hash that is known")
    return lambda text: hashlib.new(kind, text.encode(), usedforsecurity=False).hexdigest()


def _random(settings: list[Any], _step: Settings) -> Conversion:
    alphabet, count = str(settings[0]), int(settings[1])
    return lambda text: text + "".join(secrets.choice(alphabet) for _ in range(count))


_MAKERS: dict[str, Callable[[Any, Settings], Conversion]] = {
    "sub": _sub,
    "prepend": lambda added, _: lambda text: added + text,
    "append": lambda added, _: lambda text: text + added,
    "cut_start": lambda count, _: lambda text: text[count:],
    "cut_end": lambda count, _: lambda text: text[:-count],
    "take_start": lambda count, _: lambda text: text[:count],
    "take_end": lambda count, _: lambda text: text[-count:],
    "add": lambda amount, _: lambda text: str(int(text) + amount),
    "reverse": lambda _on, _step: lambda text: text[::-1],
    "encode": _coder(_ENCODERS),
    "decode": _coder(_DECODERS),
    "hash": _hash,
    "date": _date,
    "date_encode": _date_encode,
    "loose_date": _loose_date,
    "random": _random,
}
