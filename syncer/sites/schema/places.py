"""What a rule of a native site file can say: what is found, where it stands, and the steps that its text takes.

Here apart from the tables that hold rules. Imported by native and its logins alone, since pydantic costs start-up time.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from syncer.sites.schema.base import OneOf, OneOrMore, StrictBool, StrictInt, refuse

Scalar = StrictBool | StrictInt | float | str

WHATS = (
    "post", "url", "file", "follow", "thread", "source", "next", "last", "total", "gallery", "tag", "md5", "sha1", "sha256", "sha512",
    "time", "note", "title", "veto", "header", "name", "pinned", "archived", "dying",
)  # fmt: skip
"""What a rule can find; docs/site-files.md explains each."""

PARTS: dict[str, frozenset[str]] = {
    "file": frozenset({"url", "md5", "sha1", "sha256", "sha512", "name"}),
    "tag": frozenset({"namespace", "text"}),
    "note": frozenset({"name", "text"}),
}
"""Named parts of a find; with a `template` the parts of any find have free names."""

STEP_KEYS = (
    "use", "split", "replace", "sub", "format", "match", "drop", "strip", "cut_start", "cut_end", "take_start", "take_end",
    "slice", "sort", "add", "date", "decode", "encode", "lower", "map",
)  # fmt: skip


class Step(OneOf):
    """One step that changes, drops or divides texts; a text on which it fails is dropped."""

    choices: ClassVar[tuple[str, ...]] = STEP_KEYS

    use: str | None = Field(None, description="The steps of that name in [steps].")
    split: str | None = Field(None, description="Divide at this text; empty pieces are dropped.")
    replace: list[str] | None = Field(None, description='["old", "new"]: plain text, everywhere.')
    sub: list[str] | None = Field(None, description=r'["pattern", "replacement"]: regular expression, \1 for a group.')
    format: str | None = Field(None, description="Put the text in place of {}.")
    match: str | None = Field(None, description="Keep only texts in which this regular expression is found.")
    drop: str | None = Field(None, description="Drop texts in which this regular expression is found.")
    strip: str | None = Field(None, description="Take these characters off both ends.")
    cut_start: StrictInt | None = Field(None, ge=0, description="Cut so many characters off the start.")
    cut_end: StrictInt | None = Field(None, ge=0, description="Cut so many characters off the end.")
    take_start: StrictInt | None = Field(None, ge=0, description="Keep so many characters from the start.")
    take_end: StrictInt | None = Field(None, ge=0, description="Keep so many characters from the end.")
    slice: list[StrictInt] | None = Field(None, description="[from, to] of the list of texts; one number: to its end.")
    sort: Literal["natural", "text"] | None = Field(None, description="Sort the texts; natural: 2 before 10.")
    descending: StrictBool = Field(False, description="With sort: the other way round.")
    add: StrictInt | None = Field(None, description="Add this to a whole number.")
    date: OneOrMore | None = Field(
        None,
        description="iso, rfc822, unix, unix_ms, loose, or a strptime format like %d.%m.%Y: gives seconds since 1970. "
        "Several: the first that fits.",
    )
    zone: str | None = Field(
        None, description="With date: zone of a time that names none, like Europe/Berlin; default UTC."
    )
    decode: Literal["url", "html", "base64", "unicode"] | None = Field(None, description="Decode the text.")
    encode: Literal["url"] | None = Field(None, description="Percent-encode the text.")
    lower: StrictBool | None = Field(None, description="Lower case.")
    map: dict[str, str] | None = Field(None, description='{ old = "new" } for whole texts; others stay as they are.')
    max: StrictInt | None = Field(None, ge=1, description="With split: divide at most so many times.")

    @field_validator("date")
    @classmethod
    def _some(cls, value: list[str] | None) -> list[str] | None:
        if value == []:
            raise refuse('names no form of date: "iso", or one like "%d.%m.%Y"')
        return value

    @field_validator("replace", "sub")
    @classmethod
    def _pair(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and len(value) != 2:
            raise refuse('needs two texts: ["old", "new"]')
        return value

    @field_validator("slice")
    @classmethod
    def _bounds(cls, value: list[int] | None) -> list[int] | None:
        if value is not None and len(value) not in {1, 2}:
            raise refuse("needs one or two whole numbers: [from, to]")
        return value


PLACES = ("css", "json", "xml", "regex", "value", "field")


class Extract(OneOf):
    """Where a text stands: a place in the page, and the steps that make the text of it."""

    choices: ClassVar[tuple[str, ...]] = PLACES
    needed: ClassVar[bool] = False

    css: str | None = Field(None, description="HTML: a CSS selector; all matching elements, in order.")
    json_: str | None = Field(None, alias="json", description="JSON and feeds: a JSONPath like $.posts[*].id.")
    xml: str | None = Field(None, description="XML: an XPath like ./tag or @id.")
    regex: str | None = Field(None, description="A regular expression on the text; its first group, or all of it.")
    value: str | None = Field(None, description="This text itself.")
    field: str | None = Field(None, description="A field of the matched URL, `url` (the page fetched) or `query`.")
    attr: str | None = Field(None, description="HTML, XML: this attribute and not the element's text.")
    take: Literal["text", "html", "own"] | None = Field(
        None, description="text (default), html (the element as HTML), own (text that stands directly in it)."
    )
    nth: StrictInt | None = Field(None, description="Only the n-th match, from 0; -1 is the last.")
    up: StrictInt | None = Field(None, ge=1, description="HTML: go up so many elements from each match.")
    inside: Extract | None = Field(
        None, description="Read the text found here as a page of its own (HTML in JSON, ...)."
    )
    parts: dict[str, Extract] | None = Field(
        None, description="Named texts within each match, for template or by name."
    )
    template: str | None = Field(None, description="Make one text of the parts: https://{server}/{name}.")
    steps: list[Step] = Field(default_factory=list, description="Steps for the text, in order.")

    @model_validator(mode="after")
    def _sense(self) -> Self:
        if self.template is not None and not self.parts:
            raise refuse('"template" needs "parts"')
        if self.attr is not None and self.take is not None:
            raise refuse('"attr" and "take" cannot stand together, keep one of them')
        return self


class Get(Extract):
    """One thing to find on a page, or in one item of it."""

    what: str = Field(description="What is found: " + ", ".join(WHATS) + ".")
    namespace: str = Field("", description="tag: its namespace.")
    name: str = Field("", description="note, header: its name.")
    priority: StrictInt = Field(
        0, description="file, follow, thread, next, title: only the highest that is found counts."
    )
    equals: Scalar | list[Scalar] | None = Field(
        None, description="veto, pinned, archived, dying: when the text equals this."
    )
    missing: StrictBool = Field(False, description="veto: when nothing is found.")
    why: str = Field("", description="veto: the reason in words.")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.what not in WHATS:
            raise refuse(f'what = "{self.what}" is not known; it is one of {", ".join(WHATS)}')
        if self.what == "header" and not self.name:
            raise refuse('a header needs "name"')
        if self.parts and self.template is None:
            allowed = PARTS.get(self.what, frozenset())
            odd = [name for name in self.parts if name not in allowed]
            if odd:
                hint = (
                    f"parts of a {self.what}: {', '.join(sorted(allowed))}"
                    if allowed
                    else 'give a "template" with them'
                )
                raise refuse(f"part {odd[0]!r} has no meaning here; {hint}")
        return self
