"""The tables of a site file in the chain dialect (`dialect = "hydrus"`), which carries hydrus's downloaders.

Here beside the native tables; the words are the same where the thing is the same. Imported by validate and export.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, Tag, model_validator
from pydantic.functional_validators import field_validator
from pydantic.types import Discriminator

from syncer.sites.schema.base import OneOf, StrictBool, StrictInt, Table, refuse

CHARACTERS = ("letters", "letters and digits", "digits", "hex", "base64", "base64 percent", "base64 url")


def _text_or_table(value: object) -> str:
    return "text" if isinstance(value, str) else "number" if isinstance(value, int) else "table"


class Match(OneOf):
    """A test on a text."""

    choices: ClassVar[tuple[str, ...]] = ("fixed", "regex", "chars", "any")

    fixed: str | None = Field(None, description="The text itself.")
    regex: str | None = Field(None, description="A regular expression that must be found.")
    chars: str | None = Field(None, description="All characters are of this kind: " + ", ".join(CHARACTERS) + ".")
    any: StrictBool | None = Field(None, description="Every text.")
    min: StrictInt | None = Field(None, description="Least number of characters.")
    max: StrictInt | None = Field(None, description="Largest number of characters.")
    example: str | None = None

    @field_validator("chars")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in CHARACTERS:
            raise refuse(f'chars = "{value}" is not one of {", ".join(CHARACTERS)}')
        return value


class PathPart(Match):
    """A path part of a URL class."""

    default: str | None = Field(None, description="What it is when the URL leaves it out.")


TextMatch = Annotated[Annotated[str, Tag("text")] | Annotated[Match, Tag("table")], Discriminator(_text_or_table)]
Part = Annotated[Annotated[str, Tag("text")] | Annotated[PathPart, Tag("table")], Discriminator(_text_or_table)]


class ChainStep(OneOf):
    """One string step, with hydrus's semantics."""

    choices: ClassVar[tuple[str, ...]] = (
        "sub", "prepend", "append", "cut_start", "cut_end", "take_start", "take_end", "add", "reverse", "encode", "decode",
        "hash", "date", "loose_date", "date_encode", "random", "match", "split", "slice", "sort", "tag_filter", "join",
    )  # fmt: skip

    sub: list[str] | None = Field(None, min_length=2, max_length=2, description='["pattern", "replacement"].')
    prepend: str | None = None
    append: str | None = None
    cut_start: StrictInt | None = None
    cut_end: StrictInt | None = None
    take_start: StrictInt | None = None
    take_end: StrictInt | None = None
    add: StrictInt | None = None
    reverse: StrictBool | None = None
    encode: str | None = None
    decode: str | None = None
    hash: str | None = None
    date: str | None = Field(None, description="A strptime format.")
    loose_date: StrictBool | None = Field(None, description="Any date that dateparser reads.")
    date_encode: str | None = None
    zone: Literal["utc", "local", "offset"] | None = None
    offset: StrictInt | None = Field(None, description="Seconds that are subtracted.")
    random: list[Any] | None = None
    match: TextMatch | None = None
    split: str | None = None
    max: StrictInt | None = None
    slice: list[Any] | None = Field(None, min_length=2, max_length=2, description='[from, to]; "" leaves a bound open.')
    sort: Literal["natural", "text", "reverse"] | None = None
    descending: StrictBool = False
    by: str | None = Field(None, description="With sort: by what this regular expression finds.")
    tag_filter: dict[str, Literal["allow", "deny"]] | None = None
    join: str | None = None
    of: StrictInt | None = Field(None, description="With join: so many texts each; absent: all.")


class HtmlRule(Table):
    """One rule of an HTML chain: down (default), up, or to siblings."""

    tag: str | None = None
    attrs: dict[str, str] = Field(default_factory=dict)
    nth: StrictInt | None = None
    text: TextMatch | None = None
    up: StrictInt | None = None
    next: StrictBool = False
    previous: StrictBool = False


class JsonRule(OneOf):
    """One rule of a JSON chain, where it is not a key or an index."""

    choices: ClassVar[tuple[str, ...]] = ("key", "test")

    key: TextMatch | None = None
    test: TextMatch | None = None


HtmlChainRule = Annotated[
    Annotated[str, Tag("text")] | Annotated[HtmlRule, Tag("table")], Discriminator(_text_or_table)
]
JsonChainRule = Annotated[
    Annotated[str, Tag("text")] | Annotated[StrictInt, Tag("number")] | Annotated[JsonRule, Tag("table")],
    Discriminator(_text_or_table),
]


class Formula(OneOf):
    """Where texts stand in a page, as a chain of rules."""

    choices: ClassVar[tuple[str, ...]] = ("html", "json", "zip", "nested", "context", "static")

    html: list[HtmlChainRule] | None = None
    json_: list[JsonChainRule] | None = Field(None, alias="json")
    zip: list[Formula] | None = None
    nested: list[Formula] | None = Field(None, min_length=2, max_length=2)
    context: str | None = None
    static: str | None = None
    times: StrictInt = 1
    template: str | None = None
    attr: str | None = None
    take: Literal["text", "html", "json", "keys"] = "text"
    steps: list[ChainStep] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sense(self) -> Self:
        if self.zip is not None and self.template is None:
            raise refuse('"zip" needs "template"')
        return self


class Content(Formula):
    """A content parser: a formula and what its texts mean."""

    name: str = ""
    what: Literal[
        "desired", "source", "next", "sub-gallery", "tag", "hash", "time", "veto", "note", "title", "header", "variable"
    ]
    priority: StrictInt = 50
    namespace: str | None = Field(None, description="tag: its namespace; absent: as the text says.")
    hash: str | None = None
    encoding: Literal["hex", "base64"] = "hex"
    when: Literal["found", "missing"] = "found"
    match: TextMatch | None = None
    note: str = ""
    header: str = ""
    variable: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.what == "hash" and not self.hash:
            raise refuse('what = "hash" needs "hash", its kind')
        return self


class ImportedParser(Table):
    """A page parser or, with `split`, a subsidiary one."""

    name: str
    id: str | None = None
    examples: list[str] = Field(default_factory=list)
    before: list[ChainStep] = Field(default_factory=list)
    get: list[Content] = Field(default_factory=list)
    posts: list[SubParser] = Field(default_factory=list)


class SubParser(ImportedParser):
    """A subsidiary page parser."""

    split: Formula
    sort_by_time: StrictBool = False


class Param(Table):
    """A declared parameter of a URL class."""

    name: str
    match: TextMatch
    default: str | None = None
    ephemeral: StrictBool = False


class Index(OneOf):
    """The page index of a gallery class."""

    choices: ClassVar[tuple[str, ...]] = ("param", "path")

    param: str | None = None
    path: StrictInt | None = None
    step: StrictInt = 1


class ImportedClass(Table):
    """A URL class."""

    name: str
    id: str | None = None
    kind: Literal["file", "post", "gallery", "watchable"]
    scheme: str = "https"
    domains: list[str] = Field(default_factory=list)
    domain_patterns: list[str] = Field(default_factory=list)
    match_subdomains: StrictBool = False
    keep_subdomains: StrictBool = False
    path: list[Part] = Field(default_factory=list)
    params: list[Param] = Field(default_factory=list)
    single: TextMatch | None = Field(None, description="Parameters without a name: each must match.")
    sort_params: StrictBool = True
    many_files: StrictBool = False
    associate: StrictBool = False
    keep_fragment: StrictBool = False
    no_more_path: StrictBool = False
    no_more_params: StrictBool = False
    keep_extra_params: StrictBool = False
    fetch: list[ChainStep] = Field(default_factory=list)
    next: Index | None = None
    referrer: Literal["if given", "never", "converted", "converted if none"] = "if given"
    referrer_steps: list[ChainStep] = Field(default_factory=list)
    headers: dict[str, str] = Field(default_factory=dict)
    example: str = ""


class ImportedSearch(Table):
    """A gallery URL generator."""

    name: str
    id: str | None = None
    template: str
    phrase: str
    join: str = "+"
    hint: str = ""
    sample: str = ""


class SearchRef(Table):
    """A search named from a group."""

    name: str
    id: str | None = None


class SearchGroup(Table):
    """A nested gallery URL generator: one query, several searches."""

    name: str
    id: str | None = None
    hint: str = ""
    searches: list[
        Annotated[Annotated[str, Tag("text")] | Annotated[SearchRef, Tag("table")], Discriminator(_text_or_table)]
    ] = Field(default_factory=list)
