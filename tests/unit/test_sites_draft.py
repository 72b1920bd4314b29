"""First drafts of site files, from pages in the shapes that real servers gave when they were tried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.model import Page
from syncer.sites import draft, engines, library
from syncer.sites.draft import Draft
from syncer.sites.engines import Engine

SHIPPED = Path(__file__).parents[2] / "sites"
ROOT = "https://birds.example"


@pytest.fixture(scope="module")
def known() -> tuple[Engine, ...]:
    return engines.read([SHIPPED])


WIKI = """<html><head><title>Category:Birds - Garden</title><meta name="generator" content="MediaWiki 1.39.17"/>
<link rel="EditURI" type="application/rsd+xml" href="//birds.example/wiki/api.php?action=rsd"/></head><body>x</body></html>"""


@pytest.mark.parametrize(
    ("page", "engine", "more"),
    [
        (WIKI, "mediawiki", 'api = "/wiki/api.php"'),
        ('<meta name="generator" content="WordPress 6.1.9" />', "wordpress", ""),
        (
            '<rss version="2.0"><channel><generator>https://wordpress.org/?v=6.1.9</generator></channel></rss>',
            "wordpress",
            "",
        ),
        ('<?xml version="1.0"?><rss version="2.0"><channel><title>Talks</title></channel></rss>', "feed", ""),
        ("<html><head><title>Index of /pub/</title></head>", "autoindex", ""),
        ("<title>Directory listing for /</title>", "autoindex", ""),
        ('<meta name="generator" content="Philomena v1.2">', "philomena", ""),
        ("<div id='top-navigation-holder'></div>", "szurubooru", ""),
        ('<a href="https://github.com/shish/shimmie2/" title="x">Shimmie</a>', "shimmie2", ""),
        ('<meta name="generator" content="FoolFuuka 2.2.0">', "foolfuuka", ""),
        ('<div class="notranslate app-holder" data-props="{}" id="mastodon">', "mastodon", ""),
    ],
)
def test_a_page_that_shows_its_software_is_drafted_as_its_engine(
    known: tuple[Engine, ...], tmp_path: Path, page: str, engine: str, more: str
) -> None:
    drafted = draft.draft(f"{ROOT}/wiki/Category:Birds", page, known)
    assert (drafted.kind, drafted.stem) == ("engine", "birds-example")
    assert f'engine = "{engine}"' in drafted.text
    assert more in drafted.text
    (tmp_path / "birds.toml").write_text(drafted.text, "utf-8")
    assert [
        str(problem) for problem in library.load([SHIPPED, tmp_path]).problems if problem.file.parent == tmp_path
    ] == []


def test_a_page_about_a_software_is_none_of_its_own(known: tuple[Engine, ...]) -> None:
    page = "<p>We moved from WordPress to MediaWiki; our Mastodon is elsewhere.</p><a href='/x'>Philomena</a>"
    assert draft.draft(f"{ROOT}/news", page, known).kind == "post"


def test_an_engine_of_ones_own_is_known_by_its_signs_and_one_that_cannot_be_read_by_none(tmp_path: Path) -> None:
    (tmp_path / "engines").mkdir()
    own = '[engine]\nname = "Mine"\nsigns = ["(", "<i>mine</i>"]\n[engine.finds]\napi = \'data-api="([^"]*)"\'\n'
    (tmp_path / "engines" / "mine.toml").write_text(own, "utf-8")
    (tmp_path / "engines" / "broken.toml").write_text("[engine", "utf-8")
    (tmp_path / "engines" / "odd.toml").write_text("engine = 5\n", "utf-8")
    kin = engines.kin('<i>mine</i><b data-api="/v2">', engines.read([SHIPPED, tmp_path]))
    assert kin is not None
    assert (kin.stem, kin.name, kin.variables) == ("mine", "Mine", (("api", "/v2"),))


def test_every_sign_of_a_shipped_engine_can_be_read(known: tuple[Engine, ...]) -> None:
    for engine in known:
        text = (SHIPPED / "engines" / f"{engine.stem}.toml").read_text("utf-8")
        assert bool(engine.signs) == ("\nsigns = " in text)


ENTRY = '<a class="mr-3 mb-3" href="/post/view/{0}/"><img src="/media/preview/{0}.jpg"></a>'
ENTRIES = "".join(ENTRY.format(number) for number in range(25, 5, -1))
LISTING = f"""<table><tr><td class="tag-label"><a href="/post/list/?tags=owl">owl</a></td></tr></table><main>{ENTRIES}</main>
<ul class="pagination"><li><a class="page-link" href="#">Previous</a></li><li><a class="page-link" href="NEXT">Next</a></li></ul>"""
POST = """<title>Garden</title><td class="tag-label"><a href="/post/list/?tags=blue_sky">blue_sky</a></td>
<time datetime="2023-11-14T22:13:20+00:00">then</time><a href="/post/view/24/">Previous</a>
<td><a href="/media/data/25.png">3 KB</a></td><img src="/media/data/25.png">"""


def _read(folder: Path, drafted: Draft, url: str, page: str) -> Page:
    (folder / "birds.toml").write_text(drafted.text, "utf-8")
    loaded = library.load([folder])
    assert [str(problem) for problem in loaded.problems] == []
    recognised = loaded.recognise(url)
    assert recognised is not None, url
    return loaded.parse(recognised, page, url, 2_000_000_000)


def test_a_listing_and_the_page_of_its_first_entry_give_a_file_that_works_as_it_is(tmp_path: Path) -> None:
    url = f"{ROOT}/post/list/?tags=blue_sky"
    listing = LISTING.replace("NEXT", "/post/list/2/")
    drafted = draft.draft(url, listing)
    assert drafted.lead == f"{ROOT}/post/view/25/"
    drafted = draft.with_post(drafted, drafted.lead, POST)
    page = _read(tmp_path, drafted, url, listing)
    assert [post.follow[0] for post in page.posts] == [f"{ROOT}/post/view/{n}/" for n in range(25, 5, -1)]
    # The site's own link forgets what was searched for.
    assert page.next == (f"{ROOT}/post/list/2/?tags=blue_sky",)
    last = _read(tmp_path, drafted, f"{ROOT}/post/list/3/?tags=blue_sky", LISTING.replace("NEXT", "#"))
    assert last.next == ()
    (post,) = _read(tmp_path, drafted, drafted.lead, POST).posts
    assert [file.url for file in post.files] == [f"{ROOT}/media/data/25.png"]
    assert ([tag.text for tag in post.tags], post.time, post.id) == (["blue_sky"], 1_700_000_000, "25")


def test_a_next_link_that_keeps_the_search_is_followed_as_it_is(tmp_path: Path) -> None:
    url = f"{ROOT}/post/list/?tags=sky"
    listing = LISTING.replace("NEXT", "/post/list/2/?tags=sky")
    assert _read(tmp_path, draft.draft(url, listing), url, listing).next == (f"{ROOT}/post/list/2/?tags=sky",)


def test_the_page_of_an_entry_that_is_no_post_or_lies_elsewhere_adds_nothing() -> None:
    url = f"{ROOT}/post/list/?tags=sky"
    drafted = draft.draft(url, LISTING)
    assert draft.with_post(drafted, drafted.lead, LISTING) == drafted
    assert draft.draft(url, LISTING.replace('href="/post/view', 'href="https://other.example/post/view')).lead == ""


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("/?p=76", "/?p={id:digits}"),
        ("/wiki/Heron.png", "/wiki/{id}"),
        ("/photo/12", "/photo/{id:digits}"),
        ("/", "/"),
    ],
)
def test_a_posts_url_has_a_field_for_its_name(url: str, match: str) -> None:
    assert f'match = "{match}"' in draft.draft(ROOT + url, POST).text


def test_an_answer_in_json_whose_files_and_tags_lie_deeper(tmp_path: Path) -> None:
    def status(number: int) -> dict[str, object]:
        media = {"preview_url": f"https://f.example/small/{number}.png", "url": f"https://f.example/{number}.png"}
        person = {"acct": "gardener", "avatar": "https://f.example/a.png"}
        return {
            "id": str(number), "created_at": "2023-11-14T22:13:20.000Z", "url": f"{ROOT}/@gardener/{number}", "account": person,
            "media_attachments": [media], "tags": [{"name": "birds", "url": "/tags/birds"}],
        }  # fmt: skip

    text, url = json.dumps([status(2), status(1)]), f"{ROOT}/api/timelines/birds"
    drafted = draft.draft(url, text)
    assert drafted.doubts == ()
    first = _read(tmp_path, drafted, url, text).posts[0]
    assert [file.url for file in first.files] == ["https://f.example/2.png"]
    assert {str(tag) for tag in first.tags} == {"creator:gardener", "birds"}
