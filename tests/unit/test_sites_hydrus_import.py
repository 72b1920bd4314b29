"""Importing downloader PNGs into a folder: what is written, added to, left alone, and refused."""

from __future__ import annotations

import contextlib
import json
import re
import struct
import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from syncer.cli import sites as sites_command
from syncer.errors import ItemError
from syncer.service import png_job, site_tools
from syncer.sites.hydrus.importer import import_file
from syncer.sites.hydrus.write import Written, put

STEPS = [84, 1, [26, 3, []]]
NO_CHANGE = [55, 2, [[], ""]]
ANY = [51, 1, [3, "", None, None, ""]]


def png(folder: Path, name: str, *objects: Any) -> Path:
    """Write objects into a PNG as hydrus does."""
    packed = zlib.compress(json.dumps([26, 3, [[2, item] for item in objects]]).encode())
    width = 64
    body = struct.pack("!I", len(packed)) + packed
    data = struct.pack("!H", 1).ljust(width, b"\xff") + body + bytes(-len(body) % width)
    path = folder / name
    Image.frombytes("L", (width, len(data) // width), data).save(path)
    return path


def search(name: str, key: str = "", host: str = "example.net", hint: str = "") -> list[Any]:
    return [69, name, 1, [key, f"https://{host}/?q=%tags%", "%tags%", "+", hint, "sky"]]


def url_class(name: str, key: str = "", host: str = "example.net", kind: int = 0) -> list[Any]:
    mask = [139, 1, [[host], [], False, False]]
    switches = [True, False, False, False, False, True, False]
    rest = [[], [26, 3, []], False, ANY, [], NO_CHANGE, 0, NO_CHANGE, None, None, 1, f"https://{host}/1"]
    return [50, name, 15, [key, kind, "https", mask, switches, *rest]]


def parser(name: str, key: str = "", host: str = "example.net") -> list[Any]:
    content = [26, 3, [[2, [30, 7, ["source", 7, [60, 3, ["url", "", STEPS]], [8, 50]]]]]]
    return [58, name, 3, [name, key, NO_CHANGE, [26, 3, []], content, [f"https://{host}/1"], {}]]


def loaded(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def names(path: Path, kind: str) -> list[str]:
    return [table["name"] for table in loaded(path)[kind]]


def test_a_downloader_becomes_a_file_named_after_its_site(tmp_path: Path) -> None:
    group = [70, "both", 1, ["cc", "hint", [["aa", "tags"]]]]
    simple = [63, "images", 1, [60, 3, ["url", "", STEPS]]]
    domain = [71, 1, ["example.net", [["A", "b", "why"]], None]]
    login = [73, "in", 2, ["dd", [21, 2, []], [26, 3, []], [26, 3, []], [["example.net", 0, ""]]]]
    objects = [search("tags", "aa"), group, url_class("post"), parser("page"), simple, domain, login]
    result = import_file(png(tmp_path, "nice.png", *objects), tmp_path / "sites")
    assert result.written == ("example-net.toml",)
    assert (result.url_classes, result.parsers, result.searches) == (1, 1, 2)
    assert (result.logins, result.domains, result.simple) == (1, 1, 1)
    assert result.warnings == ()
    assert result.hosts == ("example.net",)
    file = loaded(tmp_path / "sites" / "example-net.toml")
    assert file["site"] == {"name": "example.net", "dialect": "hydrus", "source": ["nice.png"]}
    assert list(file) == ["site", "search", "search_group", "url", "parser", "login", "domain", "simple"]
    assert listed(tmp_path / "sites") == ["example-net.toml"]


def test_one_file_for_each_site(tmp_path: Path) -> None:
    source = png(tmp_path, "two.png", search("a"), search("b", host="birds.example.org"))
    assert import_file(source, tmp_path / "sites").written == ("example-net.toml", "example-org.toml")


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    source = png(tmp_path, "nice.png", search("tags", "aa"), url_class("post", "bb"), parser("page"))
    import_file(source, tmp_path / "sites")
    before = (tmp_path / "sites" / "example-net.toml").read_bytes()
    again = import_file(source, tmp_path / "sites")
    assert (again.written, again.repeated, again.url_classes) == ((), 3, 1)
    assert (tmp_path / "sites" / "example-net.toml").read_bytes() == before


def test_another_downloader_adds_to_the_file_and_keeps_what_a_person_wrote(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    import_file(png(tmp_path, "one.png", search("tags", "aa")), sites)
    file = sites / "example-net.toml"
    file.write_text(file.read_text() + "\n# mine: do not touch\n")
    result = import_file(png(tmp_path, "two.png", url_class("post"), search("artists")), sites)
    assert result.written == ("example-net.toml",)
    text = file.read_text()
    assert "# mine: do not touch\n" in text
    assert "# From two.png:" in text
    assert names(file, "search") == ["tags", "artists"]
    assert names(file, "url") == ["post"]


def test_taken_names_are_numbered(tmp_path: Path) -> None:
    objects = [search("tags", "a1"), search("tags", "a2", hint="x"), search("tags", "a3", hint="y"), url_class("tags")]
    import_file(png(tmp_path, "a.png", *objects), tmp_path / "sites")
    file = tmp_path / "sites" / "example-net.toml"
    assert names(file, "search") == ["tags", "tags (1)", "tags (2)"]
    assert names(file, "url") == ["tags"]
    import_file(png(tmp_path, "b.png", search("tags", "a4", host="example.org")), tmp_path / "sites")
    assert names(tmp_path / "sites" / "example-org.toml", "search") == ["tags (3)"]


def test_plain_and_nested_searches_share_their_names(tmp_path: Path) -> None:
    objects = [search("tags"), [70, "tags", 1, ["", "", [["", "tags"]]]]]
    import_file(png(tmp_path, "a.png", *objects), tmp_path / "sites")
    assert names(tmp_path / "sites" / "example-net.toml", "search_group") == ["tags (1)"]


def test_equal_objects_are_imported_once_whatever_their_key(tmp_path: Path) -> None:
    objects = [search("tags", "a1"), search("tags", "a2"), url_class("post", "b1"), url_class("post", "b2")]
    result = import_file(png(tmp_path, "a.png", *objects), tmp_path / "sites")
    assert (result.searches, result.url_classes, result.repeated) == (2, 2, 2)
    assert names(tmp_path / "sites" / "example-net.toml", "search") == ["tags"]


def test_equal_objects_that_were_numbered_are_known_again(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    import_file(png(tmp_path, "a.png", search("tags", "a1"), search("tags", "a2", hint="x")), sites)
    assert import_file(png(tmp_path, "b.png", search("tags", "a9", hint="x")), sites).repeated == 1


def test_a_key_that_was_seen_is_not_imported_again(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    import_file(png(tmp_path, "a.png", url_class("post", "aa")), sites)
    result = import_file(png(tmp_path, "b.png", url_class("other", "aa", host="example.org")), sites)
    assert (result.written, result.repeated) == ((), 1)


def test_objects_without_a_key_are_not_taken_for_one(tmp_path: Path) -> None:
    result = import_file(png(tmp_path, "a.png", url_class("post"), url_class("other")), tmp_path / "sites")
    assert result.repeated == 0


def test_a_file_that_was_not_imported_is_left_alone(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    sites.mkdir()
    own = sites / "example-net.toml"
    own.write_text('[site]\nname = "mine"\n')
    assert import_file(png(tmp_path, "a.png", search("tags")), sites).written == ("example-net-2.toml",)
    assert own.read_text() == '[site]\nname = "mine"\n'


def test_a_file_that_cannot_be_read_is_left_alone_and_named(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    sites.mkdir()
    (sites / "broken.toml").write_text("[site\n")
    (sites / "example-net.toml").write_text("[site\n")
    result = import_file(png(tmp_path, "a.png", search("tags")), sites)
    assert result.written == ("example-net-2.toml",)
    assert (sites / "example-net.toml").read_text() == "[site\n"
    assert len(result.warnings) == 2
    assert "broken.toml" in result.warnings[0]


def test_disabled_import_does_not_add_to_an_enabled_file(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    import_file(png(tmp_path, "a.png", search("tags")), sites)
    assert import_file(png(tmp_path, "b.png", search("other")), sites, enabled=False).written == ("example-net-2.toml",)
    assert loaded(sites / "example-net-2.toml")["site"]["enabled"] is False
    assert import_file(png(tmp_path, "c.png", search("third")), sites, enabled=False).written == ("example-net-2.toml",)


def test_all_files_or_none(tmp_path: Path) -> None:
    old, new, blocked = (tmp_path / name for name in ("old.toml", "new.toml", "blocked.toml"))
    old.write_text("# before\n")
    blocked.mkdir()
    with pytest.raises(ItemError, match="cannot be written"):
        put([Written(old, "# after\n"), Written(new, "# new\n"), Written(blocked, "# never\n")])
    assert old.read_text() == "# before\n"
    assert listed(tmp_path) == ["blocked.toml", "old.toml"]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "sites").write_text("x")
    with pytest.raises(ItemError, match="cannot be written"):
        import_file(png(tmp_path, "a.png", search("a")), tmp_path / "sites")


def test_a_downloader_without_definitions(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="No downloader"):
        import_file(png(tmp_path, "a.png", [29, "lookup", 1, []]), tmp_path / "sites")
    assert not (tmp_path / "sites").exists()


def test_names_never_leave_the_folder(tmp_path: Path) -> None:
    source = png(tmp_path, "a.png", search("../x", host="..%2f..%2fetc"), url_class("/etc/passwd", host="../../tmp/x"))
    result = import_file(source, tmp_path / "a" / "sites")
    assert listed(tmp_path / "a" / "sites") == sorted(result.written)
    assert listed(tmp_path) == ["a", "a.png"]


def test_what_could_not_be_carried_over_is_said_in_the_file(tmp_path: Path) -> None:
    odd = parser("page")
    odd[3][4][2].append([2, [30, 7, ["minified", 7, [31, 4, [[[3, 0]], 0, "", STEPS]], [7, 50]]]])
    result = import_file(png(tmp_path, "a.png", odd), tmp_path / "sites")
    assert any("minified" in warning for warning in result.warnings)
    text = (tmp_path / "sites" / "example-net.toml").read_text()
    assert '# Left out: "minified"' in text
    assert text.index("# Left out") < text.index("[[parser]]")


def test_an_object_that_has_no_place_is_named_at_the_top(tmp_path: Path) -> None:
    odd = parser("odd", "ab")
    odd[3][2] = [55, 2, [[[13, "whirlpool"]], ""]]
    result = import_file(png(tmp_path, "a.png", search("tags"), odd, [29, "lookup", 1, []]), tmp_path / "sites")
    text = (tmp_path / "sites" / "example-net.toml").read_text()
    for words in ('"odd" was left out: the hash function "whirlpool"', '"lookup" was left out'):
        assert any(warning.startswith(words) for warning in result.warnings)
        assert f"# {words}" in text
    assert (result.parsers, result.repeated) == (1, 0)


def test_what_the_site_file_language_refuses_is_left_out(tmp_path: Path) -> None:
    step = [74, "s", 2, ["https", "PUT", None, "/", {}, {}, {}, [21, 2, []], [26, 3, []]]]
    login = [73, "in", 2, ["", [21, 2, []], [26, 3, []], [26, 3, [[2, step]]], [["example.net", 0, ""]]]]
    result = import_file(png(tmp_path, "a.png", search("tags"), login), tmp_path / "sites")
    assert "login" not in loaded(tmp_path / "sites" / "example-net.toml")
    assert '"in" was left out: "PUT" is not one of GET, POST' in result.warnings


def test_content_without_its_kind_of_hash_is_left_out_alone(tmp_path: Path) -> None:
    odd = parser("odd")
    odd[3][4][2].append([2, [30, 7, ["h", 15, [60, 3, ["url", "", STEPS]], ["", "hex"]]]])
    import_file(png(tmp_path, "a.png", odd), tmp_path / "sites")
    (table,) = loaded(tmp_path / "sites" / "example-net.toml")["parser"]
    assert [content["name"] for content in table["get"]] == ["source"]


def test_a_link_in_the_place_of_a_site_file_is_replaced_not_followed(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    sites.mkdir()
    precious = tmp_path / "precious.toml"
    precious.write_text('[site]\nname = "x"\ndialect = "hydrus"\n')
    (sites / "example-net.toml").symlink_to(precious)
    import_file(png(tmp_path, "a.png", search("tags")), sites)
    assert precious.read_text() == '[site]\nname = "x"\ndialect = "hydrus"\n'


TEXTS = st.text(st.characters(exclude_categories=[]), max_size=12)


@given(texts=st.lists(TEXTS, min_size=4, max_size=4), key=TEXTS)
@settings(max_examples=60, deadline=None)
def test_any_texts_survive(tmp_path_factory: pytest.TempPathFactory, texts: list[str], key: str) -> None:
    folder = tmp_path_factory.mktemp("any", numbered=True)
    name, *others = texts
    result = import_file(png(folder, "any.png", [69, name, 1, [key, *others, "", ""]]), folder / "sites")
    (table,) = loaded(folder / "sites" / result.written[0])["search"]
    whole = [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in texts]
    assert [table["name"], table["template"], table["phrase"], table["join"]] == whole


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_broken_objects_only_ever_raise_item_errors(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    objects: list[Any] = json.loads(
        json.dumps([search("s"), url_class("u"), parser("p"), [71, 1, ["example.net", [], None]]])
    )
    for _ in range(data.draw(st.integers(1, 3))):
        node: Any = objects
        while isinstance(node, list) and node:
            at = data.draw(st.integers(0, len(node) - 1))
            if not isinstance(node[at], list) or data.draw(st.booleans()):
                node[at] = data.draw(JSON)
                break
            node = node[at]
    folder = tmp_path_factory.mktemp("odd", numbered=True)
    with contextlib.suppress(ItemError):
        for name in import_file(png(folder, "odd.png", *objects), folder / "sites").written:
            assert loaded(folder / "sites" / name)["site"]["dialect"] == "hydrus"


def test_only_what_was_read_before_is_said_to_be_there_already(tmp_path: Path) -> None:
    broken = [tmp_path / name for name in ("a.png", "b.png")]
    for path in broken:
        Image.new("L", (4, 4)).save(path)
    told = list(sites_command._imported(site_tools.import_all(broken, tmp_path / "sites")))
    assert told[:2] == ["read nothing", f"written into {tmp_path / 'sites'}: nothing, since nothing was read"]
    assert [line.partition(": ")[0] for line in told[3:]] == ["not imported", "not imported"]
    source = png(tmp_path, "nice.png", search("nice"))
    site_tools.import_all([source], tmp_path / "sites")
    again = list(sites_command._imported(site_tools.import_all([source], tmp_path / "sites")))
    assert again[1].endswith("nothing, all of it was there already")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ([], "nothing: none of it can stand in a site file, the notes say why"),
        ([search("tags")], "nothing: 1 were there already, 1 cannot stand in a site file, the notes say why"),
    ],
)
def test_why_nothing_was_written_is_true_where_some_was_left_out(tmp_path: Path, before: list[Any], words: str) -> None:
    odd = parser("odd", "ab")
    odd[3][2] = [55, 2, [[[13, "whirlpool"]], ""]]
    into = tmp_path / "sites"
    into.mkdir()
    if before:
        import_file(png(tmp_path, "first.png", *before), into)
    source = png(tmp_path, "odd.png", *before, odd)
    told = list(sites_command._imported(site_tools.import_all([source], into)))
    assert told[1] == f"written into {into}: {words}"
    assert f"written: {words}" in png_job.take(source.read_bytes(), "odd.png", into).splitlines()
