"""Site files written from a downloader's objects: every kind of object, and texts that TOML makes hard."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import texts
from syncer.sites.hydrus import toml
from syncer.sites.hydrus.classes import entry
from syncer.sites.hydrus.formulae import contents, formula_table, parser_entry
from syncer.sites.hydrus.grouping import by_site, hosts_of, site_of, stem
from syncer.sites.hydrus.objects import (
    Content,
    Context,
    Credential,
    Definition,
    DomainPackage,
    Html,
    HtmlRule,
    Json,
    JsonRule,
    Login,
    LoginStep,
    Nested,
    NestedSearch,
    Parameter,
    Parser,
    Search,
    SimpleRule,
    Static,
    SubParser,
    UrlClass,
    Zipper,
)
from syncer.sites.hydrus.steps import CannotCarryError, conversions, match, steps
from syncer.sites.hydrus.strings import (
    Conversion,
    Converter,
    Joiner,
    Slicer,
    Sorter,
    Splitter,
    StringMatch,
    TagFilter,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: Any = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


# --- TOML


@given(value=VALUES)
def test_any_value_is_read_back_the_same(value: Any) -> None:
    assert tomllib.loads(f"x = {toml.inline(value)}\n") == {"x": value}


@given(
    tables=st.lists(st.dictionaries(TEXTS, VALUES, max_size=5), max_size=3),
    site=st.dictionaries(TEXTS, VALUES, max_size=4),
)
def test_any_tables_are_read_back_the_same(tables: list[Any], site: Any) -> None:
    text = toml.site_table(site) + toml.entries(toml.Entry("url", table) for table in tables)
    assert tomllib.loads(text) == {"site": site, **({"url": tables} if tables else {})}


@given(remark=TEXTS)
def test_any_remark_stays_a_remark(remark: str) -> None:
    text = toml.entries([toml.Entry("url", {"name": "a"}, (remark,))])
    assert tomllib.loads(text) == {"url": [{"name": "a"}]}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("sky", '"sky"'),
        (r"\d+\.jpg", r"'\d+\.jpg'"),
        ('a "b"', "'a \"b\"'"),
        ("it's \\", '"it\'s \\\\"'),
        ("a\tb\r\nc\x00\x7f", '"a\\tb\\r\\nc\\u0000\\u007f"'),
        ("turn\u202eed", '"turn\\u202eed"'),
        ("日本 ü", '"日本 ü"'),
        ("\U0001f426", '"\U0001f426"'),
        ("\U000e0001", '"\\U000e0001"'),
    ],
)
def test_text(text: str, written: str) -> None:
    assert toml.string(text) == written


def test_long_lists_are_broken() -> None:
    rows: list[toml.Value] = [f"https://example.net/{number}" for number in range(6)]
    text = toml.entries([toml.Entry("url", {"examples": rows})])
    assert text.count("\n") == 10
    assert tomllib.loads(text) == {"url": [{"examples": rows}]}


# --- string steps


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (StringMatch("fixed", "post", example="post"), "post"),
        (StringMatch("fixed", "post", 1, 9), {"fixed": "post", "min": 1, "max": 9}),
        (StringMatch("regex", r"^\d"), {"regex": r"^\d"}),
        (StringMatch("any"), {"any": True}),
        (StringMatch("any", "", 3), {"any": True, "min": 3}),
        (StringMatch("alpha"), {"chars": "letters"}),
        (StringMatch("alphanumeric"), {"chars": "letters and digits"}),
        (StringMatch("numeric"), {"chars": "digits"}),
        (StringMatch("hex"), {"chars": "hex"}),
        (StringMatch("base64"), {"chars": "base64"}),
        (StringMatch("base64url"), {"chars": "base64 url"}),
        (StringMatch("base64_percent"), {"chars": "base64 percent"}),
    ],
)
def test_match(value: StringMatch, written: Any) -> None:
    assert match(value) == written


def test_conversions() -> None:
    listed = (
        Conversion("sub", ("a(.)", r"\1")),
        Conversion("prepend", "x"),
        Conversion("append", "y"),
        Conversion("cut_start", 1),
        Conversion("cut_end", 0),
        Conversion("take_start", 2),
        Conversion("take_end", 3),
        Conversion("add", -5),
        Conversion("reverse"),
        Conversion("loose_date"),
        Conversion("encode", "percent"),
        Conversion("decode", "base64url"),
        Conversion("hash", "sha1"),
        Conversion("date", ("%Y", "utc", 0)),
        Conversion("date", ("%Y", "offset", 3600)),
        Conversion("date_encode", ("%Y", "local")),
        Conversion("random", ("abc", 5)),
    )
    assert conversions(Converter(listed)) == [
        {"sub": ["a(.)", r"\1"]},
        {"prepend": "x"},
        {"append": "y"},
        {"cut_start": 1},
        {"cut_end": 0},
        {"take_start": 2},
        {"take_end": 3},
        {"add": -5},
        {"reverse": True},
        {"loose_date": True},
        {"encode": "url"},
        {"decode": "base64 url"},
        {"hash": "sha1"},
        {"date": "%Y", "zone": "utc"},
        {"date": "%Y", "zone": "offset", "offset": 3600},
        {"date_encode": "%Y", "zone": "local"},
        {"random": ["abc", 5]},
    ]


def test_unknown_hash_cannot_be_carried() -> None:
    with pytest.raises(CannotCarryError, match="whirlpool"):
        conversions(Converter((Conversion("hash", "whirlpool"),)))


def test_other_steps() -> None:
    listed = (
        Converter((Conversion("prepend", "a"), Conversion("append", "b"))),
        StringMatch("regex", "x"),
        Splitter(","),
        Splitter("\\n", 0),
        Slicer(0, None),
        Slicer(None, -1),
        Sorter("human", ascending=True),
        Sorter("lexicographic", regex=r"\d+"),
        Sorter("reverse"),
        TagFilter((("", False), ("creator:", True))),
        Joiner(", "),
        Joiner("", 2),
    )
    assert steps(listed) == [
        {"prepend": "a"},
        {"append": "b"},
        {"match": {"regex": "x"}},
        {"split": ","},
        {"split": "\\n", "max": 0},
        {"slice": [0, ""]},
        {"slice": ["", -1]},
        {"sort": "natural"},
        {"sort": "text", "descending": True, "by": r"\d+"},
        {"sort": "reverse"},
        {"tag_filter": {"": "deny", "creator:": "allow"}},
        {"join": ", "},
        {"join": "", "of": 2},
    ]


# --- formulae


def test_html_formula() -> None:
    rules = (
        HtmlRule("descend", "a"),
        HtmlRule("descend"),
        HtmlRule("descend", "div", {"class": "thumb"}, -1),
        HtmlRule("ascend", "ul", depth=2),
        HtmlRule("ascend"),
        HtmlRule("next", "li", index=0),
        HtmlRule("previous", text=StringMatch("fixed", "sky")),
        HtmlRule("descend", "b", text=StringMatch("any")),
    )
    written = [
        "a",
        "*",
        {"tag": "div", "attrs": {"class": "thumb"}, "nth": -1},
        {"tag": "ul", "up": 2},
        {"up": 1},
        {"tag": "li", "next": True, "nth": 0},
        {"previous": True, "text": "sky"},
        {"tag": "b", "text": {"any": True}},
    ]
    assert formula_table(Html(rules, "attribute", "href")) == {"html": written, "attr": "href"}
    assert formula_table(Html((), "text")) == {"html": []}
    assert formula_table(Html((), "html")) == {"html": [], "take": "html"}


def test_json_formula() -> None:
    rules = (
        JsonRule("key", StringMatch("fixed", "posts")),
        JsonRule("key", StringMatch("fixed", "*")),
        JsonRule("key", StringMatch("regex", "^a")),
        JsonRule("all"),
        JsonRule("index", number=-1),
        JsonRule("test", StringMatch("fixed", "image")),
    )
    written = ["posts", {"key": "*"}, {"key": {"regex": "^a"}}, "*", -1, {"test": "image"}]
    assert formula_table(Json(rules, "text")) == {"json": written}
    assert formula_table(Json((), "keys")) == {"json": [], "take": "keys"}
    with pytest.raises(CannotCarryError, match="deminify"):
        formula_table(Json((JsonRule("deminify", number=0),), "text"))


def test_formulae_of_formulae() -> None:
    url = Context("url")
    assert formula_table(Zipper((url, Json((), "text")), r"\1/\2")) == {
        "zip": [{"context": "url"}, {"json": []}],
        "template": r"\1/\2",
    }
    assert formula_table(Nested(url, Static("x", 2), steps=(Splitter(","),))) == {
        "nested": [{"context": "url"}, {"static": "x", "times": 2}],
        "steps": [{"split": ","}],
    }
    assert formula_table(Static("x")) == {"static": "x"}


URL = Context("url")


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (Content("n", "url", URL, "desired", priority=50), {"what": "desired"}),
        (Content("n", "url", URL, "sub-gallery", priority=0), {"what": "sub-gallery", "priority": 0}),
        (Content("n", "tag", URL), {"what": "tag"}),
        (Content("n", "tag", URL, ""), {"what": "tag", "namespace": ""}),
        (Content("n", "tag", URL, "creator"), {"what": "tag", "namespace": "creator"}),
        (Content("n", "hash", URL, "md5", "base64"), {"what": "hash", "hash": "md5", "encoding": "base64"}),
        (Content("n", "time", URL), {"what": "time"}),
        (Content("n", "title", URL, priority=50), {"what": "title", "priority": 50}),
        (Content("n", "note", URL, "story"), {"what": "note", "note": "story"}),
        (Content("n", "header", URL, "X-Token"), {"what": "header", "header": "X-Token"}),
        (Content("n", "variable", URL, "csrf"), {"what": "variable", "variable": "csrf"}),
        (
            Content("n", "veto", URL, veto_if_found=True, match=StringMatch("any")),
            {"what": "veto", "when": "found", "match": {"any": True}},
        ),
        (
            Content("n", "veto", URL, match=StringMatch("fixed", "x")),
            {"what": "veto", "when": "missing", "match": "x"},
        ),
    ],
)
def test_content(content: Content, written: dict[str, Any]) -> None:
    assert contents([content], []) == [{"name": "n", **written, "context": "url"}]


def test_content_that_has_no_place_is_named_in_a_remark() -> None:
    odd = Content("odd one", "time", Json((JsonRule("ascend", number=1),), "text"))
    inner = Parser("inner", "", Converter(), (), (odd, Content("n", "time", URL)), ())
    written = parser_entry(Parser("p", "", Converter(), (SubParser(URL, inner),), (), ()))
    assert written.table["posts"] == [
        {"name": "inner", "split": {"context": "url"}, "get": [{"name": "n", "what": "time", "context": "url"}]}
    ]
    assert "odd one" in written.comments[0]
    assert "ascend" in written.comments[0]


def test_parser_with_parsers_in_it() -> None:
    leaf = Parser("leaf", "cc", Converter(), (), (Content("t", "tag", URL),), ())
    middle = Parser("middle", "bb", Converter(), (SubParser(URL, leaf, sort_by_time=True),), (), ())
    top = Parser(
        "top", "aa", Converter((Conversion("cut_start", 9),)), (SubParser(URL, middle),), (), ("https://example.net/",)
    )
    read = tomllib.loads(toml.entries([parser_entry(top)]))
    assert read == {
        "parser": [
            {
                "name": "top",
                "id": "aa",
                "examples": ["https://example.net/"],
                "before": [{"cut_start": 9}],
                "posts": [
                    {
                        "name": "middle",
                        "split": {"context": "url"},
                        "posts": [
                            {
                                "name": "leaf",
                                "split": {"context": "url"},
                                "sort_by_time": True,
                                "get": [{"name": "t", "what": "tag", "context": "url"}],
                            }
                        ],
                    }
                ],
            }
        ]
    }


# --- classes and the rest


def url_class(name: str = "post", *domains: str, api: Converter | None = None, **changes: Any) -> UrlClass:
    values: dict[str, Any] = {
        "name": name, "key": "ab", "kind": "post", "scheme": "https", "domains": domains or ("example.net",),
        "domain_patterns": (), "match_subdomains": False, "keep_subdomains": False, "path": (), "parameters": (),
        "sort_parameters": True, "no_more_path": False, "no_more_parameters": False, "keep_extra_for_server": False,
        "many_files": False, "associate": False, "keep_fragment": False, "single_values": None, "headers": (),
        "api": api or Converter(), "referrer": "given", "referrer_converter": Converter(), "index_path": None,
        "index_parameter": None, "index_step": 1, "example": "https://example.net/1",
    }  # fmt: skip
    return UrlClass(**(values | changes))


PLAIN = {
    "name": "post",
    "id": "ab",
    "kind": "post",
    "scheme": "https",
    "domains": ["example.net"],
    "example": "https://example.net/1",
}


def test_plain_class_says_only_what_it_must() -> None:
    assert entry(url_class()).table == PLAIN


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({"match_subdomains": True, "keep_subdomains": True}, {"match_subdomains": True, "keep_subdomains": True}),
        ({"sort_parameters": False}, {"sort_params": False}),
        ({"no_more_path": True, "no_more_parameters": True}, {"no_more_path": True, "no_more_params": True}),
        ({"keep_extra_for_server": True, "keep_fragment": True}, {"keep_extra_params": True, "keep_fragment": True}),
        ({"many_files": True, "associate": True}, {"many_files": True, "associate": True}),
        ({"single_values": StringMatch("any")}, {"single": {"any": True}}),
        ({"domain_patterns": ("a.*",)}, {"domain_patterns": ["a.*"]}),
        ({"headers": (("A", "b"),)}, {"headers": {"A": "b"}}),
        ({"index_path": 0, "index_step": 24}, {"next": {"path": 0, "step": 24}}),
        ({"index_parameter": "page"}, {"next": {"param": "page", "step": 1}}),
        ({"referrer": "never"}, {"referrer": "never"}),
        (
            {"referrer": "converter_if_none", "referrer_converter": Converter((Conversion("append", "x"),))},
            {"referrer": "converted if none", "referrer_steps": [{"append": "x"}]},
        ),
        ({"referrer": "converter"}, {"referrer": "converted"}),
        ({"api": Converter((Conversion("append", ".json"),))}, {"fetch": [{"append": ".json"}]}),
        (
            {
                "path": (
                    (StringMatch("fixed", "p"), None),
                    (StringMatch("fixed", "1"), "1"),
                    (StringMatch("numeric"), "2"),
                )
            },
            {"path": ["p", {"fixed": "1", "default": "1"}, {"chars": "digits", "default": "2"}]},
        ),
        (
            {
                "parameters": (
                    Parameter("id", StringMatch("numeric"), True, "1"),
                    Parameter("s", StringMatch("fixed", "v")),
                )
            },
            {
                "params": [
                    {"name": "id", "match": {"chars": "digits"}, "default": "1", "ephemeral": True},
                    {"name": "s", "match": "v"},
                ]
            },
        ),
    ],
)
def test_class(changes: dict[str, Any], written: dict[str, Any]) -> None:
    assert entry(url_class(**changes)).table == PLAIN | written


def test_searches() -> None:
    search = Search("tags", "aa", "https://example.net/?q=%tags%", "%tags%", "+", "search tags", "sky")
    assert entry(search).table == {
        "name": "tags",
        "id": "aa",
        "template": "https://example.net/?q=%tags%",
        "phrase": "%tags%",
        "join": "+",
        "hint": "search tags",
        "sample": "sky",
    }
    group = entry(NestedSearch("both", "bb", "", (("aa", "tags"), ("", "other"))))
    assert (group.kind, group.table["searches"]) == ("search_group", [{"name": "tags", "id": "aa"}, {"name": "other"}])


def test_login() -> None:
    form = LoginStep(
        "send", "https", "POST", "www", "/in", (("user", "u"),), (("keep", "1"),), (("csrf", "token"),),
        ((StringMatch("fixed", "sid"), StringMatch("any")),), (Content("c", "variable", URL, "csrf"),),
    )  # fmt: skip
    login = Login(
        "site", "aa", (), (Credential("user", False, StringMatch()), Credential("word", True, StringMatch("any", "", 8))),
        (form,), (("example.net", "user", "settings"),),
    )  # fmt: skip
    assert tomllib.loads(toml.entries([entry(login)])) == {
        "login": [
            {
                "name": "site",
                "id": "aa",
                "credentials": [
                    {"name": "user", "kind": "text"},
                    {"name": "word", "kind": "pass", "match": {"any": True, "min": 8}},
                ],
                "examples": [{"domain": "example.net", "access": "user", "text": "settings"}],
                "steps": [
                    {
                        "name": "send",
                        "method": "POST",
                        "scheme": "https",
                        "subdomain": "www",
                        "path": "/in",
                        "form": {"u": "user"},
                        "static": {"keep": "1"},
                        "temporary": {"token": "csrf"},
                        "cookies": [{"name": "sid", "value": {"any": True}}],
                        "get": [{"name": "c", "what": "variable", "variable": "csrf", "context": "url"}],
                    }
                ],
            }
        ]
    }


def test_domain_and_simple_rule() -> None:
    rules = (
        ("requests", 5, 1),
        ("requests", 86400, 2),
        ("bytes", 3600, 64 * 1024**2),
        ("bytes", None, 1025),
        ("requests", 120, 3),
    )
    package = DomainPackage("example.net", (("User-Agent", "x", "asked for"),), rules)
    assert entry(package).table == {
        "host": "example.net",
        "headers": [{"name": "User-Agent", "value": "x", "reason": "asked for"}],
        "bandwidth": [
            "1 request / 5 s",
            "2 requests / 1 day",
            "64 MB / 1 hour",
            "1025 bytes / 1 month",
            "3 requests / 2 minutes",
        ],
    }
    simple = entry(SimpleRule("images", Html((HtmlRule("descend", "img"),), "attribute", "src")))
    assert (simple.kind, simple.table) == ("simple", {"name": "images", "html": ["img"], "attr": "src"})


# --- which file


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.example.net", "example.net"),
        ("i.example.co.uk", "example.co.uk"),
        ("someone.blogspot.com", "blogspot.com"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("localhost", "localhost"),
        ("user@example.net:81", "example.net"),
        ("", ""),
    ],
)
def test_site_of_a_host(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(
    "site", ["../../etc/passwd", ".hidden", "a/b", "x" * 300, "", "日本", "a\x00b", "CON:", "rule", "Tags"]
)
def test_stem_is_a_harmless_file_name(site: str) -> None:
    name = stem(site)
    assert name
    assert texts.site_name(name) == name, "the config can name it"
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def test_objects_are_divided_by_site() -> None:
    one = url_class("one", "example.net")
    other = url_class("other", "birds.example.org")
    search = Search("s", "", "https://%tags%.example.org/", "%tags%", "+", "", "")
    parser = Parser("p", "", Converter(), (), (), ("https://www.example.net/1",))
    group = NestedSearch("g", "", "", ())
    listed: list[Definition] = [one, other, search, parser, group, DomainPackage("cdn.example.org", (), ())]
    groups = by_site(listed, "file")
    assert groups == {"example.net": [one, parser], "example.org": [other, search, group, listed[5]]}


def test_an_api_on_another_domain_belongs_to_the_site() -> None:
    page = url_class("page", "example.net", api=Converter((Conversion("sub", (r"example\.net", "api.example.org")),)))
    api = url_class("api", "api.example.org")
    assert list(by_site([page, api], "file")) == ["example.net"]


def test_a_parser_for_two_domains_makes_them_one_site() -> None:
    parser = Parser("p", "", Converter(), (), (), ("https://example.net/1", "https://example.org/1"))
    assert by_site([url_class("a", "example.net"), url_class("b", "example.org"), parser], "file").keys() == {
        "example.net"
    }


def test_objects_without_a_host_go_to_a_file_named_after_the_picture() -> None:
    simple = SimpleRule("images", URL)
    assert by_site([simple], "all-images") == {"all-images": [simple]}
    assert hosts_of(simple) == ()
