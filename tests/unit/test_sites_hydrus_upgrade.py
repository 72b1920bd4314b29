"""Old versions of hydrus's objects: each comes up to what the newest version says the same in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncer.errors import ItemError
from syncer.sites.hydrus import values
from syncer.sites.hydrus.objects import (
    Content,
    Context,
    Html,
    HtmlRule,
    Json,
    JsonRule,
    Login,
    Nested,
    Parser,
    UrlClass,
    Zipper,
)
from syncer.sites.hydrus.read import read
from syncer.sites.hydrus.read_parsers import content, formula, parser
from syncer.sites.hydrus.read_steps import converter, steps, string_match
from syncer.sites.hydrus.strings import Conversion, Converter, Joiner, Sorter, Splitter, StringMatch
from syncer.sites.hydrus.values import Notes

ANY = [51, 1, [3, "", None, None, "example string"]]
NO_CHANGE = [55, 1, [[], "example string"]]
JPG = [51, 1, [2, r"\.jpg$", None, None, "1.jpg"]]
ADD_HOST = [55, 1, [[[2, "https://example.net"]], "/1.jpg"]]
JPG_READ = StringMatch("regex", r"\.jpg$", example="1.jpg")
ADD_HOST_READ = Converter((Conversion("prepend", "https://example.net"),), "/1.jpg")
EMPTY_STEPS = [84, 1, [26, 3, []]]


def fixed(text: str) -> list[Any]:
    return [51, 1, [0, text, None, None, text]]


def number() -> list[Any]:
    return [51, 1, [1, 2, None, None, "12"]]


# --- formulae


def test_html_1_had_tag_rules_and_an_attribute() -> None:
    assert formula([27, 1, [[["div", {"class": "thumb"}, None], ["a", {}, 0]], "href"]], Notes()) == Html(
        (HtmlRule("descend", "div", {"class": "thumb"}), HtmlRule("descend", "a", {}, 0)), "attribute", "href"
    )


@pytest.mark.parametrize(
    ("cut", "kind", "value"),
    [
        ([3, 0, "", ""], "take_start", 3),
        ([-3, 0, "", ""], "cut_end", -3),
        ([0, 4, "", ""], "take_end", 4),
        ([0, -4, "", ""], "cut_start", -4),
        ([0, 0, "https:", ""], "prepend", "https:"),
        ([0, 0, "", "?x"], "append", "?x"),
    ],
)
def test_html_2_cut_and_put_around(cut: list[Any], kind: str, value: Any) -> None:
    read_formula = formula([27, 2, [[["a", {}, None]], "href", cut]], Notes())
    assert read_formula.steps == (Converter((Conversion(kind, value),), "parsed information"),)


def test_html_3_had_a_converter_alone() -> None:
    assert formula([27, 3, [[["a", {}, None]], "href", ADD_HOST]], Notes()).steps == (ADD_HOST_READ,)


def test_html_4_took_the_text_without_an_attribute() -> None:
    text = formula([27, 4, [[["p", {}, None]], None, JPG, NO_CHANGE]], Notes())
    assert text == Html((HtmlRule("descend", "p"),), "text", "", steps=(JPG_READ,))
    link = formula([27, 4, [[["a", {}, None]], "href", ANY, NO_CHANGE]], Notes())
    assert link == Html((HtmlRule("descend", "a"),), "attribute", "href")


def test_html_5_named_what_to_take() -> None:
    assert formula([27, 5, [[[None, {"id": "x"}, -1]], 2, "", ANY, ADD_HOST]], Notes()) == Html(
        (HtmlRule("descend", None, {"id": "x"}, -1),), "html", "", steps=(ADD_HOST_READ,)
    )


def test_html_6_filtered_before_it_converted() -> None:
    rules = [26, 1, [[62, 1, [0, "a", {}, None, None]]]]
    assert formula([27, 6, [rules, 0, "href", JPG, ADD_HOST]], Notes()) == Html(
        (HtmlRule("descend", "a"),), "attribute", "href", steps=(JPG_READ, ADD_HOST_READ)
    )


def test_html_7_and_8_are_alike_but_for_the_name() -> None:
    rules = [26, 2, [[True, [62, 2, [1, "div", None, None, 2, True, fixed("sky")]]]]]
    seven = formula([27, 7, [rules, 1, "", EMPTY_STEPS]], Notes())
    eight = formula([27, 8, [rules, 1, "", "", EMPTY_STEPS]], Notes())
    assert seven == eight
    assert seven == Html((HtmlRule("ascend", "div", {}, None, 2, StringMatch("fixed", "sky", example="sky")),), "text")


def test_json_1_gave_keys_numbers_and_null() -> None:
    assert formula([31, 1, [["posts", None, 0], 1, ANY, ADD_HOST]], Notes()) == Json(
        (JsonRule("key", StringMatch("fixed", "posts", example="posts")), JsonRule("all"), JsonRule("index", number=0)),
        "json",
        steps=(ADD_HOST_READ,),
    )


def test_json_2_3_4_are_alike() -> None:
    rules = [[0, fixed("id")], [5, JPG]]
    two = formula([31, 2, [rules, 0, ANY, NO_CHANGE]], Notes())
    three = formula([31, 3, [rules, 0, EMPTY_STEPS]], Notes())
    four = formula([31, 4, [rules, 0, "", EMPTY_STEPS]], Notes())
    assert two == three == four
    assert two.rules[1] == JsonRule("test", JPG_READ)  # type: ignore[union-attr]  # a Json by the line above


def test_zipper_1_2_3_are_alike() -> None:
    parts = [26, 1, [[60, 1, ["url", ANY, NO_CHANGE]]]]
    one = formula([59, 1, [parts, r"\1.json", ANY, NO_CHANGE]], Notes())
    assert one == formula([59, 2, [parts, r"\1.json", EMPTY_STEPS]], Notes())
    assert one == formula([59, 3, [parts, r"\1.json", "", EMPTY_STEPS]], Notes())
    assert one == Zipper((Context("url"),), r"\1.json")


def test_context_1_filtered_before_it_converted() -> None:
    assert formula([60, 1, ["url", JPG, ADD_HOST]], Notes()) == Context("url", steps=(JPG_READ, ADD_HOST_READ))
    assert formula([60, 2, ["url", EMPTY_STEPS]], Notes()) == Context("url")


def test_nested_1_had_no_name() -> None:
    context = [60, 3, ["url", "", EMPTY_STEPS]]
    assert formula([133, 1, [context, context, EMPTY_STEPS]], Notes()) == Nested(Context("url"), Context("url"))


# --- string steps


def test_converter_1_named_its_encodings_and_did_not_decode_hex_and_base64() -> None:
    old = [[5, "hex"], [4, "hex"], [5, "base64"], [5, "html entities"], [4, "url percent encoding"], [8, None]]
    assert converter([55, 1, [old, "x"]], Notes()).conversions == (
        Conversion("encode", "hex"),
        Conversion("decode", "html"),
        Conversion("encode", "percent"),
        Conversion("reverse"),
    )


def test_converter_2_decodes_hex_and_base64() -> None:
    assert converter([55, 2, [[[5, 3], [5, 4], [5, 5]], "x"]], Notes()).conversions == (
        Conversion("decode", "hex"),
        Conversion("decode", "base64"),
        Conversion("decode", "base64url"),
    )


def test_unknown_encoding_of_an_old_converter_ends_it() -> None:
    old = [[2, "a"], [4, "rot13"], [3, "z"]]
    assert converter([55, 1, [old, "x"]], Notes()).conversions == (Conversion("prepend", "a"),)


def test_converter_of_only_dropped_changes_is_no_step() -> None:
    old = [27, 6, [[26, 1, []], 1, "", ANY, [55, 1, [[[5, "base64"]], "x"]]]]
    assert formula(old, Notes()).steps == ()


def test_splitter_1_and_joiner_1_did_not_know_escapes() -> None:
    listed = [26, 1, [[83, 1, ["\\n", 2]], [125, 1, ["\\", 3]]]]
    assert steps([84, 1, listed], Notes()) == (Splitter("\\\\n", 2), Joiner("\\\\", None))
    listed = [26, 3, [[2, [83, 2, ["\\n", None]]], [2, [125, 2, ["\\n", 3]]]]]
    assert steps([84, 1, listed], Notes()) == (Splitter("\\n", None), Joiner("\\n", 3))


def test_match_of_a_number_matches_nothing_and_of_unknown_characters_everything() -> None:
    assert string_match([51, 1, [0, 7, None, None, ""]], Notes()) == StringMatch("regex", "(?!)")
    assert string_match([51, 1, [1, 99, 2, None, ""]], Notes()) == StringMatch("any", "", 2)


# --- content parsers

URL = [60, 3, ["url", "", EMPTY_STEPS]]
READ_URL = Context("url")


@pytest.mark.parametrize(
    ("present", "match"),
    [
        (True, StringMatch("regex", "deleted", example="deleted")),
        (False, StringMatch("any", "", example="example string")),
    ],
)
def test_content_1_vetoed_by_a_pattern(present: bool, match: StringMatch) -> None:
    assert content([30, 1, ["gone", 8, URL, [True, present, "deleted"]]], Notes()) == Content(
        "gone", "veto", READ_URL, veto_if_found=True, match=match
    )


@pytest.mark.parametrize(("old", "kind"), [(2, "desired"), (0, "source"), (3, "next"), (4, "next")])
def test_content_2_had_the_url_kinds_of_classes(old: int, kind: str) -> None:
    assert content([30, 2, ["u", 7, URL, [old, 50]]], Notes()) == Content("u", "url", READ_URL, kind, priority=50)


@pytest.mark.parametrize(("new", "kind"), [(7, "desired"), (8, "source"), (6, "next"), (9, "sub-gallery")])
def test_content_3_to_7_have_their_own_url_kinds(new: int, kind: str) -> None:
    for version, middle in ((3, []), (4, [0, False]), (5, [0, False]), (6, []), (7, [])):
        stored = [30, version, ["u", 7, URL, *middle, [new, 25]]]
        assert content(stored, Notes()) == Content("u", "url", READ_URL, kind, priority=25), version


@pytest.mark.parametrize(("encoding", "expected"), [("base64", "base64"), ("html entities", "hex")])
def test_content_4_knew_a_hash_encoding_by_its_formula(encoding: str, expected: str) -> None:
    decoding = [31, 2, [[], 0, ANY, [55, 1, [[[5, encoding]], "x"]]]]
    found = content([30, 4, ["h", 15, decoding, 0, False, "md5"]], Notes())
    assert (found.detail, found.encoding) == ("md5", expected)


def test_hash_wrapped_twice_is_unwrapped() -> None:
    found = content([30, 6, ["h", 15, URL, [["md5", "base64"], "hex"]]], Notes())
    assert (found.detail, found.encoding) == ("md5", "base64")


def test_content_5_sorted_after_its_formula() -> None:
    old = [31, 2, [[], 0, JPG, NO_CHANGE]]
    found = content([30, 5, ["p", 7, old, 2, True, [7, 50]]], Notes())
    assert found.formula.steps == (JPG_READ, Sorter("human", ascending=True))


def test_content_6_meant_the_tag_as_it_is_by_an_empty_namespace() -> None:
    assert content([30, 6, ["t", 0, URL, ""]], Notes()).detail is None
    assert content([30, 6, ["t", 0, URL, "creator"]], Notes()).detail == "creator"
    assert content([30, 7, ["t", 0, URL, ""]], Notes()).detail == ""


# --- page parsers


def test_page_1_2_3_are_alike_but_for_the_shape() -> None:
    inner = [58, "posts", 1, ["posts", "aa", NO_CHANGE, [], [26, 1, []], []]]
    split = [31, 2, [[[1, None]], 1, ANY, NO_CHANGE]]
    found = [26, 1, [[30, 3, ["time", 16, URL, 0]]]]
    one = parser([58, "p", 1, ["p", "bb", NO_CHANGE, [[split, inner]], found, ["https://example.net/1"]]], Notes())
    two = parser([58, "p", 2, ["p", "bb", NO_CHANGE, [[split, inner]], found, ["https://example.net/1"], {}]], Notes())
    subs = [26, 3, [[2, [135, 1, [split, inner]]]]]
    three = parser([58, "p", 3, ["p", "bb", NO_CHANGE, subs, found, ["https://example.net/1"], {}]], Notes())
    assert one == two == three
    assert one.contents == (Content("time", "time", READ_URL),)
    assert one.subs[0].parser.name == "posts"
    assert one.subs[0].sort_by_time is False


def test_the_name_inside_a_parser_counts() -> None:
    assert (
        parser([58, "outside", 3, ["inside", "", NO_CHANGE, [26, 3, []], [26, 3, []], [], {}]], Notes()).name
        == "inside"
    )


def test_newer_sub_parser_sorts() -> None:
    inner = [58, "x", 3, ["x", "", NO_CHANGE, [26, 3, []], [26, 3, []], [], {}]]
    outer = [58, "y", 3, ["y", "", NO_CHANGE, [26, 3, [[2, [135, 2, [URL, True, inner]]]]], [26, 3, []], [], {}]]
    assert parser(outer, Notes()).subs[0].sort_by_time is True


# --- URL classes

PARTS = [26, 1, [fixed("po st"), number()]]
PARAMETERS = [21, 1, [[], [["p[x]", fixed("a b")]], [], []]]
PATH_6 = [[fixed("po st"), None], [number(), "1 2"]]
PARAMETERS_6 = [["p[x]", [fixed("a b"), "c d"]]]
EXAMPLE = "https://example.net/po st/1?p[x]=a b"
KEY = "ab12"
MAKES_JSON = [55, 1, [[[3, ".json"]], EXAMPLE]]
INDEX = [1, "page", 2]
SWITCHES_9 = [True, False, True, False, True, False]
SWITCHES_12 = [True, False, True, False, True, False, True, False]
SWITCHES_14 = [True, False, True, False, True, False, False, True, False]
HEADERS = [["Accept", "text/html"]]


def url_class(version: int, info: list[Any]) -> UrlClass:
    found = read(json.dumps([50, "post", version, info])).definitions[0]
    assert isinstance(found, UrlClass)
    return found


OLD_CLASSES = {
    1: [3, "https", "example.net", True, False, PARTS, PARAMETERS, EXAMPLE],
    2: [KEY, 3, "https", "example.net", True, False, PARTS, PARAMETERS, NO_CHANGE, EXAMPLE],
    3: [KEY, 3, "https", "example.net", True, False, PARTS, PARAMETERS, NO_CHANGE, True, EXAMPLE],
    4: [KEY, 3, "https", "example.net", True, False, PARTS, PARAMETERS, NO_CHANGE, True, True, EXAMPLE],
    5: [KEY, 3, "https", "example.net", True, False, PARTS, PARAMETERS, NO_CHANGE, True, True, *INDEX, EXAMPLE],
    6: [KEY, 3, "https", "example.net", True, False, PATH_6, PARAMETERS_6, NO_CHANGE, True, True, *INDEX, EXAMPLE],
    7: [KEY, 3, "https", "example.net", True, False, PATH_6, PARAMETERS_6, NO_CHANGE, 3, MAKES_JSON, True, True, *INDEX, EXAMPLE],
    8: [
        KEY, 3, "https", "example.net", True, False, False, PATH_6, PARAMETERS_6, NO_CHANGE, 3, MAKES_JSON, True, True, *INDEX,
        EXAMPLE,
    ],
    9: [KEY, 3, "https", "example.net", SWITCHES_9, PATH_6, PARAMETERS_6, NO_CHANGE, 3, MAKES_JSON, *INDEX, EXAMPLE],
    10: [KEY, 3, "https", "example.net", SWITCHES_9, PATH_6, PARAMETERS_6, HEADERS, NO_CHANGE, 3, MAKES_JSON, *INDEX, EXAMPLE],
    11: [
        KEY, 3, "https", "example.net", SWITCHES_9, PATH_6, PARAMETERS_6, True, number(), HEADERS, NO_CHANGE, 3, MAKES_JSON,
        *INDEX, EXAMPLE,
    ],
    12: [
        KEY, 3, "https", "example.net", SWITCHES_12, PATH_6, PARAMETERS_6, True, number(), HEADERS, NO_CHANGE, 3, MAKES_JSON,
        *INDEX, EXAMPLE,
    ],
}  # fmt: skip


@pytest.mark.parametrize("version", OLD_CLASSES)
def test_old_class(version: int) -> None:
    found = url_class(version, OLD_CLASSES[version])
    assert (found.name, found.kind, found.scheme, found.example) == ("post", "gallery", "https", EXAMPLE)
    assert found.key == ("" if version == 1 else KEY)
    assert (found.domains, found.match_subdomains, found.keep_subdomains) == (("example.net",), True, False)
    assert [match.value for match, _default in found.path] == ["po%20st", ""]
    assert [default for _match, default in found.path] == [None, None if version < 6 else "1%202"]
    (parameter,) = found.parameters
    assert (parameter.name, parameter.match.value) == ("p%5Bx%5D", "a%20b")
    assert parameter.default == (None if version < 6 else "c%20d")
    assert not parameter.ephemeral


def test_class_1_belongs_to_files_by_its_kind() -> None:
    for kind, associate in ((0, True), (2, True), (3, False), (4, False)):
        assert url_class(1, [kind, *OLD_CLASSES[1][1:]]).associate is associate


def test_old_classes_got_what_they_lacked() -> None:
    third, fourth, fifth = (url_class(version, OLD_CLASSES[version]) for version in (3, 4, 5))
    assert (third.many_files, fourth.many_files) == (False, True)
    assert (fourth.index_parameter, fourth.index_step) == (None, 1)
    assert (fifth.index_parameter, fifth.index_path, fifth.index_step) == ("page", None, 2)
    sixth, seventh, eighth = (url_class(version, OLD_CLASSES[version]) for version in (6, 7, 8))
    assert (sixth.referrer, seventh.referrer) == ("given", "converter")
    assert seventh.referrer_converter.conversions == (Conversion("append", ".json"),)
    assert (seventh.sort_parameters, eighth.sort_parameters) == (True, False)
    ninth, tenth, eleventh = (url_class(version, OLD_CLASSES[version]) for version in (9, 10, 11))
    assert (ninth.headers, tenth.headers) == ((), (("Accept", "text/html"),))
    assert (tenth.single_values, eleventh.single_values) == (None, StringMatch("numeric", "", example="12"))


def test_class_9_gathered_its_switches() -> None:
    found = url_class(9, OLD_CLASSES[9])
    assert (found.match_subdomains, found.keep_subdomains, found.sort_parameters) == (True, False, True)
    assert (found.many_files, found.associate, found.keep_fragment) == (False, True, False)
    assert (found.no_more_path, found.no_more_parameters) == (False, False)


def test_class_12_can_refuse_more_parameters() -> None:
    found = url_class(12, OLD_CLASSES[12])
    assert (found.no_more_path, found.no_more_parameters, found.associate) == (False, True, True)
    assert found.keep_extra_for_server is False


@pytest.mark.parametrize(
    ("kind", "converter", "keeps"),
    [(3, NO_CHANGE, True), (4, NO_CHANGE, True), (0, NO_CHANGE, False), (2, NO_CHANGE, False), (3, MAKES_JSON, False)],
)
def test_class_13_keeps_more_parameters_on_listings_without_api(kind: int, converter: Any, keeps: bool) -> None:
    info = [
        KEY,
        kind,
        "https",
        "example.net",
        SWITCHES_9,
        PATH_6,
        PARAMETERS_6,
        converter,
        0,
        NO_CHANGE,
        *INDEX,
        EXAMPLE,
    ]
    assert url_class(9, info).keep_extra_for_server is keeps


PARAMETER_2 = [127, 2, ["p", fixed("a b"), True, "c d", EMPTY_STEPS]]


def test_classes_13_14_15_are_not_encoded_again() -> None:
    rest = [
        [[fixed("a%20b"), None]],
        [26, 3, [[2, PARAMETER_2]]],
        False,
        ANY,
        HEADERS,
        NO_CHANGE,
        0,
        NO_CHANGE,
        *INDEX,
        EXAMPLE,
    ]
    thirteen = url_class(13, [KEY, 3, "https", "example.net", SWITCHES_12, *rest])
    fourteen = url_class(14, [KEY, 3, "https", "example.net", SWITCHES_14, *rest])
    mask = [139, 1, [["example.net"], [], True, False]]
    fifteen = url_class(15, [KEY, 3, "https", mask, SWITCHES_14[2:], *rest])
    assert thirteen == fourteen == fifteen
    assert fifteen.path[0][0].value == "a%20b"
    assert (fifteen.parameters[0].ephemeral, fifteen.parameters[0].default) == (True, "c d")


def test_parameter_1_had_no_ephemeral_ones() -> None:
    rest = [
        [],
        [26, 3, [[2, [127, 1, ["p", fixed("x"), None]]]]],
        False,
        ANY,
        HEADERS,
        NO_CHANGE,
        0,
        NO_CHANGE,
        *INDEX,
        EXAMPLE,
    ]
    found = url_class(14, [KEY, 3, "https", "example.net", SWITCHES_14, *rest])
    assert (found.parameters[0].name, found.parameters[0].ephemeral, found.parameters[0].default) == ("p", False, None)


def test_index_in_the_path() -> None:
    info = [
        KEY,
        3,
        "https",
        "example.net",
        SWITCHES_9,
        PATH_6,
        PARAMETERS_6,
        NO_CHANGE,
        0,
        NO_CHANGE,
        0,
        1,
        24,
        EXAMPLE,
    ]
    found = url_class(9, info)
    assert (found.index_path, found.index_parameter, found.index_step) == (1, None, 24)


# --- logins


def test_login_1_knew_cookies_by_their_exact_name() -> None:
    cookies = [21, 1, [[], [["session", ANY]], [], []]]
    step = [
        74,
        "form",
        1,
        ["https", "POST", None, "login", {"user": "u"}, {"a": "b"}, {"csrf": "c"}, cookies, [26, 1, []]],
    ]
    who = [26, 1, [[72, "user", 1, [0, ANY]], [72, "password", 1, [1, ANY]]]]
    login = [73, "site", 1, [KEY, cookies, who, [26, 1, [step]], [["example.net", 1, "for adults"]]]]
    found = read(json.dumps(login)).definitions[0]
    assert isinstance(found, Login)
    assert found.cookies[0][0] == StringMatch("fixed", "session", example="session")
    assert found.steps[0].cookies == found.cookies
    assert (found.steps[0].path, found.steps[0].variables) == ("/login", (("csrf", "c"),))
    assert [credential.secret for credential in found.credentials] == [False, True]
    assert found.domains == (("example.net", "nsfw", "for adults"),)


def test_dictionary_2_holds_objects_as_keys() -> None:
    cookies = [21, 2, [[[2, fixed("a")], [2, number()]]]]
    login = [73, "site", 2, [KEY, cookies, [26, 3, []], [26, 3, []], []]]
    found = read(json.dumps(login)).definitions[0]
    assert isinstance(found, Login)
    assert found.cookies == ((StringMatch("fixed", "a", example="a"), StringMatch("numeric", "", example="12")),)


# --- whole downloaders


@pytest.mark.parametrize(
    "wrap", [lambda o: o, lambda o: [26, 1, [o]], lambda o: [26, 2, [[True, o]]], lambda o: [26, 3, [[2, o]]]]
)
def test_lists_of_every_version(wrap: Any) -> None:
    search = [69, "tags", 1, [KEY, "https://example.net/?q=%tags%", "%tags%", "+", "tags", "sky"]]
    assert read(json.dumps(wrap(search))).definitions[0].name == "tags"  # type: ignore[union-attr]  # a Search


def test_broken_objects_are_left_out_with_a_reason() -> None:
    search = [69, "tags", 1, [KEY, "https://example.net/?q=%tags%", "%tags%", "+", "tags", "sky"]]
    found = read(json.dumps([26, 1, [search, [50, "broken", 6, [1, 2]], [29, "lookup", 1, []], [50, "odd", 99, 1]]]))
    assert len(found.definitions) == 1
    assert len(found.warnings) == 4
    assert '"broken" was left out' in found.warnings[0]


def test_broken_content_leaves_the_rest_of_its_parser() -> None:
    found = [26, 1, [[30, 7, ["ok", 16, URL, 0]], [30, 7, ["odd", 99, URL, 0]]]]
    read_parser = read(json.dumps([58, "p", 3, ["p", "", NO_CHANGE, [26, 3, []], found, [], {}]]))
    (definition,) = read_parser.definitions
    assert isinstance(definition, Parser)
    assert [content.name for content in definition.contents] == ["ok"]
    assert "Content of kind 99 is unknown" in read_parser.warnings[0]


@pytest.mark.parametrize(
    "text", ["", "nothing", "{}", "[]", "[1, 2]", "null", "[26, 1, []]", '[52, "checks", 1, []]', '"[26]"']
)
def test_text_without_a_downloader(text: str) -> None:
    with pytest.raises(ItemError) as error:
        read(text)
    assert error.value.advice


def test_deep_json_is_refused() -> None:
    with pytest.raises(ItemError):
        read("[" * 100_000 + "]" * 100_000)


def test_too_many_lists_are_refused() -> None:
    with pytest.raises(ItemError, match="lists"):
        read("[" + "[]," * 500_000 + "0]")


def test_too_many_objects_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MAX_OBJECTS", 20)
    search = [69, "tags", 1, [KEY, "https://example.net/?q=%tags%", "%tags%", "+", "tags", "sky"]]
    with pytest.raises(ItemError, match="more than 20 objects"):
        read(json.dumps([26, 1, [search] * 30]))


def test_deep_objects_are_refused() -> None:
    nested: Any = URL
    for _ in range(100):
        nested = [133, 2, [nested, nested if nested is URL else URL, "", EMPTY_STEPS]]
    with pytest.raises(ItemError, match="deeper"):
        read(json.dumps([63, "deep", 1, nested]))


def test_half_characters_become_replacement_characters() -> None:
    search = '[69, "a\\ud800", 1, ["", "https://example.net/?q=%tags%", "%tags%", "+", "", ""]]'
    assert read(search).definitions[0].name == "a\ufffd"  # type: ignore[union-attr]  # a Search
