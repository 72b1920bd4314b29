"""An imported site file as a whole: logins, domains, simple rules, and the tables of `imported` put together.

Here, apart from classes and parsers, to keep both readable. Imported by validate and export alone.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from syncer.sites.schema.base import StrictBool, Table
from syncer.sites.schema.imported import (
    Content,
    Formula,
    ImportedClass,
    ImportedParser,
    ImportedSearch,
    SearchGroup,
    TextMatch,
)


class CookieTest(Table):
    """A cookie that must be there."""

    name: TextMatch
    value: TextMatch


class Credential(Table):
    """What a login asks for."""

    name: str
    kind: Literal["text", "pass"] = "text"
    match: TextMatch | None = None


class LoginExample(Table):
    """A domain on which a login script is known to work."""

    domain: str
    access: str = ""
    text: str = ""


class ImportedLoginStep(Table):
    """One request of a login script."""

    name: str = ""
    method: Literal["GET", "POST"] = "GET"
    scheme: str = "https"
    subdomain: str | None = None
    path: str = "/"
    form: dict[str, str] = Field(default_factory=dict)
    static: dict[str, str] = Field(default_factory=dict)
    temporary: dict[str, str] = Field(default_factory=dict)
    cookies: list[CookieTest] = Field(default_factory=list)
    get: list[Content] = Field(default_factory=list)


class ImportedLogin(Table):
    """A login script, carried as data."""

    name: str
    id: str | None = None
    cookies: list[CookieTest] = Field(default_factory=list)
    credentials: list[Credential] = Field(default_factory=list)
    examples: list[LoginExample] = Field(default_factory=list)
    steps: list[ImportedLoginStep] = Field(default_factory=list)


class DomainHeader(Table):
    """A header for all requests to a domain."""

    name: str
    value: str
    reason: str = ""


class Domain(Table):
    """What a domain wants of every request."""

    host: str
    headers: list[DomainHeader] = Field(default_factory=list)
    bandwidth: list[str] = Field(default_factory=list)


class Simple(Formula):
    """A simple-downloader formula."""

    name: str


class ImportedSite(Table):
    """The head of an imported file."""

    name: str
    dialect: Literal["hydrus"]
    about: str = ""
    enabled: StrictBool = True
    source: list[str] = Field(default_factory=list)


class ImportedFile(Table):
    """A whole site file in the chain dialect."""

    site: ImportedSite
    search: list[ImportedSearch] = Field(default_factory=list)
    search_group: list[SearchGroup] = Field(default_factory=list)
    url: list[ImportedClass] = Field(default_factory=list)
    parser: list[ImportedParser] = Field(default_factory=list)
    login: list[ImportedLogin] = Field(default_factory=list)
    domain: list[Domain] = Field(default_factory=list)
    simple: list[Simple] = Field(default_factory=list)
