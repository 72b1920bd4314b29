"""Which program takes a URL, with the reason for each, and where programs are found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from syncer.config.handover import GalleryDlSettings, Handover, ProgramName, YtDlpSettings
from syncer.handover import find
from syncer.handover.base import Claim, Limits, Ran, Tool
from syncer.handover.choose import choose, programs_for

URL = "https://media.site.example/post/1"
TOOLS = {name: Tool(name, (f"/usr/bin/{name}",), "2026.1") for name in ("gallery-dl", "yt-dlp")}
KNOWN = Claim("gallery-dl", "site/post")
GENERIC = Claim("yt-dlp", "generic", generic=True)


def test_the_first_that_knows_the_site_takes_it() -> None:
    both = {"gallery-dl": KNOWN, "yt-dlp": Claim("yt-dlp", "site")}
    assert choose(URL, Handover(), TOOLS, both).program == "gallery-dl"
    assert choose(URL, Handover(programs=("yt-dlp", "gallery-dl")), TOOLS, both).program == "yt-dlp"


@pytest.mark.parametrize(
    ("named", "program"), [((), ""), (("site.example",), "yt-dlp"), (("other.example",), ""), (("xsite.example",), "")]
)
def test_a_generic_extractor_takes_only_domains_that_the_person_names(named: tuple[str, ...], program: str) -> None:
    settings = Handover(yt_dlp=YtDlpSettings(generic=named))
    found = choose(URL, settings, TOOLS, {"gallery-dl": None, "yt-dlp": GENERIC})
    assert found.program == program
    assert found.reasons[0] == "gallery-dl does not know it"


def test_a_generic_part_of_gallery_dl_takes_nothing() -> None:
    claim = Claim("gallery-dl", "directlink", generic=True)
    settings = Handover(yt_dlp=YtDlpSettings(generic=("site.example",)))
    assert choose(URL, settings, TOOLS, {"gallery-dl": claim, "yt-dlp": None}).program == ""


def test_what_is_missing_is_told_and_the_next_is_asked() -> None:
    found = choose(URL, Handover(), {"yt-dlp": TOOLS["yt-dlp"]}, {"yt-dlp": Claim("yt-dlp", "site")})
    assert (found.program, found.missing) == ("yt-dlp", ("gallery-dl",))
    assert found.why == "gallery-dl is not installed; yt-dlp takes it (site)"


@pytest.mark.parametrize(
    ("version", "taken"), [("1.30.10", False), ("1.31.0", True), ("1.32.18-dev", True), ("", True)]
)
def test_a_program_that_is_too_old_is_left_out_with_the_reason(version: str, taken: bool) -> None:
    tools = {"gallery-dl": Tool("gallery-dl", ("/usr/bin/gallery-dl",), version)}
    found = choose(URL, Handover(programs=("gallery-dl",)), tools, {"gallery-dl": KNOWN})
    assert bool(found.program) is taken
    assert taken or found.why.startswith(f"gallery-dl {version} is too old, 1.31 is the first")


def test_the_nearest_domain_of_the_config_counts() -> None:
    domains: dict[str, tuple[ProgramName, ...]] = {"site.example": (), "media.site.example": ("yt-dlp",)}
    settings = Handover(domains=domains)
    assert programs_for(URL, settings)[0] == ("yt-dlp",)
    assert programs_for("https://site.example/", settings) == ((), '[handover.domain."site.example"] names no program')
    assert programs_for("https://notsite.example/", settings)[0] == ("gallery-dl", "yt-dlp")


def test_where_the_net_is_restricted_none_is_asked() -> None:
    found = choose(URL, Handover(), TOOLS, {"gallery-dl": KNOWN}, only=("site.example",))
    assert found.program == ""
    assert "[network] only" in found.why


def never(*_: object, **__: object) -> Ran:
    raise AssertionError("nothing is to be run")


def test_the_program_of_our_own_environment_is_found_with_its_version() -> None:
    tool = find.tool("gallery-dl", Handover(), never)
    assert tool is not None
    assert tool.command[0].startswith(str(Path(sys.executable).parent))
    assert tool.version
    assert tool.since is not None


def test_the_program_that_the_config_names_goes_first_and_tells_its_version(tmp_path: Path) -> None:
    path = tmp_path / "gallery-dl"
    settings = Handover(gallery_dl=GalleryDlSettings(command=path))
    assert find.tool("gallery-dl", settings, never) is None, "not there: no other one in its place"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)

    def run(command: tuple[str, ...], folder: Path, limits: Limits, most: int) -> Ran:
        assert command == (str(path), "--version")
        return Ran(0, b"1.99.3-dev\n", b"")

    tool = find.tool("gallery-dl", settings, run)
    assert tool is not None
    assert tool.version == "1.99.3-dev"
    assert tool.mark == f"gallery-dl 1.99.3-dev {path}"


def test_the_command_that_installs_is_of_this_very_environment() -> None:
    assert find.install("yt-dlp") in (f'{sys.executable} -m pip install "syncer[yt-dlp]"', "pipx inject syncer yt-dlp")
