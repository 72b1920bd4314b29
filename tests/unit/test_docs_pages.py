"""The documents cannot rot: written pages equal what the program says, every command and key occurs, every link leads somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from syncer.cli import reference
from syncer.config import export
from syncer.errors import Exit
from syncer.store.database import Named

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_written_page_is_what_the_program_says(name: str) -> None:
    assert text(f"docs/{name}") == reference.PAGES[name](), "run: python -m syncer.cli.reference docs"


def test_every_command_is_documented() -> None:
    page = text("docs/commands.md")
    for name, command in reference.commands():
        part = page.partition(f"## syncer {name}\n")[2].partition("\n## ")[0]
        assert f"Usage: syncer {name}" in part
        for option in (option for parameter in command.params for option in parameter.opts if option.startswith("--")):
            assert option in part


def test_every_exit_code_is_documented() -> None:
    for code in Exit:
        assert f"\n| {code.value} | " in text("docs/commands.md")


def test_every_key_of_the_config_is_documented() -> None:
    page = text("docs/config.md")
    for key in list(export.keys()):
        assert f"| `{key.name}` |" in page.partition(f"## {key.table}\n")[2].partition("\n## ")[0]


def test_every_transaction_of_the_store_is_in_the_design() -> None:
    for named in Named:
        assert named.title in text("docs/design.md")


def test_every_direct_dependency_is_justified_in_the_design() -> None:
    named = tomllib.loads(text("pyproject.toml"))["project"]["dependencies"]
    names = [re.split(r"[^A-Za-z0-9-]", each)[0] for each in named if "sys_platform" not in each]
    page = text("docs/design.md").partition("## Direct dependencies")[2].lower()
    assert [name for name in names if name.lower() not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_toml_block_is_toml() -> None:
    for page in PAGES:
        for block in re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            tomllib.loads(block)
