"""The tables `[handover.mapping.NAME]`. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import PlainValidator, WithJsonSchema

from syncer.config import texts
from syncer.config.field_map import field_name, url_template
from syncer.config.schema.scalars import SiteName, Table, key, words

_MOST_FIELDS: Final = 50
_FIELD_SCHEMA: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_TABLE_SCHEMA: Final = {"type": "object", "additionalProperties": _FIELD_SCHEMA}


def _fields(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given or not all(isinstance(each, str) for each in given):
        raise ValueError('must be the name of a field in quotes, or a list of such: "user.account"')
    if len(given) > _MOST_FIELDS:
        raise ValueError(f"names more than {_MOST_FIELDS} fields")
    return tuple(field_name(each) for each in given)


def _by(name: Callable[[str], str], what: str) -> Callable[[object], Mapping[str, tuple[str, ...]]]:
    """Return the reader of a table from names to fields."""

    def read(value: object) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(value, dict) or len(value) > _MOST_FIELDS:
            raise ValueError(f"must be a table from {what} to fields")
        return MappingProxyType({name(each): _fields(fields) for each, fields in value.items()})

    return read


def _namespace(text: str) -> str:
    return texts.plain_text(text, 100).rstrip(":") if text else ""


Fields = Annotated[tuple[str, ...], PlainValidator(_fields), WithJsonSchema(_FIELD_SCHEMA)]
Tags = Annotated[
    Mapping[str, tuple[str, ...]], PlainValidator(_by(_namespace, "namespaces")), WithJsonSchema(_TABLE_SCHEMA)
]
Notes = Annotated[
    Mapping[str, tuple[str, ...]],
    PlainValidator(_by(texts.plain_text, "names of notes")),
    WithJsonSchema(_TABLE_SCHEMA),
]
UrlTemplate = Annotated[str, *words(url_template, "https://example.org/posts/{id}")]


class MappingTable(Table):
    """Where the metadata of one site has what, if it differs from what docs/how-to/mapping.md says of all.

    The name is gallery-dl's word for the site ("category"), or yt-dlp's ("extractor_key"). A field inside another one is written with a
    dot. What is not named here stays as it is for all sites.
    """

    site: SiteName | None = key(
        "What the site is called here. Without it: that name.", default=None, example="safebooru"
    )
    post: Fields | None = key(
        "The fields that tell one post from all others of the site.", default=None, example=["board", "no"]
    )
    post_url: UrlTemplate | None = key(
        "The post's page, made of its fields.", default=None, example="https://example.org/posts/{id}"
    )
    title: Fields | None = key(
        "Its title: of several fields the first that is there.", default=None, example="headline"
    )
    time: Fields | None = key(
        "When it was posted: of several fields the first that is a time.", default=None, example="added"
    )
    tags: Tags = key(
        'By namespace the fields that hold its tags, "" for tags without one, in place of those that else give that namespace.',
        default={},
        example={"creator": "user.account", "": ["tags", "words"]},
    )
    notes: Notes = key("Further notes, by their names.", default={}, example={"story": "story.text"})
    sources: Fields | None = key("The fields with links to where it comes from.", default=None, example="from")
    drop: Fields | None = key("Fields that are not read at all.", default=None, example=["rating"])
