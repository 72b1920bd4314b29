"""URL patterns of native site files: `/post/{id:digits}?page={page=1}` matches URLs, names their fields, builds them.

Here because classes, fetch templates and searches share the notation. Pure; imported by compile, classes and searches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

from syncer.config import web
from syncer.frozen import frozen
from syncer.sites import urls

TYPES = {
    "text": r"[^/]+?",
    "digits": r"[0-9]+",
    "letters": r"[A-Za-z]+",
    "word": r"[A-Za-z0-9_-]+",
    "hex": r"[0-9A-Fa-f]+",
    "rest": r".+",
    "folder": r"(?:.+/)?",
}
"""What a field may hold, by the name after its colon; a folder ends with a slash, or is the root itself."""
_LONG = frozenset({"rest", "folder"})
"""Types that take all that follows, slashes too."""

_FIELD = re.compile(r"\{(?P<name>[a-z_][a-z0-9_]*)(?::(?P<type>[a-z]+))?(?P<maybe>\?)?(?:=(?P<default>[^{}]*))?\}")
_PATH = re.compile(r"(?:[^?{]|\{[^{}]*\}|\{)*+")
_USE = re.compile(r"\{(?P<name>[a-z_][a-z0-9_]*|[0-9])\}")


@frozen
class Field:
    """A named part of a URL."""

    name: str
    type: str
    default: str | None
    """What it is when the URL leaves it out; None: it must be there."""


@frozen
class Piece:
    """A path part or a parameter's value: literal text and fields."""

    pattern: re.Pattern[str]
    fields: tuple[Field, ...]
    template: str
    """The piece with `{name}` for each field."""
    optional: bool
    """It may be missing from a URL."""
    rest: bool = False
    """It takes all that follows, slashes too."""
    folder: bool = False
    """A slash at its end belongs to it."""
    literal: str | None = None
    """The one text that it is, where it has no field."""

    def match(self, text: str) -> dict[str, str] | None:
        """Give the fields' texts, percent-encoded as they stand, or None."""
        if self.literal is not None:
            return {} if text == self.literal else None
        match = self.pattern.fullmatch(text)
        return match.groupdict() if match is not None else None

    def defaults(self) -> dict[str, str]:
        """Give the fields' texts for a URL without this piece."""
        return {field.name: field.default or "" for field in self.fields}


@frozen
class Address:
    """A compiled URL pattern."""

    scheme: str
    host: str
    """With port; `*.` before it accepts sub-domains."""
    path: tuple[Piece, ...]
    params: tuple[tuple[str, Piece], ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, in order."""
        pieces = [*self.path, *(piece for _, piece in self.params)]
        return tuple(field for piece in pieces for field in piece.fields)

    def match(self, parts: urls.Parts) -> dict[str, str] | None:
        """Give the fields of a URL whose host fits already, percent-encoded; None when path or parameters do not fit."""
        fields = self._match_path(segments_of(parts.path))
        if fields is None or not self.params:
            return fields
        given = _first_values(parts.query)
        for name, piece in self.params:
            text = urls.respell(given.get(name, ""))
            found = piece.defaults() if piece.optional and not text else piece.match(text)
            if found is None:
                return None
            fields.update(found)
        return fields

    def _match_path(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        fields: dict[str, str] = {}
        if len(segments) > 1 and not segments[-1] and self.path[-1].template and not self.path[-1].folder:
            segments = segments[:-1]
        for index, piece in enumerate(self.path):
            text = "/".join(segments[index:]) if piece.rest else segments[index] if index < len(segments) else ""
            found = piece.defaults() if piece.optional and not text else piece.match(text)
            if found is None:
                return None
            fields.update(found)
            if piece.rest:
                return fields
        return fields if len(segments) <= len(self.path) else None

    def build(self, fields: Mapping[str, str], leave_out: frozenset[str] = frozenset()) -> tuple[str, str]:
        """Build path and query of the normal form; an empty optional part or parameter is left out."""
        segments = [
            ""
            if leave_out and leave_out.intersection(field.name for field in piece.fields)
            else fill(piece.template, fields)
            for piece in self.path
        ]
        while len(segments) > 1 and not segments[-1] and self.path[len(segments) - 1].optional:
            segments.pop()
        pairs = [
            f"{name}={text}"
            for name, piece in self.params
            if not (leave_out and leave_out.intersection(field.name for field in piece.fields))
            and ((text := fill(piece.template, fields)) or not piece.optional)
        ]
        return "/" + "/".join(segments), "&".join(pairs)

    def for_query(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        """Give fields as they stand in a query: `&` and `+` are plain characters of a path alone."""
        own = {field.name for piece in self.path for field in piece.fields}
        odd = [name for name in own if "&" in fields[name] or "+" in fields[name]]
        return (
            {**fields, **{name: fields[name].replace("&", "%26").replace("+", "%2B") for name in odd}}
            if odd
            else fields
        )

    def rank(self) -> tuple[int, ...]:
        """Tell how specific the pattern is: what compares greater is tried first."""
        required = [piece for piece in self.path if not piece.optional]
        wanted = [piece for _, piece in self.params if not piece.optional]
        return (
            0 if self.host.startswith("*.") else 1,
            len(self.host),
            -sum(field.type in _LONG for piece in self.path for field in piece.fields),
            len(required),
            sum(not piece.fields for piece in required),
            len(wanted),
            sum(not piece.fields for piece in wanted),
            len(self.params),
            sum(len(piece.template) for piece in self.path if piece.fields),
            sum(field.type not in {"text", "rest"} for field in self.fields),
        )


@lru_cache(maxsize=64)
def segments_of(path: str) -> tuple[str, ...]:
    """Take a path apart; a URL is held against many patterns in turn."""
    return tuple(urls.respell(path).removeprefix("/").split("/"))


@lru_cache(maxsize=64)
def _first_values(query: str) -> Mapping[str, str]:
    """Return the parameters of a query; of several of one name the first."""
    return dict(reversed(urls.params(query)))


def _piece(text: str, where: str, *, slashes: bool = False) -> Piece:
    fields: list[Field] = []
    pattern: list[str] = []
    template: list[str] = []
    at = 0
    for match in _FIELD.finditer(text):
        literal = text[at : match.start()]
        field = _field(match, where)
        fields.append(field)
        pattern += [re.escape(urls.encode(literal, urls.QUERY_SAFE)), f"(?P<{field.name}>{_type(field, slashes)})"]
        template += [urls.encode(literal, urls.QUERY_SAFE), "{" + field.name + "}"]
        at = match.end()
    literal = urls.encode(_checked(text[at:], where), urls.QUERY_SAFE)
    pattern.append(re.escape(literal))
    template.append(literal)
    optional = bool(fields) and all(field.default is not None for field in fields)
    rest = any(field.type in _LONG for field in fields)
    return Piece(
        re.compile("".join(pattern)),
        tuple(fields),
        "".join(template),
        optional,
        rest,
        folder=any(field.type == "folder" for field in fields),
        literal=None if fields else literal,
    )


def _type(field: Field, slashes: bool) -> str:
    return ".+?" if slashes and field.type == "text" else TYPES[field.type]


def _checked(literal: str, where: str) -> str:
    if "{" in literal or "}" in literal:
        raise ValueError(f"{where!r}: a field is written {{name}}, {{name:type}}, {{name?}} or {{name=default}}")
    return literal


def _field(match: re.Match[str], where: str) -> Field:
    kind = match["type"] or "text"
    if kind not in TYPES:
        raise ValueError(f"{where!r}: {{{match['name']}:{kind}}} has no known type; use {', '.join(TYPES)}")
    default = match["default"]
    if default is None and match["maybe"]:
        default = ""
    return Field(match["name"], kind, urls.encode(default, urls.PATH_SAFE) if default is not None else None)


def compile_address(text: str, root: str) -> Address:
    """Compile a pattern, relative to `root` or absolute; raises ValueError with the reason."""
    if not text.startswith(("/", "http://", "https://")):
        raise ValueError(f"{text!r} must begin with / (below root), http:// or https://")
    absolute = text if not text.startswith("/") else root.rstrip("/") + text
    scheme, _, rest = absolute.partition("://")
    host, slash, tail = rest.partition("/")
    path_text, query = _divided(slash + tail)
    if "#" in text:
        raise ValueError(f"{text!r}: a pattern has no fragment (#)")
    path = tuple(_piece(part, text) for part in path_text.removeprefix("/").split("/"))
    params = tuple(_param(part, text) for part in query.split("&") if part)
    address = Address(scheme, _host(host, text), path, params)
    names = [field.name for field in address.fields]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{text!r} names the field {sorted(twice)[0]!r} twice")
    return address


def _divided(text: str) -> tuple[str, str]:
    """Divide path and query at the first question mark that is not part of a field."""
    match = _PATH.match(text)
    end = match.end() if match is not None else 0
    return text[:end], text[end + 1 :]


def _host(host: str, text: str) -> str:
    plain = web.plain(f"https://{host.removeprefix('*.')}/").removeprefix("https://").removesuffix("/")
    if not web.host_of(f"https://{plain}") or "{" in plain:
        raise ValueError(f"{text!r} has no host that can be read; root must be like https://example.org")
    return f"*.{plain}" if host.startswith("*.") else plain


def _param(text: str, where: str) -> tuple[str, Piece]:
    name, equals, value = text.partition("=")
    if not equals or "{" in name:
        raise ValueError(f"{where!r}: a parameter is written name=value or name={{field}}, not {text!r}")
    return urls.encode(name, urls.QUERY_SAFE), _piece(value, where, slashes=True)


def fill(template: str, fields: Mapping[str, str], *, plain: bool = False) -> str:
    """Put fields into a URL template; fields are percent-encoded texts, `plain` ones are encoded here."""

    if "{" not in template:
        return template

    def put(match: re.Match[str]) -> str:
        text = fields.get(match["name"], "")
        return quote(text, safe="") if plain else text

    return _USE.sub(put, template)


def uses(template: str) -> tuple[str, ...]:
    """Name the fields that a template asks for."""
    return tuple(match["name"] for match in _USE.finditer(template))


def decoded(fields: Mapping[str, str]) -> dict[str, str]:
    """Give the fields as plain text; `+` stands for a blank where the text came from a query."""
    return {name: unquote(text.replace("+", " ")) for name, text in fields.items()}


def absolute(template: str, root: str) -> str:
    """Put `root` before a relative template."""
    return root.rstrip("/") + template if template.startswith("/") else template
