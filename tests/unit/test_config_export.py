"""The commented example is true in every line, and nothing that the schema knows is left undescribed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from syncer.config import export, load
from syncer.config.option_values import OPTION_DEFAULTS
from syncer.config.settings import Config

ROOT = Path(__file__).resolve().parents[2]
HERE = Path("/home/someone/conf/config.toml")


def switched_on(text: str) -> str:
    """Take away each # that switches a key off, but of keys that name a file: there is none here."""
    return re.sub(r"^#(?=\S)(?!blacklist_from|ca_file)", "", text, flags=re.MULTILINE)


def test_the_example_in_the_repository_is_the_generated_one() -> None:
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == export.example()


def test_the_example_says_only_what_a_newcomer_needs() -> None:
    said = {key: value for key, value in tomllib.loads(export.example()).items() if value}
    assert said.pop("check") == {"subscriptions": {}, "watchers": {}, "catalogues": {}}
    assert said.pop("handover") == {"gallery-dl": {}, "yt-dlp": {}}
    assert said.pop("options") == {"gallery": {}, "watcher": {}, "subscription": {}, "url": {}}
    assert said == {
        "folders": {"inbox": "~/syncer/inbox"},
        "import_folders": {"main": {"path": "~/syncer/import", "profile": "hydrus"}},
    }


def test_the_example_means_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    config = load.parse(export.example(), HERE)
    nothing = load.parse('[import_folders.main]\npath = "~/syncer/import"\nprofile = "hydrus"\n', HERE)
    assert config == nothing


def test_the_example_loads_with_everything_switched_on() -> None:
    config = load.parse(switched_on(export.example()), HERE)
    assert config.subscriptions[0].name == "landscapes"
    assert config.watchers
    assert set(config.sites) == {"myserver"}
    assert set(config.options["base"]) == set(OPTION_DEFAULTS) - {"blacklist_from"}
    assert config.options["site safebooru"] == {"extend_blacklist": ("comic",)}
    assert config.options["class danbooru/post"] == {"notes": ()}
    assert config.options["inbox favourites"] == {"add_tags": ("favourite",)}
    assert_safe(config)


def assert_safe(config: Config) -> None:
    """A sample that is copied whole must not get anybody banned."""
    assert min(config.checks.subscriptions.fastest, *(one.timing.fastest for one in config.subscriptions)) >= 86_400
    for listed in (config.bandwidth.domain, *(site.domain for site in config.bandwidth.sites.values())):
        assert any(rule.kind == "requests" and rule.amount == 1 and (rule.seconds or 1) >= 1 for rule in listed)
    assert all(one.limit <= 100 and one.first_limit <= 100 for one in config.subscriptions)


def test_each_switched_off_key_can_be_switched_on_alone() -> None:
    """Inside a table that is on; keys of the person's own tables come with their header."""
    lines = export.example().split("\n")
    tried = 0
    header_on = False
    for index, line in enumerate(lines):
        if re.match(r"#?\[", line):
            header_on = not line.startswith("#")
        elif re.match(r"#\S", line) and header_on and not re.match("#(blacklist_from|ca_file|proxy_login)", line):
            load.parse("\n".join([*lines[:index], line[1:], *lines[index + 1 :]]), HERE)
            tried += 1
    assert tried > 25


def test_each_key_has_its_text_and_default_above_it() -> None:
    text = export.example()
    keys = list(export.keys())
    assert len({(key.table, key.name) for key in keys}) == len(keys) > 40
    for key in keys:
        assert len(key.description) > 10, key
        assert key.description.endswith("."), key
        header = re.search(rf"^#?{re.escape(key.table)}$", text, re.MULTILINE)
        assert header or key.table == export.TOP, key
        # What stands in no table comes before all of them, behind the introduction.
        table = text[header.end() :].split("\n\n")[0] if header else text.split("\n\n")[1]
        if key.name == "...":
            assert "The keys of [options]" in key.description
            continue
        assert re.search(rf"^#?{key.name} = ", table, re.MULTILINE), key
        assert bool(key.default) + key.needed <= 1


def test_no_line_of_the_example_is_wide() -> None:
    assert max(map(len, export.example().split("\n"))) <= export.WIDTH


@pytest.mark.parametrize("name", ['/home/x/in "quoted"', "C:\\in", "~/sync'er/Bilder ä", "/tmp/a\tb"])
def test_a_first_config_holds_any_folder(name: str) -> None:
    text = export.first_config(name, "/elsewhere/import", "plain", schema=True)
    data = tomllib.loads(text)
    assert data["folders"] == {"inbox": name}
    assert data["import_folders"] == {"main": {"path": "/elsewhere/import", "profile": "plain"}}
    assert text.startswith("#:schema ./config.schema.json\n")
    load.parse(text, HERE)


def test_the_json_schema_describes_every_key_and_refuses_others() -> None:
    schema = export.json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    tables: list[dict[str, Any]] = [schema, *schema["$defs"].values()]
    tables = [table for table in tables if table.get("type") == "object"]
    assert len(tables) >= 14
    for table in tables:
        assert table["additionalProperties"] is False
        assert table["description"]
        for name, value in table["properties"].items():
            assert (
                "$ref" in value
                or value.get("description")
                or "additionalProperties" in value
                or value["type"] == "array"
            ), name
    assert schema["$defs"]["ImportFolderTable"]["required"] == ["path", "profile"]
    assert "json" in schema["$defs"]["ImportFolderTable"]["properties"]
    assert schema["$defs"]["SubscriptionTable"]["properties"]["queries"]["items"] != {}
    assert schema["$defs"]["SubscriptionTable"]["anyOf"] == [{"required": ["queries"]}, {"required": ["queries_from"]}]
    assert schema["properties"]["include"]["items"] == {"type": "string"}
