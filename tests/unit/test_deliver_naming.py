"""Names of delivered files: safe on every system whatever the net wrote, and by bytes."""

from __future__ import annotations

import ntpath
import posixpath
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import letters, name_template
from syncer.deliver import naming
from syncer.errors import ItemError
from syncer.model import FileFacts, MediaFile, Origin, Post, Tag

RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³")}

HOSTILE = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="./\\:~- _\u202e\u200b\x00\n\u0301CONcon", max_size=40),
    st.sampled_from(
        [
            "..",
            ".",
            "../../etc/passwd",
            "/etc",
            "C:\\x",
            "CON",
            "con.txt",
            "nul ",
            "LPT1.",
            "-rf",
            "~root",
            "",
            "   ",
            "COM\u00b9",
        ]
    ),
    st.sampled_from(["\u96ea" * 112, "\U0001f426" * 70, "a" * 300, "e\u0301" * 150, "\U0001f468\u200d\U0001f469" * 40]),
)
DATES = {"date": st.just("2021-04-28 17:20:09"), "came": st.just("2024-10-27 03:33:20")}
VALUES = st.fixed_dictionaries(dict.fromkeys(name_template.FIELDS, HOSTILE) | DATES)
TEMPLATES = st.sampled_from(
    [
        "{site}_{post}_{index}",
        "{site}/{query}/{date}_{post}_{index}",
        "{title}",
        "{title} {name:.40}/{post:08}",
        "c{title}{name}",
        "{title}.{name}",
        "a/{by}/{from}/{title}-{md5}",
        "{creator|series|'un known'}/{title|name|post}_{index:03}.{ext}",
        "{type}/{date:%Y-%m-%d %H.%M.%S}_{character:.20}",
    ]
)


def post(**more: object) -> Post:
    return Post(site="birds", id="12", url="https://birds.example/post/12", time=1_619_630_409, **more)  # type: ignore[arg-type]  # tests only


def named(template: str, values: dict[str, str], extension: str = "jpg", **more: bool) -> str:
    return naming.template(template).path(values, extension, **more)


def test_the_default_names() -> None:
    values = naming.values(
        post(),
        MediaFile("https://cdn.example/x.jpg", index=1),
        Origin("subscription", "lands", "sky cloud"),
        at=1_730_000_000,
    )
    assert named(naming.default_template("hydrus"), values) == "birds_12_1.jpg"
    assert named(naming.default_template("plain"), values) == "birds/sky cloud/2021-04-28_12_1.jpg"
    assert naming.default_template("immich") == naming.default_template("plain")


def test_what_the_site_does_not_tell_is_stood_for() -> None:
    at = 1_730_000_000  # 2024-10-27
    values = naming.values(Post(url="https://x.example/p?a=1"), MediaFile("https://x.example/f"), Origin("url"), at=at)
    assert values["post"] == naming.short_hash("https://x.example/p?a=1")
    assert len(values["post"]) == 12
    assert (values["site"], values["query"], values["date"]) == ("web", "url", "2024-10-27 03:33:20")
    other = naming.values(Post(), MediaFile("https://x.example/g"), Origin("url"), at=at)
    assert other["post"] == naming.short_hash("https://x.example/g")


@pytest.mark.parametrize("time", [10**18, -(10**18), 253_402_300_800, 1_730_086_401, -1, 0, 604_799])
def test_a_time_that_cannot_be_true_falls_back_to_today(time: int) -> None:
    values = naming.values(Post(time=time), MediaFile("u"), Origin("url"), at=1_730_000_000)
    assert (values["date"], values["day"]) == ("2024-10-27 03:33:20", "27")


def test_the_sites_file_name_loses_its_extension() -> None:
    for name, stem in (("a.b.jpg", "a.b"), ("plain", "plain"), (".hidden", ".hidden")):
        assert naming.values(Post(), MediaFile("u", name=name), Origin("url"), at=0)["name"] == stem


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a/b\\c:d", "a-b-c-d"),
        ('what? "yes" <no> *', "what_ 'yes' (no) _"),
        ("..", ""),
        ("../../etc/passwd", "etc-passwd"),
        ("  .hidden. ", "hidden"),
        ("-rf", "rf"),
        ("~root", "root"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("nul .txt", "_nul .txt"),
        ("COM\u00b9", "_COM\u00b9"),
        ("console", "console"),
        ("cafe\u0301", "caf\u00e9"),
        ("e\u200b\u0301", "\u00e9"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("tab\there\nline", "tab here line"),
        ("nul\x00l", "null"),
        ("half\ud83d", "half"),
        ("\u3164", ""),
        ("sky.", "sky"),
    ],
)
def test_letters(text: str, safe: str) -> None:
    assert letters.safe(text) == safe


def test_hydrus_gets_no_dots_but_the_one_before_the_extension() -> None:
    assert (
        named("{title}/{site}_{post}", {"title": "v1.2", "site": "a.b", "post": "1.5"}, dots=False)
        == "v1_2/a_b_1_5.jpg"
    )
    assert named("{title}.x", {"title": "v1.2"}, dots=False) == "v1_2_x.jpg"


def test_zeros_and_lengths() -> None:
    assert named("{index:03}_{title:.4}", {"index": "7", "title": "mountains"}) == "007_moun.jpg"
    assert named("{index:03.5}", {"index": "1234567"}) == "12345.jpg"


def test_of_several_fields_the_first_counts_of_which_something_is_left() -> None:
    template = "{creator|title|'no one'}/{post}"
    assert named(template, {"creator": "a", "title": "b", "post": "1"}) == "a/1.jpg"
    assert named(template, {"creator": "\u200b/..", "title": "b", "post": "1"}) == "b/1.jpg"
    assert named(template, {"post": "1"}) == "no one/1.jpg"


def test_dates_take_a_format_and_are_days_without_one() -> None:
    values = naming.values(post(), MediaFile("u"), Origin("url"), at=1_730_000_000)
    assert named("{date:%Y}/{date:%m-%d %H.%M.%S}_{post}", values) == "2021/04-28 17.20.09_12.jpg"
    assert named("{date}_{came}", values) == "2021-04-28_2024-10-27.jpg"
    assert named("{came:%j}", values, dots=False) == "301.jpg"


def test_tags_and_facts_can_be_named() -> None:
    tags = (Tag("artist", "b"), Tag("Creator", "a/c"), Tag("creator", "d"), Tag("creator", "e"), Tag("series", "s"))
    facts = FileFacts("ab" * 32, "cd" * 16, 5, "image/png", "png", "image", 800, 600)
    values = naming.values(post(tags=tags), MediaFile("u"), Origin("inbox", label="cats"), at=0, facts=facts)
    template = "{label}/{type}/{creator}_{series}_{character|'none'}_{width}x{height}_{ext}.{ext}"
    assert named(template, values, "png") == "cats/image/b, a-c, d_s_none_800x600_png.png"


def test_the_extension_may_be_written_or_not() -> None:
    assert named("{post}.{ext}", {"post": "1"}) == named("{post}", {"post": "1"}) == "1.jpg"


def test_every_field_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "names.md").read_text("utf-8")
    for name, words in name_template.FIELDS.items():
        assert f"| `{{{name}}}` | {words} |" in page


def test_every_field_has_a_value() -> None:
    facts = FileFacts("ab" * 32, "cd" * 16, 5, "image/png", "png", "image", 800, 600)
    values = naming.values(post(), MediaFile("u"), Origin("url"), at=0, facts=facts)
    assert set(values) == set(name_template.FIELDS)


def test_empty_components_are_called_unnamed() -> None:
    assert named("{query}/{title}", {}) == "unnamed/unnamed.jpg"


def test_names_are_cut_by_bytes_and_what_tells_files_apart_stays() -> None:
    long = named(
        "{title}_{site}_{post}_{index}", {"title": "\u96ea" * 200, "site": "birds", "post": "123456", "index": "3"}
    )
    assert long.endswith("\u96ea_birds_123456_3.jpg")
    assert 215 < len(long.encode()) <= 223
    assert len(named("{title}", {"title": "\U0001f426" * 70}).encode()) <= 223


def test_ids_that_are_too_long_still_differ() -> None:
    one, two = (named("{site}_{post}", {"site": "s", "post": "x" * 400 + end}) for end in "ab")
    assert one != two
    assert len(one) <= 223


def test_a_cut_leaves_no_mark_without_its_letter() -> None:
    assert letters.cut("ae\u0301", 3) == "a"
    assert letters.cut("a\u0928\u093f", 4) == "a\u0928"
    assert letters.cut("abc", 10) == "abc"
    assert letters.cut("ab. c", 4) == "ab"


@given(TEMPLATES, VALUES, st.booleans(), st.sampled_from([223, 111]))
def test_no_field_leads_out_or_makes_a_bad_name(template: str, values: dict[str, str], dots: bool, most: int) -> None:
    path = naming.template(template).path(values, "jpg", dots=dots, most=most)
    assert not posixpath.isabs(path)
    assert not ntpath.splitdrive(path)[0]
    assert posixpath.normpath(posixpath.join("/base", path)) == f"/base/{path}"
    components = path.split("/")
    assert len(components) == template.count("/") + 1
    for place, component in enumerate(components):
        assert 0 < len(component.encode("utf-8")) <= most
        assert component[0] not in "-~. "
        assert component[-1] not in ". "
        assert component.split(".")[0].rstrip().upper() not in RESERVED
        assert not set(component) & set('\\/:*?"<>|\x7f')
        assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co") for each in component)
        assert component == unicodedata.normalize("NFC", component)
        if not dots:
            assert component.count(".") == (1 if place == len(components) - 1 else 0)


@given(HOSTILE, st.booleans())
def test_safe_letters_stay_as_they_are(text: str, dots: bool) -> None:
    once = letters.safe(text, dots=dots)
    assert letters.safe(once, dots=dots) == once


@given(TEMPLATES, VALUES)
def test_the_same_fields_give_the_same_name(template: str, values: dict[str, str]) -> None:
    assert named(template, values) == named(template, values)


@given(TEMPLATES, VALUES, st.integers(2, 10_000))
def test_another_name_is_another_stem_and_as_safe(template: str, values: dict[str, str], number: int) -> None:
    path = named(template, values)
    other = naming.other(path, number)
    assert naming.name_key(other) != naming.name_key(path)
    assert naming.name_key(other) != naming.name_key(naming.other(path, number + 1))
    assert other.endswith(f"-{number}.jpg")
    assert len(other.rpartition("/")[2].encode()) <= 223
    assert other.rpartition("/")[0] == path.rpartition("/")[0]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a/B.jpg", "A/b.png"),
        ("caf\u00e9.jpg", "cafe\u0301.jpg"),
        ("STRASSE.jpg", "stra\u00dfe.jpg"),
        ("\u0130x.jpg", "i\u0307x.gif"),
    ],
)
def test_case_twins_have_one_key(one: str, two: str) -> None:
    assert naming.name_key(one) == naming.name_key(two)


def test_different_names_have_different_keys() -> None:
    keys = {naming.name_key(each) for each in ("a/b.jpg", "b.jpg", "a/b.c.jpg", "a/bc.jpg", "a/b-2.jpg")}
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{site", "braces"),
        ("{}", "no field {}"),
        ("{tags}", "there is no field {tags}"),
        ("{site.__class__}", "no field {site.__class__}"),
        ("{site[0]}", "no field {site[0]}"),
        ("{site!r}", "a field takes no"),
        ("{site:>99}", "a field takes"),
        ("{index:0999}", "a field takes"),
        ("{site:.1000}", "a field takes"),
        ("{site:{post}}", "a field takes"),
        ("fixed", "no field is in its last part"),
        ("../{post}", '".." is no name'),
        ("/{post}", '"" is no name'),
        ("{site}//{post}", '"" is no name'),
        ("{site}/", '"" is no name'),
        ("con/{post}", '"con" is no name'),
        ("/".join(["{post}"] * 10), "more than 8 folders"),
        ("{site}/fixed", "no field is in its last part"),
        ("a:b_{post}", "holds a letter that not every system takes"),
        ("{titel}", "did you mean {title}?"),
        ("{title|unknown}", "no field {unknown}"),
        ("{date:%Y/%m}_{post}", "a date also {date:%Y-%m}"),
        ("{date:%c}", "a date also {date:%Y-%m}"),
        ("{title:%Y}", "cannot be read"),
        ("{'x'}", "no field {'x'}"),
        (".{ext}", '"" is no name'),
    ],
)
def test_templates_that_make_no_sense_are_refused(template: str, words: str) -> None:
    with pytest.raises(ItemError) as caught:
        naming.template(template)
    assert words in caught.value.title


@pytest.mark.parametrize(
    ("name", "url", "stem"),
    [
        ("Fog.final.jpeg", "https://cdn.example/1.jpg", "Fog.final"),
        ("Vol. 2, all of it", "https://cdn.example/1.jpg", "Vol. 2, all of it"),
        (".jpg", "https://cdn.example/1.jpg", "jpg"),
        ("", "https://cdn.example/a/IMG%201.jpg?w=800#x", "IMG 1"),
        ("", "https://cdn.example/%E9%9B%AA", "雪"),
        ("", "https://cdn.example/..%2F..%2Fetc", "etc"),
        ("", "https://cdn.example", "unnamed"),
        ("", "https://cdn.example/a/", "unnamed"),
        ("", "handover:yt-dlp:https://video.example/watch", "unnamed"),
        ("", "https://[broken/x.jpg", "unnamed"),
        ("", "", "unnamed"),
    ],
)
def test_the_name_is_the_one_on_the_site_else_that_in_the_url(name: str, url: str, stem: str) -> None:
    values = naming.values(post(), MediaFile(url, name=name), Origin("url"), at=0)
    assert named("{name}", values) == f"{stem}.jpg"


def test_eight_folders_may_be_written() -> None:
    assert named("a/b/c/d/e/f/g/h/{post}", {"post": "12"}) == "a/b/c/d/e/f/g/h/12.jpg"


def test_a_wish_for_a_url_names_no_folder_after_it() -> None:
    url = "https://x.example/f.png"
    values = naming.values(Post(), MediaFile(url), Origin("url", url), at=0)
    assert values["query"] == "url"
