"""The native language: URL patterns, searches, parsers for each kind of page, steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.errors import ItemError
from syncer.model import Note, Page, Tag, UrlKind
from syncer.sites import library
from syncer.sites.library import Library

HEAD = '[site]\nname = "S"\nroot = "https://s.example"\n'


def make(tmp_path: Path, text: str, stem: str = "s") -> Library:
    (tmp_path / f"{stem}.toml").write_text(text, encoding="utf-8")
    loaded = library.load([tmp_path])
    assert [str(problem) for problem in loaded.problems] == []
    return loaded


def parse(tmp_path: Path, parser: str, page: str, url: str = "https://s.example/p/7?tab=x") -> Page:
    text = HEAD + '[[url]]\nname = "p"\nkind = "gallery"\nmatch = "/p/{id:digits}?tab={tab?}"\nparser = "p"\n' + parser
    loaded = make(tmp_path, text)
    recognised = loaded.recognise(url)
    assert recognised is not None
    return loaded.parse(recognised, page, url, 2_000_000_000)


CLASSES = (
    HEAD
    + """
domains = ["mirror.example", "*.s.example"]
[[url]]
name = "post"
kind = "post"
match = "/post/{id:digits}/{slug?}?size={size=full}"
ephemeral = ["slug"]
parser = "p"
[[url]]
name = "big post"
kind = "post"
match = "/post/{id:digits}?size=big"
parser = "p"
[[url]]
name = "tagged"
kind = "gallery"
match = "/t/{tags}/{page:digits=1}"
next = { page = 2 }
last = 9
parser = "p"
[[url]]
name = "strict"
kind = "gallery"
match = "/strict?q={q}"
extra = "refuse"
where = { q = "[a-c]+" }
parser = "p"
[[url]]
name = "keeping"
kind = "gallery"
match = "/keep?q={q}&token={token?}"
extra = "keep"
ephemeral = ["token"]
parser = "p"
[[url]]
name = "file"
kind = "file"
match = "https://cdn.example/{path:rest}"
referrer = "https://s.example/"
headers = { Accept = "image/*" }
[parser.p]
get = [{ what = "post", css = "b" }]
"""
)


@pytest.mark.parametrize(
    ("url", "name", "normalised"),
    [
        ("https://s.example/post/12", "post", "https://s.example/post/12?size=full"),
        ("http://www.s.example/post/12/", "post", "https://s.example/post/12?size=full"),
        ("https://mirror.example/post/12/blue-sky?x=1#c", "post", "https://s.example/post/12?size=full"),
        ("https://art.s.example/post/12", "post", "https://art.s.example/post/12?size=full"),
        ("https://s.example/post/12?size=big", "big post", "https://s.example/post/12?size=big"),
        ("https://s.example/t/a%20b", "tagged", "https://s.example/t/a%20b/1"),
        ("https://s.example/strict?q=abc", "strict", "https://s.example/strict?q=abc"),
        ("https://s.example/keep?z=1&q=a/b&token=t", "keeping", "https://s.example/keep?q=a/b&z=1"),
        ("https://cdn.example/a/b/c.png", "file", "https://cdn.example/a/b/c.png"),
    ],
)
def test_urls_find_their_class_and_normal_form(tmp_path: Path, url: str, name: str, normalised: str) -> None:
    recognised = make(tmp_path, CLASSES).recognise(url)
    assert recognised is not None
    assert (recognised.url_class, recognised.normalised) == (name, normalised)


@pytest.mark.parametrize(
    "url",
    [
        "https://s.example/post/twelve", "https://s.example/post", "https://s.example/post/1/a/b", "https://s.example/",
        "https://s.example/strict?q=abd", "https://s.example/strict?q=abc&x=1", "https://s.example/strict",
        "https://evil-s.example/post/1", "https://s.example.evil.example/post/1", "ftp://s.example/post/1",
    ],
)  # fmt: skip
def test_other_urls_find_none(tmp_path: Path, url: str) -> None:
    assert make(tmp_path, CLASSES).recognise(url) is None


def test_all_matches_are_told_in_order(tmp_path: Path) -> None:
    matches = make(tmp_path, CLASSES).matches("https://s.example/post/12?size=big")
    assert [match.name for match in matches] == ["s/big post", "s/post"]
    assert matches[0].why.startswith("the most specific")


def test_next_page_ends_where_the_site_ends(tmp_path: Path) -> None:
    loaded = make(tmp_path, CLASSES)
    for url, following in (
        ("https://s.example/t/a", "https://s.example/t/a/3"),
        ("https://s.example/t/a/7", "https://s.example/t/a/9"),
        ("https://s.example/t/a/9", None),
        ("https://s.example/post/1", None),
    ):
        recognised = loaded.recognise(url)
        assert recognised is not None
        assert loaded.next_page(recognised) == following


def test_identity_leaves_out_what_is_ephemeral_but_sends_it(tmp_path: Path) -> None:
    loaded = make(tmp_path, CLASSES)
    one = loaded.recognise("https://s.example/keep?q=a&token=1")
    two = loaded.recognise("https://s.example/keep?q=a&token=2")
    assert one is not None
    assert two is not None
    assert one.key == two.key
    assert (one.fetch_url, two.fetch_url) == (
        "https://s.example/keep?q=a&token=1",
        "https://s.example/keep?q=a&token=2",
    )


def test_the_hosts_of_a_site_are_those_that_it_asks_and_not_only_those_of_its_urls(tmp_path: Path) -> None:
    text = CLASSES.replace("[site]", '[site]\nkey_hosts = ["keys.other.example"]', 1)
    more = '[[url]]\nname = "asked"\nkind = "post"\nmatch = "/asked/{id}"\nparser = "asked"\n'
    more += 'fetch = "https://API.other.example:8443/{id}"\n'
    site = make(tmp_path, text + more + '[parser.asked]\nget = [{ what = "file", json = "$.file" }]\n').sites["s"]
    assert {"s.example", "cdn.example", "api.other.example:8443", "keys.other.example"} <= set(site.domains)
    assert "mirror.example" not in site.domains, "its URLs are asked of s.example"
    assert {"mirror.example", "www.mirror.example", "www.s.example"} <= site.aliases


def test_referrer_and_headers(tmp_path: Path) -> None:
    loaded = make(tmp_path, CLASSES)
    file = loaded.recognise("https://cdn.example/a.png")
    post = loaded.recognise("https://s.example/post/1")
    assert file is not None
    assert post is not None
    assert loaded.referrer(file, "https://given.example/") == "https://s.example/"
    assert loaded.referrer(post, "https://given.example/") == "https://given.example/"
    assert file.headers == (("Accept", "image/*"),)
    assert file.kind is UrlKind.FILE


def test_a_config_moves_a_site_to_another_root(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(CLASSES)
    loaded = library.load([tmp_path], {"s": "http://127.0.0.1:8000/booru/"})
    moved = loaded.recognise("http://127.0.0.1:8000/booru/post/3")
    assert moved is not None
    assert moved.normalised == "http://127.0.0.1:8000/booru/post/3?size=full"
    assert loaded.recognise("https://s.example/post/3") is None


FETCHES = (
    HEAD
    + """
[[url]]
name = "page"
kind = "post"
match = "/p/{id:digits}"
fetch = "/step1/{id}"
[[url]]
name = "one"
kind = "post"
match = "/step1/{id}"
fetch = "/step2/{id}?k={id}"
[[url]]
name = "two"
kind = "post"
match = "/step2/{key}?k={k}"
parser = "p"
[parser.p]
get = [{ what = "file", parts.k = { field = "k" }, parts.id = { field = "id" }, template = "/f/{id}-{k}.png" }]
"""
)


def test_fetch_urls_lead_over_several_classes(tmp_path: Path) -> None:
    loaded = make(tmp_path, FETCHES)
    recognised = loaded.recognise("https://s.example/p/5")
    assert recognised is not None
    assert (recognised.fetch_url, recognised.fetch_class) == ("https://s.example/step2/5?k=5", "two")
    page = loaded.parse(recognised, "<p>", recognised.fetch_url, 0)
    assert [file.url for file in page.posts[0].files] == ["https://s.example/f/5-5.png"]
    assert page.posts[0].url == "https://s.example/p/5"


SEARCH = (
    HEAD
    + """
[[search]]
name = "tags"
url = "/t/{query}/1"
join = "%20"
[[search]]
name = "by artist"
url = ["/a?artist={1}&tags={rest}", "/b/{1}"]
sample = "ann sky"
[[url]]
name = "g"
kind = "gallery"
match = "/t/{q}/{page:digits=1}"
parser = "p"
[[url]]
name = "a"
kind = "gallery"
match = "/a?artist={a}&tags={tags?}"
parser = "p"
[[url]]
name = "b"
kind = "gallery"
match = "/b/{a}"
parser = "p"
[parser.p]
get = [{ what = "post", css = "b" }]
"""
)


def test_searches_encode_each_word_for_its_place(tmp_path: Path) -> None:
    loaded = make(tmp_path, SEARCH)
    assert loaded.search("s", "a/b c?d") == ("https://s.example/t/a%2Fb%20c%3Fd/1",)
    assert loaded.search("s/by artist", "ann sky clo&ud") == (
        "https://s.example/a?artist=ann&tags=sky+clo%26ud",
        "https://s.example/b/ann",
    )
    with pytest.raises(ItemError, match="needs one word,"):
        loaded.search("s/by artist", "")
    with pytest.raises(ItemError, match="no search 'x'"):
        loaded.search("s/x", "a")
    with pytest.raises(ItemError, match="nowhere"):
        loaded.search("nowhere", "a")


def test_xml_items(tmp_path: Path) -> None:
    parser = """[parser.p]
read = "xml"
each = "//post"
get = [{ what = "post", xml = "@id" }, { what = "file", xml = "file/@url" }, { what = "tag", xml = "tags/tag" },
       { what = "title", xml = "title" }]
"""
    page = parse(tmp_path, parser, '<posts><post id="1"><file url="/a.png"/><tags><tag>blue sky</tag><tag>x</tag></tags>'
                 "<title>A &amp; B</title></post><post/></posts>")  # fmt: skip
    assert [(post.id, post.files[0].url, post.title) for post in page.posts] == [
        ("1", "https://s.example/a.png", "A & B")
    ]
    assert page.posts[0].tags == (Tag("", "blue sky"), Tag("", "x"))
    assert page.faults == ("item 2: no post, file or link was found in it",)


def test_xml_entities_from_outside_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    parser = '[parser.p]\nread = "xml"\neach = "//p"\nget = [{ what = "post", xml = "@id" }, { what = "title", xml = "t" }]\n'
    folder = tmp_path / "sites"
    folder.mkdir()
    page = parse(folder, parser, f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a><p id="1"><t>&x;</t></p></a>')
    assert "hidden" not in repr(page)


def test_half_a_letter_in_json_is_no_letter(tmp_path: Path) -> None:
    parser = '[parser.p]\neach = "$[*]"\nget = [{ what = "post", json = "$.id" }, { what = "file", json = "$.f" },'
    parser += ' { what = "title", json = "$.t" }, { what = "tag", json = "$.g[*]" }]\n'
    page = parse(tmp_path, parser, r'[{"id": 1, "f": "/f.png", "t": "cut \ud83d", "g": ["\ude00 x", "\ud83d\ude00"]}]')
    assert page.posts[0].title == "cut \ufffd"
    assert page.posts[0].tags == (Tag("", "\ufffd x"), Tag("", "\U0001f600"))


def test_json_inside_html_inside_json(tmp_path: Path) -> None:
    parser = """[parser.p]
each = "$.items[*]"
get = [
  { what = "post", json = "$.id" },
  { what = "file", json = "$.body", inside = { css = "div", attr = "data-x", inside = { json = "$.pics[*].u" } } },
]
"""
    body = '<div data-x="{&quot;pics&quot;:[{&quot;u&quot;:&quot;/1.png&quot;},{&quot;u&quot;:&quot;/2.png&quot;}]}"></div>'
    import json

    page = parse(tmp_path, parser, json.dumps({"items": [{"id": 5, "body": body}]}))
    assert [file.url for file in page.posts[0].files] == ["https://s.example/1.png", "https://s.example/2.png"]


def test_three_levels_of_posts_with_what_stands_around_them(tmp_path: Path) -> None:
    parser = """[parser.p]
each = "$.users[*]"
page = [{ what = "tag", namespace = "site", value = "s" }, { what = "next", json = "$.next" }]
get = [{ what = "tag", namespace = "creator", json = "$.name" }]
[[parser.p.inner]]
each = "$.albums[*]"
get = [{ what = "tag", json = "$.album" }]
[[parser.p.inner.inner]]
each = "$.pics[*]"
get = [{ what = "post", json = "$.id" }, { what = "file", json = "$.url" }]
"""
    data = (
        '{"next": "/p/8", "users": [{"name": "ann", "albums": [{"album": "sky", "pics": [{"id": 1, "url": "/1.png"},'
        '{"id": 2, "url": "/2.png"}]}]}, {"name": "bob", "albums": []}]}'
    )
    page = parse(tmp_path, parser, data)
    assert [post.id for post in page.posts] == ["1", "2"]
    assert page.posts[1].tags == (Tag("site", "s"), Tag("creator", "ann"), Tag("", "sky"))
    assert page.next == ("https://s.example/p/8",)


def test_regex_context_and_constants(tmp_path: Path) -> None:
    parser = r"""[parser.p]
read = "text"
each = 'item (\d+ \w+)'
get = [
  { what = "post", regex = '^\d+' },
  { what = "file", parts.id = { field = "id" }, parts.name = { regex = '\w+$' }, template = "/{id}/{name}.png" },
  { what = "tag", value = "from text" },
]
"""
    page = parse(tmp_path, parser, "item 1 sky, item 2 sea")
    assert [(post.id, post.files[0].url) for post in page.posts] == [
        ("1", "https://s.example/7/sky.png"),
        ("2", "https://s.example/7/sea.png"),
    ]


STEPS = [
    ('{ split = "," }', "a,,b", ["a", "b"]),
    ('{ split = ",", max = 1 }', "a,b,c", ["a", "b,c"]),
    ('{ replace = ["_", " "] }', "a_b_c", ["a b c"]),
    (r"""{ sub = ['(\d+)', '<\1>'] }""", "a12", ["a<12>"]),
    ('{ format = "x{}y" }', "1", ["x1y"]),
    ("{ match = '^a' }", "b", []),
    ("{ drop = '^a' }", "ab", []),
    ('{ strip = "/" }', "/a/", ["a"]),
    ("{ cut_start = 2 }", "abc", ["c"]),
    ("{ cut_end = 0 }", "abc", ["abc"]),
    ("{ cut_end = 5 }", "abc", []),
    ("{ take_start = 2 }", "abc", ["ab"]),
    ("{ take_end = 2 }", "abc", ["bc"]),
    ("{ add = 5 }", "7", ["12"]),
    ("{ add = 5 }", "x", []),
    ('{ date = "iso" }', "2023-11-14T22:13:20Z", ["1700000000"]),
    ('{ date = "iso" }', "2023-11-14T23:13:20.123456789+01:00", ["1700000000"]),
    ('{ date = "rfc822" }', "Tue, 14 Nov 2023 22:13:20 +0000", ["1700000000"]),
    ('{ date = "rfc822" }', "Tue, 14 Nov 2023 3:04 PM", []),
    ('{ date = "unix_ms" }', "1700000000123", ["1700000000"]),
    ('{ date = "%d.%m.%Y %H:%M", zone = "Europe/Berlin" }', "14.11.2023 23:13", ["1699999980"]),
    ('{ decode = "url" }', "a%20b", ["a b"]),
    ('{ decode = "html" }', "a &amp; b", ["a & b"]),
    ('{ decode = "base64" }', "c2t5", ["sky"]),
    ('{ decode = "unicode" }', r"\ud83d\udc47\u00e9", ["👇é"]),
    ('{ encode = "url" }', "a/b", ["a%2Fb"]),
    ("{ lower = true }", "AbC", ["abc"]),
    ('{ map = { s = "safe" } }', "s", ["safe"]),
    ('{ split = " " }, { slice = [1] }', "a b c", ["b", "c"]),
    ('{ split = " " }, { slice = [-1] }', "a b c", ["c"]),
    ('{ split = " " }, { sort = "natural" }', "a10 a2 B1", ["a2", "a10", "B1"]),
    ('{ split = " " }, { sort = "natural" }', f"1\u00b22 {'9' * 5000} 1\u00b21", ["1\u00b21", "1\u00b22", "9" * 5000]),
    ('{ split = " " }, { sort = "text", descending = true }', "a c b", ["c", "b", "a"]),
]


@pytest.mark.parametrize(("steps", "text", "expected"), STEPS)
def test_steps(tmp_path: Path, steps: str, text: str, expected: list[str]) -> None:
    parser = f'[parser.p]\neach = "$[*]"\nget = [{{ what = "post", value = "1" }}, {{ what = "tag", json = "$.t", steps = [{steps}] }}]\n'
    import json

    page = parse(tmp_path, parser, json.dumps([{"t": text}]))
    assert [tag.text for tag in page.posts[0].tags] == expected


def test_vetoes_pins_titles_and_notes(tmp_path: Path) -> None:
    parser = """[parser.p]
each = "$.posts[*]"
page = [{ what = "title", json = "$.title" }, { what = "archived", json = "$.closed" }]
get = [
  { what = "post", json = "$.id" },
  { what = "veto", json = "$.deleted", equals = true, why = "deleted" },
  { what = "veto", json = "$.file", missing = true, why = "members only" },
  { what = "pinned", json = "$.top" },
  { what = "note", name = "text", json = "$.text" },
  { what = "file", json = "$.file" },
  { what = "file", json = "$.small", priority = -1 },
]
"""
    import json

    posts = [
        {"id": 1, "deleted": False, "file": "/1.png", "small": "/s.png", "top": 1, "text": "a \n\n\n\n  b"},
        {"id": 2, "deleted": True, "file": "/2.png", "top": 0},
        {"id": 3, "file": None},
    ]
    page = parse(tmp_path, parser, json.dumps({"title": "T", "closed": True, "posts": posts}))
    assert [post.veto for post in page.posts] == ["", "deleted", "members only"]
    assert [post.pinned for post in page.posts] == [True, False, False]
    assert page.posts[0].notes == (Note("text", "a\n\nb"),)
    assert [file.url for file in page.posts[0].files] == ["https://s.example/1.png"]
    assert (page.title, page.archived) == ("T", True)


def test_one_broken_item_costs_itself_alone(tmp_path: Path) -> None:
    parser = """[parser.p]
each = "$[*]"
get = [{ what = "post", json = "$.id" }, { what = "file", json = "$.file" }, { what = "time", json = "$.time" }]
"""
    page = parse(
        tmp_path, parser, '[{"id": 1, "file": "/1.png"}, null, 5, {"file": "javascript:x"}, {"id": 4, "time": "soon"}]'
    )
    assert [post.id for post in page.posts] == ["1", "4"]
    assert [fault.partition(":")[0] for fault in page.faults] == ["item 2", "item 3", "item 4", "item 5"]


def test_sources_are_links_with_their_scheme_left_out_too_and_no_words(tmp_path: Path) -> None:
    parser = """[parser.p]
each = "$[*]"
get = [{ what = "file", json = "$.file" }, { what = "source", json = "$.from[*]" }]
"""
    told = '["//art.example/1", "https://art.example/2", "// no link", "//", "pixiv #12", "/3", "javascript:x"]'
    page = parse(tmp_path, parser, f'[{{"file": "/1.png", "from": {told}}}]')
    assert page.posts[0].sources == ("https://art.example/1", "https://art.example/2")


def test_hashes_in_hex_and_base64_belong_to_the_file_of_their_place(tmp_path: Path) -> None:
    parser = """[parser.p]
each = "$[*]"
get = [{ what = "file", json = "$.u[*]" }, { what = "md5", json = "$.m[*]" }]
"""
    page = parse(tmp_path, parser, '[{"u": ["/a", "/b"], "m": ["D41D8CD98F00B204E9800998ECF8427E", "1B2M2Y8AsgTpgAmY7PhCfg=="]},'
                 '{"u": ["/c", "/d"], "m": ["d41d8cd98f00b204e9800998ecf8427e"]}, {"u": ["/e"], "m": ["xyz"]}]')  # fmt: skip
    empty = (("md5", "d41d8cd98f00b204e9800998ecf8427e"),)
    assert [[file.hashes for file in post.files] for post in page.posts] == [[empty, empty], [(), ()], [()]]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><head><title>Login</title></head></html>", "titled “Login” where JSON is due"),
        ("", "empty answer"),
        ("{broken", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_came_for_json_is_named(tmp_path: Path, page: str, words: str) -> None:
    with pytest.raises(ItemError, match=words):
        parse(tmp_path, '[parser.p]\neach = "$[*]"\nget = [{ what = "post", json = "$.id" }]\n', page)


def test_a_page_veto_takes_all(tmp_path: Path) -> None:
    parser = '[parser.p]\neach = "b"\npage = [{ what = "veto", css = "p.login", why = "log in" }]\nget = [{ what = "post", css = "i" }]\n'
    page = parse(tmp_path, parser, '<p class="login">x</p><b><i>1</i></b>')
    assert (page.veto, page.posts) == ("log in", ())


def test_a_simple_rule_reads_any_page(tmp_path: Path) -> None:
    loaded = make(
        tmp_path,
        HEAD + '[[rule]]\nname = "linked images"\ncss = "a[href]"\nattr = "href"\nsteps = [{ match = "png$" }]\n',
    )
    page = '<a href="a.png">1</a><a href="b.txt">2</a><a href="a.png">3</a>'
    assert loaded.rule("linked images", page, "https://other.example/x/") == ("https://other.example/x/a.png",)
    with pytest.raises(ItemError):
        loaded.rule("no such", page, "https://other.example/")


def test_a_host_is_one_with_www_and_without_and_is_no_sub_domain_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "blogs.toml").write_text(
        '[site]\nname = "Blogs"\nroot = "https://www.blogs.example"\ndomains = ["old.blogs.example"]\n'
        '[[url]]\nname = "post"\nkind = "post"\nmatch = "/{blog}/{id:digits}"\n'
        '[[url]]\nname = "own"\nkind = "post"\nmatch = "https://*.blogs.example/tagged/{id}"\n'
    )
    sites = library.load([tmp_path])
    for host in ("www.blogs.example", "blogs.example", "old.blogs.example", "www.old.blogs.example"):
        found = sites.recognise(f"http://{host}/birds/7")
        assert found is not None
        assert found.normalised == "https://www.blogs.example/birds/7"
    named = [sites.recognise(f"https://{host}.blogs.example/tagged/heron") for host in ("birds", "www")]
    assert [found and found.url_class for found in named] == ["own", None]
