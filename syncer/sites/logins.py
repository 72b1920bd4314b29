"""Logins of site files, compiled: the steps as values, what reads their answers, and how being logged out is seen.

Here, between the schema's models and the service, which makes the requests: a login cannot fetch. Pure; library holds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from syncer.config import units
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.model import CookieTest, Login, LoginStep, TextTest
from syncer.sites import addresses, cell
from syncer.sites.chains.formulae import Source, compile_formula
from syncer.sites.chains.matching import compile_test
from syncer.sites.extract import Extract
from syncer.sites.formats import FORMATS, Finder
from syncer.sites.problems import KeyPath, SiteFileError
from syncer.sites.rules import Compiler, format_of

MOST_STEPS: Final = 20
MOST_FIELDS: Final = 200
LONGEST: Final = 10_000
"""Characters of one value that is read from a page."""
_NAME: Final = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


@frozen
class Answered:
    """What a step's answer held."""

    values: Mapping[str, str]
    fields: tuple[tuple[str, str], ...] = ()
    """Hidden fields of a form, that go along with the next step."""


Reader = Callable[[str, str], Answered]
"""Reads an answer: its text, and the URL that it came from. Raises ItemError where it is no page of that kind."""


@frozen
class LoggedOut:
    """The signs that a page was made for nobody."""

    urls: tuple[re.Pattern[str], ...] = ()
    texts: tuple[str, ...] = ()
    extract: Extract | None = None
    cookie: str = ""

    def sent_to(self, url: str) -> bool:
        """Tell whether a redirect leads where one is sent who is not logged in."""
        parts = urlsplit(url)
        bare = f"{parts.scheme}://{parts.netloc}{parts.path}"
        return any(pattern.fullmatch(each) for pattern in self.urls for each in (bare, url))

    def shows(self, text: str, url: str) -> bool:
        """Tell whether a page that came is one for those who are not logged in."""
        if any(each in text for each in self.texts):
            return True
        if self.extract is None:
            return False
        extract = self.extract
        try:
            return cell.read(lambda: _found(extract, text, url), len(text), cell.Codec(bool, bool))
        except ItemError:
            return False  # not the kind of page that the sign stands in


def _found(extract: Extract, text: str, url: str) -> bool:
    page = extract.place.format.parse(text)
    if extract.as_is and extract.place.format.name in {"html", "xml"}:
        # An element can be the sign without a text in it: the field for the password.
        return bool(extract.place.nodes(page))
    return bool(extract.texts(page, {"url": url}))


@frozen
class SiteLogin:
    """One login of a site file."""

    login: Login
    readers: tuple[Reader, ...]
    logged_out: LoggedOut
    domains: tuple[str, ...] = ()
    """Where an imported script is known to work."""


def names(template: str) -> list[str]:
    """Name what stands in braces in a text."""
    return [match[1] for match in _NAME.finditer(template) if match[1]]


def native(stem: str, settings: Any, root: str, rules: Compiler) -> SiteLogin:
    """Compile the [login] of a native file; raises SiteFileError at the key that is wrong."""
    if len(settings.steps) > MOST_STEPS:
        raise SiteFileError(("login", "steps"), f"more than {MOST_STEPS} steps")
    steps = tuple(_step(index, step, root) for index, step in enumerate(settings.steps))
    readers = tuple(_reader(index, step, rules) for index, step in enumerate(settings.steps))
    login = Login(
        name=stem,
        steps=steps,
        credentials=tuple((name, ANYTHING) for name in _credentials(settings, steps)),
        cookies=tuple(_named(name) for name in settings.cookies),
        valid=_valid(settings.valid),
    )
    return SiteLogin(login, readers, _logged_out(settings.logged_out, steps, root, rules))


def _anything(text: str) -> bool:
    del text
    return True


ANYTHING: Final = TextTest("anything", _anything)


def _named(name: str) -> CookieTest:
    return CookieTest(TextTest(f'"{name}"', lambda given: given == name), bool)


def _step(index: int, settings: Any, root: str) -> LoginStep:
    path: KeyPath = ("login", "steps", index, "url")
    if settings.url.startswith("/") and not root:
        raise SiteFileError(path, 'begins at the root of the site, but [site] has no "root"')
    url = addresses.absolute(settings.url, root)
    if not url.startswith(("http://", "https://")):
        raise SiteFileError(path, f'"{settings.url}" is neither a path like /login nor an absolute URL')
    return LoginStep(
        name=settings.name,
        method=settings.method,
        url=url,
        form=tuple(settings.form.items()),
        finds=tuple(settings.get),
        cookies=tuple(_named(name) for name in settings.cookies),
    )


def _credentials(settings: Any, steps: Sequence[LoginStep]) -> list[str]:
    """Name what a person must give: what the file says, else whatever no step finds before it is used."""
    found: set[str] = set()
    wanted: dict[str, KeyPath] = {}
    for index, step in enumerate(steps):
        for text in (step.url, *(text for _, text in step.form)):
            wanted |= {name: ("login", "steps", index) for name in names(text) if name not in found}
        found.update(step.finds)
    if settings.credentials is None:
        return list(wanted)
    for name, path in wanted.items():
        if name not in settings.credentials:
            raise SiteFileError(path, f"{{{name}}} is found by no step before this one, and is none of the credentials")
    return list(settings.credentials)


def _valid(text: str) -> float:
    if not text:
        return 0.0
    try:
        return units.duration(text)
    except ValueError as error:
        raise SiteFileError(("login", "valid"), str(error)) from error


def _reader(index: int, settings: Any, rules: Compiler) -> Reader:
    path: KeyPath = ("login", "steps", index)
    extracts = {
        name: rules.extract(rule, FORMATS[format_of(rule) or "html"], (*path, "get", name))
        for name, rule in settings.get.items()
    }
    html = FORMATS["html"]
    form = rules.finder(html, html, settings.hidden, (*path, "hidden")) if settings.hidden is not None else None

    def read(text: str, url: str) -> Answered:
        values: dict[str, str] = {}
        for name, extract in extracts.items():
            texts = extract.texts(extract.place.format.parse(text), {"url": url})
            if texts:
                values[name] = texts[0][:LONGEST]
        return Answered(values, _hidden(form, text) if form is not None else ())

    return _guarded(read)


def _guarded(read: Reader) -> Reader:
    """Read answers that are built to stall apart, like all pages."""
    return lambda text, url: cell.read(lambda: read(text, url), len(text), _ANSWERED)


_ANSWERED: Final[cell.Codec[Answered]] = cell.Codec(
    lambda answered: [dict(answered.values), answered.fields],
    lambda data: Answered(data[0], tuple((name, value) for name, value in data[1])),
)


_NAME_OF: Final = FORMATS["html"].reader("name", None)
_VALUE_OF: Final = FORMATS["html"].reader("value", None)


def _hidden(form: Finder, text: str) -> tuple[tuple[str, str], ...]:
    fields = []
    inputs = FORMATS["html"].compile("input[type=hidden]")
    for node in form(FORMATS["html"].parse(text))[:1]:
        for each in inputs(node)[:MOST_FIELDS]:
            name = _NAME_OF(each)
            if name:
                fields.append((name, (_VALUE_OF(each) or "")[:LONGEST]))
    return tuple(fields)


def _logged_out(settings: Any, steps: Sequence[LoginStep], root: str, rules: Compiler) -> LoggedOut:
    own = tuple(re.compile(re.escape(step.url)) for step in steps if not names(step.url))
    if settings is None:
        return LoggedOut(own)
    has_place = format_of(settings) is not None
    extract = rules.extract(settings, FORMATS[format_of(settings) or "html"], ("login", "logged_out"))
    return LoggedOut(
        urls=(*own, *(_pattern(text, root) for text in settings.url)),
        texts=tuple(text for text in settings.text if text),
        extract=extract if has_place else None,
        cookie=settings.cookie or "",
    )


def _pattern(text: str, root: str) -> re.Pattern[str]:
    whole = addresses.absolute(text, root)
    return re.compile(".*".join(re.escape(piece) for piece in whole.split("*")), re.DOTALL)


def imported(stem: str, model: Any) -> tuple[SiteLogin, ...]:
    """Compile the login scripts of an imported file, for the first domain that each is known to work on."""
    scripts = [script for script in model.login if script.examples and len(script.steps) <= MOST_STEPS]
    return tuple(script_for(f"{stem}/{script.name}", script, script.examples[0].domain) for script in scripts)


def script_for(name: str, settings: Any, domain: str) -> SiteLogin:
    """Compile an imported login script for a domain."""
    steps = tuple(_imported_step(step, domain) for step in settings.steps)
    login = Login(
        name=name,
        steps=steps,
        credentials=tuple((each.name, _test(each.match)) for each in settings.credentials),
        cookies=tuple(map(_cookie, settings.cookies)),
    )
    own = tuple(re.compile(re.escape(step.url)) for step in steps)
    readers = tuple(_variables(step) for step in settings.steps)
    return SiteLogin(login, readers, LoggedOut(own), tuple(example.domain for example in settings.examples))


def _imported_step(settings: Any, domain: str) -> LoginStep:
    host = f"{settings.subdomain}.{domain}" if settings.subdomain else domain
    path = settings.path if settings.path.startswith("/") else f"/{settings.path}"
    form = [(field, f"{{{name}}}") for field, name in (*settings.form.items(), *settings.temporary.items())]
    form += [(field, _literal(text)) for field, text in settings.static.items()]
    return LoginStep(
        name=settings.name,
        method=settings.method,
        url=_literal(f"{settings.scheme}://{host}{path}"),
        form=tuple(form),
        finds=tuple(each.variable for each in settings.get if each.what == "variable" and each.variable),
        cookies=tuple(map(_cookie, settings.cookies)),
    )


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _test(settings: Any) -> TextTest:
    return TextTest(settings if isinstance(settings, str) else "of the right form", compile_test(settings).passes)


def _cookie(settings: Any) -> CookieTest:
    fixed = settings.name if isinstance(settings.name, str) else settings.name.fixed
    words = f'"{fixed}"' if fixed is not None else "of a certain name"
    return CookieTest(TextTest(words, compile_test(settings.name).passes), compile_test(settings.value).passes)


def _variables(settings: Any) -> Reader:
    formulae = [(each.variable, compile_formula(each)) for each in settings.get if each.what == "variable"]

    def read(text: str, url: str) -> Answered:
        source, values = Source(text), dict[str, str]()
        for name, formula in formulae:
            texts = formula.parse(source, {"url": url})
            if texts:
                values[name] = texts[0][:LONGEST]
        return Answered(values)

    return _guarded(read)
