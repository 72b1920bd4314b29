"""Site files are switched on and off as their author saved them: byte order mark, ends of lines and all else stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.config import load
from syncer.config.settings import Config
from syncer.errors import ItemError
from syncer.service import site_tools

TEXT = '# mine\n[site]\nname = "Garden"   # a remark\ndomains = ["garden.example"]\n'
CONFIG = '[import_folders.main]\npath = "import"\nprofile = "plain"\n'


def config_in(folder: Path, raw: bytes) -> Config:
    (folder / "sites").mkdir()
    (folder / "sites/garden.toml").write_bytes(raw)
    return load.parse(CONFIG, folder / "config.toml")


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_file_of_any_editor_is_switched_and_keeps_its_form(tmp_path: Path, start: bytes, end: bytes) -> None:
    before = start + TEXT.encode().replace(b"\n", end)
    config = config_in(tmp_path, before)
    assert site_tools.switch(config, "garden", on=False).startswith("garden is off")
    off = (tmp_path / "sites/garden.toml").read_bytes()
    assert off == before + b"enabled = false" + end
    assert site_tools.switch(config, "garden", on=True).startswith("garden is on;")
    assert (tmp_path / "sites/garden.toml").read_bytes() == before + b"enabled = true" + end


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"# \xe9\n" + TEXT.encode(), "garden.toml:1: is not UTF-8 text; save it as UTF-8. Mend that first"),
        (
            TEXT.encode().replace(b"name = ", b"name "),
            "garden.toml:3: is not TOML: a key without = after it. Mend that",
        ),
        (b"", r"garden.toml has no table \[site\]. Mend that first"),
        (b"site = 3\n", r"garden.toml has no table \[site\]. Mend that first"),
        (b"a." * 3000 + b"b = 1\n", "garden.toml: is not TOML: lists or tables are nested too deep"),
    ],
)
@pytest.mark.parametrize("on", [True, False])
def test_a_file_that_cannot_be_read_is_told_with_its_place_and_stays(
    tmp_path: Path, raw: bytes, told: str, on: bool
) -> None:
    config = config_in(tmp_path, raw)
    with pytest.raises(ItemError, match=told):
        site_tools.switch(config, "garden", on=on)
    assert (tmp_path / "sites/garden.toml").read_bytes() == raw
