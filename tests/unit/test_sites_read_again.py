"""Site files that are read again: what did not change is not compiled again, and what did counts, in the file, its engine or its root."""

from __future__ import annotations

from pathlib import Path

from syncer.sites import library

SITE = '[site]\nname = "Birds"\nengine = "birds"\nroot = "https://birds.example"\n'
ENGINE = '[[url]]\nname = "picture"\nkind = "file"\nmatch = "{path}"\n'


def write(folder: Path, match: str, site: str = SITE) -> None:
    (folder / "engines").mkdir(parents=True, exist_ok=True)
    (folder / "engines" / "birds.toml").write_text(ENGINE.replace("{path}", match), "utf-8")
    (folder / "birds.toml").write_text(site, "utf-8")


def knows(folder: Path, url: str, root: str | None = None) -> bool:
    read = library.load([folder], {"birds": root} if root else {})
    assert [str(problem) for problem in read.problems] == []
    return read.recognise(url) is not None


def test_what_changed_counts(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    write(one, "/old/{name}")
    assert knows(one, "https://birds.example/old/1.jpg")
    write(one, "/new/{name}")
    assert not knows(one, "https://birds.example/old/1.jpg"), "the engine has changed, the site's own file has not"
    assert knows(one, "https://birds.example/new/1.jpg")
    assert knows(one, "https://mine.example/new/1.jpg", root="https://mine.example")
    assert not knows(one, "https://mine.example/new/1.jpg")
    write(other, "/old/{name}")
    assert knows(other, "https://birds.example/old/1.jpg")


def test_what_did_not_change_is_the_same_and_its_faults_are_told_each_time(tmp_path: Path) -> None:
    write(tmp_path, "/old/{name}")
    first, again = library.load([tmp_path]), library.load([tmp_path])
    assert first.sites["birds"].name == again.sites["birds"].name == "Birds"
    assert first._native["birds"] is again._native["birds"]
    write(tmp_path, "/old/{name}", SITE + 'colour = "red"\n')
    told = [[str(problem) for problem in library.load([tmp_path]).problems] for _ in range(2)]
    assert told[0] == told[1]
    assert "birds.toml:5" in told[0][0]
    assert "colour" in told[0][0]
