"""What the keys of all tables are made of: the base table, the `key` that describes one, and the kinds of value.

Every value is strict: text is never taken for a number. Only the modules of `config.schema` import it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, Strict, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core.core_schema import ValidationInfo

from syncer.config import hosts, hours, name_template, paths, proxies, rules, sources, texts, units
from syncer.config.bandwidth import Rule
from syncer.config.option_values import SAME_FOLDER
from syncer.config.proxies import Proxy
from syncer.config.settings import Every, Quiet, Source

_T = TypeVar("_T")


class Table(BaseModel):
    """A table of the config: no unknown keys, and defaults written as a person would write them."""

    # Only the whole config is ever validated: a validator for each table alone would take as long again.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, defer_build=True)

    shown: ClassVar[dict[str, object]] = {}
    """What the commented example shows for keys whose description brings no example."""

    @classmethod
    def written_keys(cls) -> dict[str, FieldInfo]:
        """Return all keys by the names that people write; those that several tables share come last."""
        own = sorted(cls.model_fields.items(), key=lambda pair: pair[0] not in cls.__annotations__)
        return {field.alias or name: field for name, field in own}


def key(description: str, *, default: object = ..., example: object = None, alias: str | None = None) -> Any:
    """Describe one key; without a default it is needed.

    `example` is what the commented example shows instead of the default. The result is a pydantic field (Any, since the
    default is in the words of the file and the value is what they mean).
    """
    examples = None if example is None else [example]
    # A list would be copied deeply for each table that does not name the key.
    default = tuple(default) if isinstance(default, list) else default
    return Field(default=default, description=description, examples=examples, alias=alias)


def table(*, example: str | None = None, alias: str | None = None) -> Any:
    """Describe a key that holds a table, or tables by names of which `example` is one; none there is like an empty one.

    The empty one is validated like a written one, since its defaults need the validation context.
    """
    return Field(default={}, examples=None if example is None else [example], alias=alias)


def words(read: Callable[[str], _T], example: str) -> Any:
    """Return the annotation of a value that is written as text and means what `read` makes of it; that never changes."""
    # Thousands of queries are written in a few words, and each brings the same defaults.
    known = lru_cache(maxsize=256)(read)

    def validate(value: object) -> _T:
        if not isinstance(value, str):
            raise ValueError(f'must be text in quotes, like "{example}"')
        return known(value)

    return (PlainValidator(validate), WithJsonSchema({"type": "string"}))


def at_least(read: Callable[[str], _T], least: str, most: str) -> Callable[[str], _T]:
    """Return a reader that also refuses what lies outside of `least` and `most`, both in the words of the file."""
    low: Any = read(least)
    high: Any = read(most)

    def bounded(text: str) -> _T:
        value: Any = read(text)
        if not low <= value <= high:
            raise ValueError(f'"{text}" is out of bounds: from "{least}" to "{most}"')
        result: _T = value
        return result

    return bounded


def _folder(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str):
        raise ValueError('must be text in quotes, like "~/syncer/inbox"')
    assert info.context is not None, "paths need the folder of the config"
    base: Path = info.context["base"]
    return paths.resolve(value, base)


def _sources(what: str, check: Callable[[dict[str, Source]], object] = len) -> Any:
    """Return the annotation of a table of secrets' sources; validated as a whole, so that no fault shows what is in it."""

    def validate(value: object, info: ValidationInfo) -> dict[str, Source]:
        assert info.context is not None, "paths need the folder of the config"
        found = sources.read_all(value, info.context["base"], what)
        check(found)
        return found

    return (PlainValidator(validate), WithJsonSchema({"type": "object", "additionalProperties": {"type": "object"}}))


def _source(name: str) -> Any:
    """Return the annotation of one secret's source; no fault shows what is in it."""

    def validate(value: object, info: ValidationInfo) -> Source:
        assert info.context is not None, "paths need the folder of the config"
        return sources.read_one(name, value, info.context["base"])

    return (PlainValidator(validate), WithJsonSchema({"type": "object"}))


Folder = Annotated[Path, PlainValidator(_folder), WithJsonSchema({"type": "string"})]
"""A path; relative ones begin at the config's folder, which the validation context gives as `base`."""
Size = Annotated[int, *words(units.size, "10 KB")]
Seconds = Annotated[float, *words(units.duration, "30 seconds")]
Spacing = Annotated[int, *words(at_least(units.whole_seconds, "1 second", "3650 days"), "12 hours")]
"""A time between two checks."""
PageRest = Annotated[int, *words(at_least(units.whole_seconds, "0 seconds", "1 hour"), "5 seconds")]
"""A time between two pages of listings."""
Patience = Annotated[float, *words(at_least(units.duration, "100 ms", "30 days"), "30 seconds")]
"""A time after which something is given up."""
BandwidthRule = Annotated[Rule, *words(rules.read, "1 request / 1 s")]
Death = Annotated[tuple[int, int | None], *words(rules.death, "1 per 180 days")]
FixedTimes = Annotated[Every, *words(hours.every, "day at 06:00")]
QuietHours = Annotated[Quiet, *words(hours.quiet, "23:00-07:00")]
Zone = Annotated[str, AfterValidator(hours.zone)]
Host = Annotated[str, *words(lambda text: str(hosts.parse(text)), "127.0.0.1:8123")]
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
ShortName = Annotated[str, AfterValidator(texts.short_name)]
SiteName = Annotated[str, AfterValidator(texts.site_name)]
Text = Annotated[str, AfterValidator(texts.plain_text)]
TagRule = Annotated[str, AfterValidator(texts.tag_rule)]
WebAddress = Annotated[str, AfterValidator(texts.web_address)]
SiteRoot = Annotated[str, AfterValidator(texts.site_root)]
NameTemplate = Annotated[str, AfterValidator(name_template.checked)]
FileHash = Annotated[str, AfterValidator(texts.file_hash)]
Credentials = Annotated[dict[str, Source], *_sources("credential")]
Parameters = Annotated[dict[str, Source], *_sources("parameter")]
Headers = Annotated[dict[str, Source], *_sources("header", sources.header_names)]
ProxyLogin = Annotated[Source, *_source("proxy_login")]
ProxyAddress = Annotated[Proxy, *words(proxies.parse, "http://proxy.example.org:3128")]
HeaderText = Annotated[str, AfterValidator(texts.header_text)]
FileType = Annotated[str, AfterValidator(texts.file_type)]
TagName = Annotated[str, AfterValidator(texts.tag_name)]
Namespace = Annotated[str, AfterValidator(texts.namespace)]
NamespaceOrNone = Annotated[str, AfterValidator(lambda text: texts.namespace(text) if text.strip() else "")]
TagTerm = Annotated[str, AfterValidator(texts.tag_term)]
ClassName = Annotated[str, AfterValidator(texts.class_name)]
NoteSize = Annotated[int, *words(at_least(units.size, "1 B", "10 MB"), "100 KB")]


def _ratio(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError('must be a ratio of width to height, like "16:9" or 1.5')
    return units.ratio(str(value))


def _note_names(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("*",) if value else ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("must be true, false, or a list of names in quotes")
    return tuple(texts.plain_text(each) for each in value)


def _text_posts(value: object) -> str:
    if isinstance(value, bool):
        return SAME_FOLDER if value else ""
    if not isinstance(value, str):
        raise ValueError("must be true, false, or the name of an import folder in quotes")
    return texts.short_name(value)


Ratio = Annotated[float, PlainValidator(_ratio), WithJsonSchema({"type": ["string", "number"]})]
TextPosts = Annotated[
    str,
    PlainValidator(_text_posts),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string"}]}),
]
"""Name of an import folder, SAME_FOLDER, or "" = none."""
NoteNames = Annotated[
    tuple[str, ...],
    PlainValidator(_note_names),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""Names of notes that are written, `*` = all."""
