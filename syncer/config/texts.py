"""The kinds of text that a config holds - names, URLs, roots, blacklist rules - read and refused with the cure.

Pure and without pydantic, so that commands can refuse a bad name in the same words. Everybody above may import it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from syncer.config import file_types, letters
from syncer.config.handover import PROGRAMS
from syncer.config.option_values import TYPE_GROUPS

RESERVED_SITES: Final = frozenset(
    {"tags", "rule", "subscription", "http", "https", "done", "failed", "again", "follow"}
)
"""Words that have a meaning of their own at the beginning of a dropped line, or as a folder of the inbox: no site can be called so."""

_EXACT_TYPE: Final = re.compile(r"[a-z]+/(\*|[a-z0-9][a-z0-9.+_-]*)|\.[a-z0-9]{1,8}", re.ASCII)
RESERVED_SUBSCRIPTIONS: Final = frozenset({"all", "files", "follows", "site"})
"""What `pause` and `resume` take beside the name of a subscription."""

WORK_FOLDER: Final = ".syncer-work-"
"""How the name of a folder begins in which what is fetched lies until it is delivered; the import folder's name follows."""

_LOGIN: Final = re.compile(r"\b([a-z][a-z0-9+.-]{0,19}://)[^\s/?#<>\"']{1,2000}@", re.IGNORECASE)
"""Browsers take everything before the last @ of the host's part for name and password."""
_ESCAPED: Final = re.compile(r"\\.")
_NAME_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def plain_text(text: str, most: int = 1000) -> str:
    """Return the text without blanks around it; raises ValueError if it is empty, too long or has control characters."""
    stripped = text.strip()
    if not stripped:
        raise ValueError("is empty")
    if len(stripped) > most:
        raise ValueError(f"is longer than {most} characters")
    # The first test is quick and lets nearly every text pass; there may be 100,000 of them.
    if not stripped.isprintable() and any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in stripped
    ):
        raise ValueError("holds a control character or a line break")
    return stripped


def file_type(text: str) -> str:
    """Return a kind of files as `types` names it: a group, "image/png", "image/*" or ".gif"; raises ValueError with the cure."""
    word = plain_text(text, 100).lower()
    if word.startswith("text/") or word.removeprefix(".") == "txt":
        raise ValueError(
            f'"{text}": files of text are not taken, since sites send such pages in place of media; posts of text alone come by text_posts'
        )
    if word in TYPE_GROUPS:
        return word
    if _EXACT_TYPE.fullmatch(word):
        if (name := file_types.named(word)) is None:
            known = file_types.MIMES.union(f".{each}" for each in file_types.EXTENSIONS)
            near = difflib.get_close_matches(word, known, 1)
            hint = f'did you mean "{near[0]}"?' if near else "write a kind, such as image, or leave it out"
            raise ValueError(f'"{text}" is no type that files are known by here; {hint}')
        return name
    near = difflib.get_close_matches(word, TYPE_GROUPS, 1)
    hint = f'did you mean "{near[0]}"?' if near else 'exact types are written "image/png" or ".gif"'
    raise ValueError(f'"{text}" is not one of {", ".join(TYPE_GROUPS)}; {hint}')


def tag_name(text: str) -> str:
    """Return a tag as it is written to sidecars, "favourite" or "creator:joan"; raises ValueError with the cure."""
    tag = plain_text(text)
    _, colon, rest = _seen(tag).partition(":")
    if colon and not rest.strip():
        raise ValueError(f'"{text}" names a namespace and no tag; write the tag behind it, like "creator:joan"')
    return tag


def namespace(text: str) -> str:
    """Return the namespace of tags, with or without the colon that is written behind it; raises ValueError with the cure."""
    name = plain_text(text).removesuffix(":").strip()
    if not name or ":" in name:
        raise ValueError(f'"{text}" is no namespace; write what stands before the colon of a tag, like "creator"')
    return name


def _refuse_empty(term: str) -> None:
    """Raise ValueError for a namespace without a tag behind it."""
    namespace, colon, rest = _ESCAPED.sub("x", term).partition(":")
    if colon and not rest.strip():
        raise ValueError(f'"{term}" names a namespace and no tag; write "{namespace}:*" for any tag of it')


def tag_term(text: str) -> str:
    """Return a tag with wildcards ("creator:*"); raises ValueError with the cure."""
    term = plain_text(text)
    seen = _seen(term).strip()
    if seen.startswith("-"):
        raise ValueError(f'"{text}": what shall not be written stands under drop_tags, without "-"')
    _refuse_empty(seen)
    if "," in term.replace("\\,", ""):
        raise ValueError(f'"{text}" holds a comma; write each tag in quotes of its own, or "\\\\," for one in a tag')
    return term


def class_name(text: str) -> str:
    """Return the name of a URL class, "site/class"; raises ValueError with the cure."""
    site, slash, name = text.partition("/")
    if not slash or not name.strip():
        raise ValueError(f'"{text}" names no URL class; write site and class, as `syncer explain URL` shows them')
    return f"{site_name(site)}/{plain_text(name)}"


def short_name(text: str) -> str:
    """Return a name that can stand in folders and commands; raises ValueError with the cure."""
    if not text or len(text) > 64 or not _NAME_LETTERS.issuperset(text) or text[0] == "-":
        raise ValueError(f'"{text}" cannot be a name; use letters, digits, "-" and "_", 64 at most')
    return text


def is_reserved(site: str) -> bool:
    """Tell whether a word is none that the file of a site can be called: it means something in the inbox, or another program."""
    return site.lower() in RESERVED_SITES or site.lower() in PROGRAMS


def site_name(text: str) -> str:
    """Return the name of a site (the stem of its file); raises ValueError with the cure."""
    if text.lower() in RESERVED_SITES:
        raise ValueError(f'"{text}" has a meaning of its own in the inbox and cannot be a site')
    site, _, search = text.partition("/")
    if site and search:
        raise ValueError(
            f'"{text}" names a search and cannot be a site; write "{site}", and as the query the URL that'
            f' `syncer sites search {site}/{search} "WORDS"` tells'
        )
    if len(text) > 64 or not _NAME_LETTERS.union(".").issuperset(text) or text[:1] in ("", "-", "."):
        raise ValueError(f'"{text}" cannot be a site; write the name of its file in the sites folder without ".toml"')
    return text


def without_login(text: str) -> str:
    """Return a text whose addresses have no names and passwords in them: those would end up in logs and sidecars."""
    return _LOGIN.sub(r"\1", text) if "@" in text else text


def web_address(text: str) -> str:
    """Return an http(s) URL with a host and without a password; raises ValueError with the cure."""
    text = plain_text(text, 4000)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f'"{text}" is no URL that can be read') from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise ValueError(f'"{text}" is no web address; write it whole, with http:// or https://')
    if parts.username is not None or parts.password is not None:
        raise ValueError("a name or password in a URL would end up in logs and sidecars; leave it out")
    return text


def site_root(text: str) -> str:
    """Return the root of a site without a slash at its end; raises ValueError with the cure."""
    address = web_address(text)
    parts = urlsplit(address)
    if parts.query or parts.fragment or address.endswith(("?", "#")):
        raise ValueError(f'"{text}" has more than host and path; write it like "https://booru.home.example"')
    return address.rstrip("/")


def header_text(text: str) -> str:
    """Return a text that can be sent as a header; raises ValueError with the cure."""
    stripped = plain_text(text, 300)
    if not stripped.isascii():
        raise ValueError("can only hold plain letters (ASCII), since it is sent as a header")
    return stripped


def file_hash(text: str) -> str:
    """Return the hash of a file as `md5:HEX` or `sha256:HEX`; raises ValueError with the cure."""
    found = text.strip().lower()
    if not re.fullmatch("md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", found):
        raise ValueError(f'"{text}" is no hash of a file; write "md5:" and its 32 digits, or "sha256:" and its 64')
    return found


def thread_rule(text: str) -> str:
    """Return a rule for a thread's words ("lake, -night", "title:lake"); raises ValueError with the cure."""
    rule = plain_text(text)
    conditions = [condition.strip() for condition in rule_terms(_seen(rule))]
    if any(condition.strip("- ") == "" for condition in conditions):
        raise ValueError(f'"{text}" has an empty part; write a word between two commas')
    if all(condition.startswith("-") for condition in conditions):
        raise ValueError(f'"{text}" only says what is not there; for every other thread write "*, {rule}"')
    for condition in conditions:
        name, colon, _ = _ESCAPED.sub("", condition).lstrip("- ").partition(":")
        if colon and name.strip().lower() not in THREAD_PARTS:
            raise ValueError(
                f'"{text}" asks for "{name}:", which is no "title:" or "text:"; as a mere colon write ":{condition}"'
            )
    return rule


THREAD_PARTS: Final = ("", "*", "title", "text")
"""Of a thread, where a word may be asked for; the first two = anywhere."""


def _seen(text: str) -> str:
    """Return a text without the marks that no eye sees, which come along with what is pasted."""
    return text if text.isascii() else "".join(filter(letters.is_visible, text))


def rule_terms(rule: str) -> list[str]:
    """Return the terms of a rule as they are written: parted by commas, and before a blank with a minus (`hair -red hair`)."""
    parts, start, place = [], 0, 0
    while place < len(rule):
        if rule[place] == "\\":
            place += 1
        elif rule[place] == ",":
            parts.append(rule[start:place])
            start = place + 1
        elif (
            rule[place] == "-"
            and rule[start:place].strip()
            and rule[place - 1].isspace()
            and rule[place + 1 : place + 2].strip(" \t,")
        ):
            parts.append(rule[start:place])
            start = place
        place += 1
    return [*parts, rule[start:]]


def tag_rule(text: str) -> str:
    """Return a blacklist rule ("hair, -red hair"): comma = and, minus = not; raises ValueError with the cure."""
    rule = plain_text(text)
    conditions = [condition.strip() for condition in rule_terms(_seen(rule))]
    if any(condition in ("", "-") for condition in conditions):
        raise ValueError(f'"{text}" has an empty part; write one tag between two commas')
    for condition in conditions:
        _refuse_empty(condition)
    if all(condition.startswith("-") for condition in conditions):
        raise ValueError(
            f'"{text}" only says what is not there and would meet nearly every post; add a tag without "-"'
        )
    return rule
