"""Pages that are built to stall or bloat their reader, and site files that such pages hurt most.

Here apart from measuring; tests take the worst of them. Each page is made for a size, so that small ones can be tried too.
"""

from __future__ import annotations

import itertools
import json
import string
from collections.abc import Callable, Iterator, Mapping

Make = Callable[[int], str]
"""Makes a page of about so many characters."""


def _repeat(piece: str) -> Make:
    return lambda size: piece * (size // len(piece))


def _around(head: str, piece: str, tail: str) -> Make:
    return lambda size: head + piece * max(1, (size - len(head) - len(tail)) // len(piece)) + tail


def _counted(form: str, head: str = "", tail: str = "") -> Make:
    def make(size: int) -> str:
        numbers = itertools.count()
        pieces: list[str] = [head]
        left = size - len(head) - len(tail)
        while left > 0:
            pieces.append(form.replace("#", str(next(numbers))))
            left -= len(pieces[-1])
        return "".join([*pieces, tail])

    return make


def _half(first: Make, second: Make) -> Make:
    return lambda size: first(size // 2) + second(size // 2)


def _names() -> Iterator[str]:
    for length in (1, 2, 3, 4):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield "".join(letters)


def _attributes(size: int) -> str:
    return ("<p " + " ".join(itertools.islice(_names(), size // 4)))[:size] + ">"


def _hidden_attributes(size: int) -> str:
    """One tag whose attributes are broken up by values that look like the end of it."""
    names = _names()
    groups = size // 400
    return "<p " + " ".join(" ".join(itertools.islice(names, 80)) + ' z="><p>"' for _ in range(groups)) + ">"


def _nested(open_: str, inner: str, close: str, depth: int) -> Make:
    unit = open_ * depth + inner + close * depth
    return lambda size: unit * max(1, size // len(unit))


HTML: Mapping[str, Make] = {
    "nested elements": _repeat("<div>"),
    "nested elements, closed": lambda size: "<div>" * (size // 11) + "</div>" * (size // 11),
    "deep towers": _nested("<div class=post>", "<a href=/x>x</a>", "</div>", 1900),
    "low towers": _nested("<div class=post>", "<a href=/x>x</a>", "</div>", 60),
    "a tower with much text in it": lambda size: "<div class=post>" * 1500 + "x " * (size // 2) + "</div>" * 1500,
    "a low tower with much text in it": lambda size: "<div class=post>" * 55 + "x " * (size // 2) + "</div>" * 55,
    "a low tower with many elements in it": _around("<div class=post>" * 55, "<b></b>", "</div>" * 55),
    "wrong end tags": _repeat("<div></x>"),
    "end tags in titles": _repeat("<div><title></div></title>"),
    "end tags in tables": _repeat("<div><table></div></table>"),
    "end tags in comments": _repeat("<div><!--></div>-->"),
    "formats": _repeat("<b>"),
    "fonts": _counted("<font a#>"),
    "fonts and paragraphs": _half(_counted("<font a#>"), _repeat("<p>x")),
    "few fonts and paragraphs": lambda size: "<p>" + _counted("<font a#>")(6000) + "<p>x" * ((size - 6000) // 4),
    "misnested formats": _repeat("<b><div><i><p></b></i>"),
    "formats around blocks": lambda size: "<b>" * 3 + "<div>" * (size // 14) + "</b>" * (size // 14),
    "links in links": _repeat("<a href=/x><div>"),
    "tables in tables": _repeat("<table><tr><td>"),
    "texts in tables": _repeat("<table>x<b>"),
    "misnested tables": _repeat("<table><b><tr><i>x</table>"),
    "selects": _repeat("<select><option><b>"),
    "templates": _repeat("<template><div class=post>"),
    "drawings": _repeat("<svg><desc><math><mi>"),
    "many attributes": _attributes,
    "hidden attributes": _hidden_attributes,
    "many tags with many attributes": lambda size: (
        ("<p " + " ".join(itertools.islice(_names(), 250)) + ">") * (size // 950)
    ),
    "a giant attribute": lambda size: f'<div class=post><a href="/{"x" * size}">x</a></div>',
    "a giant class": lambda size: f'<div class="post {"x " * (size // 2)}"><a href=/x>x</a></div>',
    "many siblings": _repeat("<b></b>"),
    "many posts": _repeat("<div class=post></div>"),
    "many siblings in a post": _around("<div class=post><a href=/x>x</a>", "<b></b>", "</div>"),
    "many links in a post": _around("<div class=post>", "<a href=/x>x</a>", "</div>"),
    "many tags beside many posts": _half(_counted("<i>t#</i>"), _counted("<div class=post><a href=/p#>x</a></div>")),
    "posts in posts": _nested("<div class=post><a href=/x>x</a>", "", "</div>", 50),
    "entities": _repeat("&amp;"),
    "long entities": _repeat("&CounterClockwiseContourIntegral;"),
    "broken entities": _repeat("&#x10FFFF"),
    "blanks": lambda size: f"<div class=post><a href=/x>x</a><p>{' ' * size}.</p></div>",
    "blank lines": _around("<div class=post><a href=/x>x</a><p>", " \n", ".</p></div>"),
    "for the pattern": lambda size: f"<div class=post><a href=/x>x</a><p>{'a' * size}!</p></div>",
    "many for the pattern": _repeat(f"<div class=post><a href=/x>x</a><p>{'a' * 24}!</p></div>"),
    "dates": _repeat("<div class=post><a href=/x>x</a><time>some day in May, or not</time></div>"),
    "comments": _repeat("<!--"),
    "processing instructions": _repeat("<?x "),
    "an open attribute": lambda size: '<p a="' + "<p a='" * (size // 6),
    "less-than signs": _repeat("<"),
    "nothing": lambda size: "\0" * size,
    "a script": lambda size: f"<script>{'<!--<script>' * (size // 12)}",
}
"""HTML by what is bad about it."""

JSON: Mapping[str, Make] = {
    "nested lists": _repeat("["),
    "nested lists, closed": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "nested objects": lambda size: '{"a":' * 900 + json.dumps("x" * (size - 8000)) + "}" * 900,
    "many towers": lambda size: "[" + ",".join(['{"a":' * 90 + "1" + "}" * 90] * (size // 640)) + "]",
    "empty lists": lambda size: "[" + ",".join(["[]"] * (size // 3)) + "]",
    "empty objects": lambda size: "[" + ",".join(["{}"] * (size // 3)) + "]",
    "many posts": lambda size: json.dumps([{"id": number, "a": "/x"} for number in range(size // 25)]),
    "many keys": lambda size: json.dumps({f"k{number}": number for number in range(size // 16)}),
    "a long number": lambda size: "1" * size,
    "long numbers": lambda size: json.dumps(["9" * 4000] * (size // 4000)),
    "exponents": lambda size: "[" + ",".join(["1e999"] * (size // 6)) + "]",
    "escapes": lambda size: '["' + "\\ud83d" * (size // 6) + '"]',
    "html in strings": lambda size: json.dumps([{"id": 1, "html": "<b>" * 300} for _ in range(size // 940)]),
    "a hostile page in a string": lambda size: json.dumps([{"id": 1, "html": _counted("<font a#>")(size // 2) + "<p>x" * (size // 8)}]),
    "for the pattern": lambda size: json.dumps([{"id": 1, "a": "a" * 24 + "!"}] * (size // 45)),
    "zipped marks": lambda size: json.dumps([{"id": 1, "a": "{b}" * (size // 6), "b": "\\1\\2" * (size // 8)}]),
    "rows": lambda size: json.dumps([{"id": 1, "c": ["x"] * (size // 10), "b": "y" * (size // 2)}]),
    "many tags beside many posts": lambda size: json.dumps(
        {"tags": [f"t{n}" for n in range(size // 20)], "posts": [{"id": 1}] * (size // 20)}
    ),
    "not JSON": _repeat("<div>"),
}  # fmt: skip
"""JSON by what is bad about it."""

XML: Mapping[str, Make] = {
    "nested elements": _repeat("<a>"),
    "towers": lambda size: "<r>" + _nested("<post>", "x", "</post>", 200)(size) + "</r>",
    "many siblings": _around("<r>", "<post/>", "</r>"),
    "many posts": _around("<posts>", '<post id="1" tags="a b c"/>', "</posts>"),
    "many attributes": lambda size: "<r " + " ".join(f'{name}=""' for name in itertools.islice(_names(), size // 7)) + "/>",
    "a thousand laughs": lambda size: _laughs() + "x" * (size - 2000) + "</r>",
    "a quadratic entity": lambda size: f'<!DOCTYPE r [<!ENTITY a "{"x" * (size // 2)}">]><r>{"&a;" * (size // 6)}</r>',
    "an outer entity": lambda size: '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>' + " " * size,
    "namespaces": lambda size: "<r>" + "".join(f'<a xmlns:n{n}="u{n}"/>' for n in range(size // 24)) + "</r>",
    "a tower with much text in it": lambda size: "<r>" + "<post>" * 200 + "x " * (size // 2) + "</post>" * 200 + "</r>",
    "comments": _around("<r>", "<!-- x -->", "</r>"),
    "characters that XML has not": lambda size: "<r>" + "\x01" * size + "</r>",
    "entities": _around("<r><post>", "&#120;", "</post></r>"),
}  # fmt: skip
"""XML by what is bad about it."""


def _laughs() -> str:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE r [<!ENTITY l0 "ha">{lines}]><r>&l9;'


FEEDS: Mapping[str, Make] = {
    "many entries": _around("<rss version='2.0'><channel>", "<item><title>t</title></item>", "</channel></rss>"),
    "nested entries": _around("<rss version='2.0'><channel>", "<item>", "</channel></rss>"),
    "html in entries": _around(
        "<rss version='2.0'><channel>", "<item><description>&lt;b&gt;&lt;p&gt;&lt;a href=x&gt;</description></item>", "</channel></rss>"
    ),
    "one long entry": _around("<rss version='2.0'><channel><item><description>", "&lt;b", "</description></item></channel></rss>"),
    "a broken feed": _around("<rss version='2.0'><channel>", "<item><title>&x<b", ""),
    "a thousand laughs": lambda size: _laughs().replace("<r>", "<rss version='2.0'><channel><item><title>") + " " * size,
    "less-than signs": _around("<rss version='2.0'>", "<", ""),
    "declarations": _around("<rss version='2.0'>", "<!x", ""),
    "dates": _around("<rss version='2.0'><channel>", "<item><pubDate>1 1 1 1 1 1 1 1 1 1</pubDate></item>", "</channel></rss>"),
    "many enclosures": _around("<rss version='2.0'><channel><item>", "<enclosure url='/x'/>", "</item></channel></rss>"),
}  # fmt: skip
"""Feeds by what is bad about them."""

TEXTS: Mapping[str, Make] = {
    "for the pattern": lambda size: "a" * size,
    "links": _repeat("http://a.example/x "),
    "quotes": _repeat('"'),
}
"""Plain texts by what is bad about them."""

KINDS: Mapping[str, Mapping[str, Make]] = {"html": HTML, "json": JSON, "xml": XML, "feed": FEEDS, "text": TEXTS}

_SELECTORS = (
    "div a", "div div a", "div div div b", "section div div div a", "x b", "p b", "x ~ b", "b:nth-child(7)",
    "i:nth-last-of-type(3)", "b:only-of-type", "div:has(x)", "div:not(.post) b", "b + i", "[class*=st] a",
)  # fmt: skip

NATIVE = f"""
[site]
name = "Hostile"
root = "https://hostile.example"
[[url]]
name = "html"
kind = "gallery"
match = "/html"
parser = "html"
[[url]]
name = "json"
kind = "gallery"
match = "/json"
parser = "json"
[[url]]
name = "object"
kind = "gallery"
match = "/object"
parser = "object"
[[url]]
name = "xml"
kind = "gallery"
match = "/xml"
parser = "xml"
[[url]]
name = "feed"
kind = "gallery"
match = "/feed"
parser = "feed"
[[url]]
name = "text"
kind = "gallery"
match = "/text"
parser = "text"
[parser.html]
each = "div.post"
page = [
  {{ what = "tag", css = "i" }},
  {{ what = "next", css = "a.next, div div a.next", attr = "href" }},
]
get = [
  {{ what = "follow", css = "a", attr = "href" }},
  {{ what = "title", css = "p" }},
  {{ what = "note", take = "html" }},
  {{ what = "note", name = "text", css = "p" }},
  {{ what = "tag", css = "div" }},
  {{ what = "tag", css = "p", steps = [{{ match = "^(a|aa)+$" }}] }},
  {{ what = "tag", css = "p", steps = [{{ sub = ["(\\\\s*\\\\w+\\\\s*)+:", "x"] }}] }},
  {{ what = "tag", regex = "(a+)+!" }},
  {{ what = "time", css = "time", steps = [{{ date = "loose" }}] }},
  {", ".join(f'{{ what = "tag", css = "{selector}" }}' for selector in _SELECTORS)},
]
[[parser.html.inner]]
each = "div"
get = [{{ what = "follow", css = "a", attr = "href" }}]
[parser.json]
each = "$[*]"
get = [
  {{ what = "post", json = "$.id" }},
  {{ what = "tag", json = "$..a" }},
  {{ what = "tag", json = "$..a..a" }},
  {{ what = "tag", json = "$[?@.a == 'x']" }},
  {{ what = "tag", json = "$.a", steps = [{{ match = "^(a|aa)+$" }}] }},
  {{ what = "tag", regex = "(a+)+!" }},
  {{ what = "tag", json = "$.html", inside = {{ css = "b b" }} }},
  {{ what = "tag", parts = {{ a = {{ json = "$.a" }}, b = {{ json = "$.b" }} }}, template = "{{a}} {{b}}" }},
  {{ what = "tag", parts = {{ a = {{ json = "$.c[*]" }}, b = {{ json = "$.b" }} }}, template = "{{a}} {{b}}" }},
]
[parser.object]
each = "$.posts[*]"
page = [{{ what = "tag", json = "$.tags[*]" }}]
get = [{{ what = "post", json = "$.id" }}]
[parser.xml]
read = "xml"
each = "//post"
page = [{{ what = "tag", xml = "//a//a//a" }}]
get = [
  {{ what = "post", xml = "@id" }},
  {{ what = "tag", xml = "@tags", steps = [{{ split = " " }}] }},
  {{ what = "tag", xml = "." }},
  {{ what = "tag", xml = "preceding::post[1]/@id" }},
  {{ what = "tag", xml = "following-sibling::post[last()]/@id" }},
]
[parser.feed]
read = "feed"
each = "$.entries[*]"
get = [
  {{ what = "post", json = "$.id" }},
  {{ what = "title", json = "$.title" }},
  {{ what = "note", json = "$.text" }},
  {{ what = "file", json = "$.files[*].url" }},
  {{ what = "time", json = "$.time" }},
]
[parser.text]
read = "text"
each = "(a+)+$|http\\\\S+|\\"[^\\"]*\\""
get = [{{ what = "follow", regex = "(\\\\S*)*x" }}, {{ what = "follow" }}]
"""
"""A native site file that reads a page of each kind, at /html, /json, /object, /xml, /feed and /text."""

IMPORTED = r"""
[site]
name = "Imported hostile"
dialect = "hydrus"
[[url]]
name = "hostile html"
kind = "gallery"
domains = ["imported.example"]
path = ["html"]
example = "https://imported.example/html"
[[url]]
name = "hostile json"
kind = "gallery"
domains = ["imported.example"]
path = ["json"]
example = "https://imported.example/json"
[[parser]]
name = "hostile html parser"
examples = ["https://imported.example/html"]
get = [
  { name = "a", what = "tag", html = ["div", "div", "div", "x"] },
  { name = "b", what = "tag", html = ["div", "div", "b"] },
  { name = "c", what = "tag", html = [{ tag = "div", text = { regex = "(a+)+!" } }] },
  { name = "d", what = "note", note = "n", html = ["div"], take = "html" },
  { name = "e", what = "tag", html = [{ tag = "b", nth = -1 }, { up = 3 }, "b"] },
  { name = "f", what = "tag", html = ["b", { tag = "b", next = true }, { tag = "b", previous = true }] },
  { name = "g", what = "next", html = [{ tag = "a", attrs = { class = "next" } }], attr = "href" },
  { name = "h", what = "time", html = ["time"], steps = [{ loose_date = true }] },
  { name = "i", what = "tag", html = [{ attrs = { class = "post" } }, "i"], steps = [{ sub = ["(\\s*\\w+\\s*)+:", "x"] }] },
  { name = "k", what = "tag", zip = [{ html = ["i"] }, { html = ["a"], attr = "href" }], template = '\1 \2' },
]
[[parser.posts]]
name = "posts"
split = { html = [{ tag = "div", attrs = { class = "post" } }], take = "html" }
get = [
  { name = "p", what = "desired", html = ["a"], attr = "href" },
  { name = "t", what = "tag", html = ["p"], steps = [{ match = { regex = "^(a|aa)+$" } }] },
]
[[parser]]
name = "hostile json parser"
examples = ["https://imported.example/json"]
get = [
  { name = "a", what = "tag", json = [{ key = { regex = "^(k+)+$" } }] },
  { name = "b", what = "tag", json = ["*", "*", "*", "*"] },
  { name = "c", what = "note", note = "n", json = ["*"], take = "json" },
  { name = "d", what = "tag", nested = [{ json = ["*", "html"] }, { html = ["b", "b"] }] },
  { name = "e", what = "tag", zip = [{ json = ["*", "a"] }, { json = ["*", "b"] }], template = '\1 \2 \1' },
  { name = "f", what = "tag", zip = [{ json = ["*", "c", "*"] }, { json = ["*", "b"] }], template = '\1 \2' },
  { name = "g", what = "tag", json = ["*", "a"], steps = [{ sub = ["(a+)+$", "x"] }] },
]
[[parser.posts]]
name = "posts"
split = { json = ["*"], take = "json" }
get = [{ name = "p", what = "desired", json = ["id"] }, { name = "q", what = "tag", html = ["b"] }]
"""
"""An imported site file that reads pages at /html and /json."""

SITES = {"hostile": NATIVE, "imported": IMPORTED}
READERS: Mapping[str, tuple[str, ...]] = {
    "html": ("https://hostile.example/html", "https://imported.example/html", "https://imported.example/json"),
    "json": ("https://hostile.example/json", "https://hostile.example/object", "https://imported.example/json", "https://imported.example/html"),
    "xml": ("https://hostile.example/xml",),
    "feed": ("https://hostile.example/feed",),
    "text": ("https://hostile.example/text",),
}  # fmt: skip
"""The URLs whose parsers are to read each kind of page."""
