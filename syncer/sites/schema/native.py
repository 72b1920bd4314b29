"""The tables of a native site file, each key with its description.

Here because this is what people type; the compiler reads these models, the editors their JSON schema. Imported by
validate and export alone, since pydantic costs start-up time.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from syncer.config import rules, texts
from syncer.sites.schema.base import OneOrMore, StrictBool, StrictInt, Table, refuse
from syncer.sites.schema.places import Extract, Get, Step


class Order(Extract):
    """By which text of each item the items of a page are put in order."""

    descending: StrictBool = Field(False, description="The largest first: the newest, by a time.")


class Level(Table):
    """A page or a part of it: the items in it and what is found in each."""

    each: OneOrMore | None = Field(
        None,
        description="The items: CSS, or JSONPath where it begins with $; none: the whole page. Several: one after another.",
    )
    sort: Order | None = Field(
        None,
        description="The text of an item by which the items are put in order (2 before 10), where the page has another one "
        "than newest first; those without stand last.",
    )
    get: list[Get] = Field(default_factory=list, description="What is found in each item.")
    inner: list[Level] = Field(
        default_factory=list, description="Items within an item; each gets the item's finds too."
    )


class Parser(Level):
    """How one kind of page is read."""

    read: Literal["html", "json", "xml", "feed", "text"] | None = Field(
        None, description="What the page is; left out: seen from `each` and the rules."
    )
    like: str | None = Field(None, description="Takes get, page and inner of that parser where it has none of its own.")
    page: list[Get] = Field(default_factory=list, description="What belongs to the page and not to one item.")
    before: list[Step] = Field(default_factory=list, description="Steps for the whole text before it is read.")


class UrlClass(Table):
    """One kind of URL."""

    name: str
    kind: Literal["file", "post", "gallery", "watchable"] | None = Field(
        None, description="What stands behind the URL."
    )
    match: str | None = Field(None, description="/post/{id:digits}?s={tab=all}: relative to root, or absolute.")
    where: dict[str, str] = Field(default_factory=dict, description="Regular expressions that whole fields must match.")
    fetch: str | None = Field(None, description="What is requested instead, made of the fields.")
    parser: str | None = Field(None, description="Which parser reads the fetched page.")
    next: dict[str, StrictInt] | None = Field(None, description="{ page = 1 }: the next page adds this to that field.")
    last: StrictInt | None = Field(None, description="The site shows no page beyond this value of the field.")
    post: str | None = Field(None, description="Identity of the post, made of the fields; default {id}.")
    extra: Literal["drop", "keep", "refuse"] = Field("drop", description="Parameters that `match` does not name.")
    ephemeral: list[str] = Field(
        default_factory=list, description="Fields that are sent but are no part of the identity."
    )
    referrer: str | None = Field(None, description='"none", or a URL made of the fields; default: the page before.')
    headers: dict[str, str] = Field(default_factory=dict, description="Headers for this request.")
    source: StrictBool | None = Field(None, description="The URL is worth keeping with the file; default: posts yes.")
    remove: StrictBool = Field(
        False, description="In a file with an engine: the engine's class of this name is not used."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.remove and (self.kind is None or self.match is None):
            raise refuse('a URL class needs "kind" and "match"')
        return self


class Search(Table):
    """A template that turns a query into first gallery URLs."""

    name: str
    url: OneOrMore = Field(description="{query}: all words; {1}, {2}: one word; {rest}: the words after those.")
    join: str = Field("+", description="What stands between two words in the URL.")
    sample: str = Field("", description="A query with which the file is tested when it is loaded.")
    order: Literal["newest", "other"] = Field("newest", description="other: not newest first, cannot be followed.")
    tags: StrictBool = Field(True, description="false: it looks for words anywhere, so that posts need not carry them.")
    below: str = Field("", description='A word that asks for posts below a number: "id:<{}".')
    remove: StrictBool = Field(False, description="In a file with an engine: the engine's search is not used.")

    @field_validator("below")
    @classmethod
    def _number(cls, value: str) -> str:
        if value and (value.count("{}") != 1 or value.split() != [value]):
            raise refuse('is one word with {} where the number goes: "id:<{}"')
        return value


class Sample(Table):
    """What must come out for one URL; `sites test` checks it."""

    url: str
    class_: str | None = Field(None, alias="class", description="Name of the class that must match.")
    fetch: str | None = Field(None, description="The URL that must be requested.")
    next: str | None = Field(None, description="The next page that must follow.")
    page: str | None = Field(None, description="A fetched page as text, for `finds`.")
    finds: dict[str, Any] = Field(
        default_factory=dict,
        description="What must be found on `page`: posts (how many), ids, files, tags and more, see docs/site-files.md.",
    )


class SampleFile(Table):
    """samples/NAME.toml: more samples of a site file, with the pages that would make that too long."""

    sample: list[Sample] = Field(default_factory=list)


class LoginStep(Table):
    """One request of a login, or of a page that wants to be clicked through."""

    name: str = Field("", description='What it is, for people: "the form".')
    method: Literal["GET", "POST"] = "GET"
    url: str = Field(description="Relative to root, or absolute; {name} of a credential or of what `get` found.")
    form: dict[str, str] = Field(
        default_factory=dict, description="Form fields (GET: parameters); {user}, {password} and what `get` found."
    )
    get: dict[str, Extract] = Field(default_factory=dict, description="Values read from the answer, for later steps.")
    hidden: str | None = Field(
        None, description="CSS of a form in the answer: its hidden fields go along with the next step."
    )
    cookies: list[str] = Field(default_factory=list, description="Cookies that must be there after this step.")


class LoggedOut(Extract):
    """How one sees that a page was made for nobody; any of the signs is enough."""

    url: OneOrMore = Field(
        default=[],
        description="Where one is sent then, with * for anything: /login*. The login's own pages always count.",
    )
    text: OneOrMore = Field(default=[], description="Texts that stand in the source of such a page.")
    cookie: str | None = Field(None, description="A cookie that is there as long as one is logged in.")


class Login(Table):
    """How one logs in, and how being logged out is seen."""

    steps: list[LoginStep] = Field(default_factory=list, description="Left out: only cookies of a browser are taken.")
    credentials: list[str] | None = Field(
        None, description="What the person must give; left out: every {name} that no step finds."
    )
    cookies: list[str] = Field(default_factory=list, description="Cookies that prove the login.")
    valid: str = Field("", description='How long it holds: "60 minutes"; left out: until the site says otherwise.')
    logged_out: LoggedOut | None = Field(None, description="A page on which this is found was made for nobody.")


class Rule(Extract):
    """A simple-downloader rule: all files that a page of any site links to, for `get --rule`."""

    name: str


class Site(Table):
    """The site as a whole."""

    name: str
    root: str | None = Field(None, description="https://host[/folder]; all relative URLs start here.")
    domains: list[str] = Field(default_factory=list, description='Further hosts; "*.example.org": and its sub-domains.')
    engine: str | None = Field(None, description="Name of the engine file that says the rest.")
    about: str = Field("", description="One line for people.")
    facts: list[str] = Field(default_factory=list, description="Where the facts in this file come from, with date.")
    tried: str = Field("", description='"2026-11-25", or "not tried live".')
    wants: str = Field("", description="The key without which the site answers nobody, and where it goes, for people.")
    limits: str = Field("", description="What the site does not give, for people.")
    key_hosts: list[str] = Field(
        default_factory=list,
        description="The hosts to which a key of the person goes; left out: all hosts of the site.",
    )
    pace: str = Field("", description='At most so fast: "1 request / 2 s"; only ever stricter than the config.')
    bandwidth: list[str] = Field(default_factory=list, description='Further rules: "1 GB / 1 day".')
    headers: dict[str, str] = Field(default_factory=dict, description="Headers for all requests to the site.")
    placeholders: list[str] = Field(
        default_factory=list,
        description='Hashes of pictures that the site sends in place of missing ones: "md5:..." or "sha256:...".',
    )
    enabled: StrictBool = True
    dialect: Literal["native"] = "native"

    @field_validator("placeholders")
    @classmethod
    def _hashes(cls, value: list[str]) -> list[str]:
        try:
            return [texts.file_hash(each) for each in value]
        except ValueError as error:
            raise refuse(str(error)) from None

    @field_validator("pace", "bandwidth")
    @classmethod
    def _rules(cls, given: str | list[str]) -> str | list[str]:
        """Read the bandwidth rules once, so that a mistake is told with its line."""
        for text in [given] if isinstance(given, str) else given:
            try:
                rules.read(text) if text else None
            except ValueError as error:
                raise refuse(str(error)) from error
        return given


class NativeFile(Table):
    """A whole native site file."""

    site: Site
    vars: dict[str, str] = Field(
        default_factory=dict, description="Texts put in place of {$name} in this file and its engine."
    )
    steps: dict[str, list[Step]] = Field(default_factory=dict, description="Named lists of steps.")
    search: list[Search] = Field(default_factory=list)
    url: list[UrlClass] = Field(default_factory=list)
    parser: dict[str, Parser] = Field(default_factory=dict)
    rule: list[Rule] = Field(default_factory=list)
    login: Login | None = None
    sample: list[Sample] = Field(default_factory=list)
