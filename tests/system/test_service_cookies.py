"""Cookies in the whole service: handed over in every way, kept over restarts, sent where they belong, shown nowhere."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.cli import main
from syncer.fetch.client import Request
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookie_disk import CookieDisk
from syncer.fetch.cookies import Jar
from syncer.service import cookie_job, cookie_list, housekeeping
from syncer.service.cookie_job import CookieFiles
from syncer.service.loop import Loop
from syncer.service.reload import Reload
from syncer.service.requests_job import RequestsJob
from syncer.store import requests
from syncer.store.database import Named
from tests.system.conftest import Place
from tests.unit.test_fetch_browsers import INSERT, firefox

SECRET = "pl4nted-s3cret"
LATER = 1_893_456_000


def rows(*names: str, value: str = SECRET, expires: int = LATER) -> str:
    title = "# Netscape HTTP Cookie File\n"
    return title + "".join(f"127.0.0.1\tFALSE\t/\tFALSE\t{expires}\t{name}\t{value}\n" for name in names)


def sent(place: Place) -> list[str]:
    return [request.headers.get("cookie", "") for request in place.site.log]


def ask(loop: Loop, place: Place, number: int = 2) -> str:
    """Ask the site for a page, and return the cookies that went with it."""
    loop.runtime.client.page(Request(f"{place.site.root}/post/{number}"))
    return sent(place)[-1]


def everything_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def where(folder: Path, secret: str) -> list[str]:
    """Return the files that hold a secret."""
    return sorted(str(path.relative_to(folder)) for path, data in everything_below(folder) if secret.encode() in data)


def command(place: Place, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Call the command line; return its exit code and all that it shows."""
    capsys.readouterr()
    code = main.main([*words, "--config", str(place.write_config())])
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    return code, out + err


@pytest.mark.parametrize("name", ["cookies.txt", "export.json", "sub/some-cookies.txt"])
def test_a_dropped_file_is_taken_over_and_deleted(place: Place, name: str) -> None:
    file = place.inbox / name
    file.parent.mkdir(exist_ok=True)
    as_json = [{"name": "session", "value": SECRET, "domain": "127.0.0.1", "hostOnly": True}]
    file.write_text(json.dumps(as_json) if name.endswith(".json") else rows("session") + "broken\t" + SECRET, "utf-8")
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
        assert ask(loop, place) == f"session={SECRET}"
    assert not file.exists()
    assert where(place.inbox, SECRET) == []
    assert where(place.state, SECRET) == ["cookies/127.0.0.1.json"]
    (result,) = (place.inbox / "done").rglob("*.result.txt")
    text = result.read_text("utf-8")
    assert "1 cookie for 127.0.0.1 (1)" in text
    assert name.endswith(".json") or "line 3: 2 fields where a cookie has 7: left out" in text
    assert "1 cookie for 127.0.0.1 (1)" in place.words("notice")
    assert SECRET not in place.words()


def test_a_dropped_file_without_one_good_cookie_fails_and_shows_nothing(place: Place) -> None:
    (place.inbox / "cookies.txt").write_text(f"example.org\tTRUE\t/\t{SECRET}\n", "utf-8")
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
    (kept,) = (place.inbox / "failed").glob("cookies.txt")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert where(place.folder, SECRET) == ["inbox/failed/cookies.txt"]
    reason = (place.inbox / "failed" / "cookies.txt.reason.txt").read_text("utf-8")
    assert "there is no cookie in it" in reason
    assert SECRET not in place.words()


def test_they_are_kept_over_restarts_and_kills(place: Place) -> None:
    with place.runner(checks=False) as loop:
        loop.runtime.client.jars.take(f"{place.site.root}/", [f"own={SECRET}; Path=/"])
        housekeeping.flush(loop.runtime)
        # What is on the disk now is all that a kill leaves.
        assert list(CookieDisk(place.state).load()) == [place.site.root.removeprefix("http://")]
        loop.runtime.client.jars.take(f"{place.site.root}/", ["late=1; Path=/"])
    with place.runner(checks=False) as loop:
        assert ask(loop, place) == f"own={SECRET}; late=1"


def test_the_command_imports_lists_and_clears(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    file = place.folder / "mine.txt"
    file.write_text(rows("session", "other") + "x\n", "utf-8")
    code, out = command(place, capsys, "cookies", "import", str(file), "--user-agent", "Browser/1.0")
    assert code == 0
    assert "2 cookies taken over" in out
    assert "line 4: 1 fields where a cookie has 7: left out" in out
    assert where(place.state, SECRET) == ["cookies/127.0.0.1.json"]
    with place.runner(checks=False) as loop:
        assert ask(loop, place) == f"session={SECRET}; other={SECRET}"
        assert place.site.log[-1].headers["user-agent"] == "Browser/1.0"
    code, out = command(place, capsys, "cookies", "list", "--json")
    data = json.loads(out)["data"]["domains"]
    assert data == [
        {"domain": "127.0.0.1", "cookies": 2, "earliest": LATER, "user_agent": True, "needed": [], "missing": [], "sites": []}
    ]  # fmt: skip
    code, out = command(place, capsys, "cookies", "clear", "127.0.0.1")
    assert (code, out) == (0, "forgotten: 127.0.0.1 (2)\n")
    assert where(place.state, SECRET) == []
    code, out = command(place, capsys, "cookies", "clear", "127.0.0.1")
    assert code == 1
    assert "there are no cookies of 127.0.0.1" in out


def test_the_user_agent_of_the_config_holds_at_once(place: Place) -> None:
    with place.runner(checks=False) as loop:
        text = place.write_config().read_text("utf-8")
        ask(loop, place)
        assert place.site.log[-1].headers["user-agent"] == "Mozilla/5.0 (compatible; syncer)"
        root = f'[site.demo]\nroot = "{place.site.root}"\n'
        assert root in text
        place.write_config().write_text(text.replace(root, root + 'user_agent = "Config/2"\n'), "utf-8")
        assert Reload(loop.runtime).again()
        ask(loop, place)
        assert place.site.log[-1].headers["user-agent"] == "Config/2"


def test_beside_a_running_service_only_a_word_goes_through_the_store(place: Place) -> None:
    with place.runner(checks=False) as loop:
        disk = CookieDisk(place.state)
        word = disk.hand_over([Cookie("session", SECRET, "127.0.0.1")])
        with loop.runtime.db.write(Named.REQUEST) as tx:
            number = requests.ask(tx, "cookies take", {"word": word})
        assert RequestsJob(loop.runtime).turn()
        with loop.runtime.db.read() as tx:
            assert requests.answer_of(tx, number) == {"domains": {"127.0.0.1": 1}}
        disk.drop(word)
        assert ask(loop, place) == f"session={SECRET}"
        assert where(place.state, SECRET) == ["cookies/127.0.0.1.json"]


def test_a_file_that_is_read_live(place: Place) -> None:
    file = place.folder / "live.txt"
    file.write_text(rows("session", value="first"), "utf-8")
    more = '[cookies]\nfiles = ["live.txt", "missing.txt"]\n'
    with place.runner(checks=False, more=more) as loop:
        files = CookieFiles(loop.runtime)
        files.turn()
        files.turn()
        assert ask(loop, place) == "session=first"
        # The site gives the session another value; the browser's file still has the old one.
        loop.runtime.client.jars.take(f"{place.site.root}/", ["session=turned; Path=/"])
        files.turn()
        assert ask(loop, place) == "session=turned"
    assert place.words("notice").count("is not there; the cookies of before stay") == 1
    assert place.words("notice").count("live.txt: read:") == 1
    with place.runner(checks=False) as loop:
        files = CookieFiles(loop.runtime)
        files.turn()
        assert ask(loop, place) == "session=turned"
        assert place.words("notice").count("live.txt: read:") == 1, "an earlier run has read it"
        file.write_text(rows("session", value="second") + "broken\n", "utf-8")
        loop.runtime.client.jars.clear(place.site.root)
        files.turn()
        assert ask(loop, place) == "session=second"
    assert "live.txt: read: 1 cookie for 127.0.0.1 (1)\nline 3: 1 fields" in place.words("notice")
    assert file.read_text("utf-8").startswith("# Netscape"), "it stays the person's own"


NEEDS = """
[login]
cookies = ["session"]
"""


def needing(place: Place) -> None:
    file = place.folder / "sites" / "demo.toml"
    file.write_text(file.read_text("utf-8").replace("[[search]]", f"{NEEDS}\n[[search]]", 1), "utf-8")


def test_a_needed_cookie_is_missed_where_the_site_is_and_not_at_each_of_its_hosts(place: Place) -> None:
    head = '[site]\nname = "Far"\nroot = "https://far.example"\n[[url]]\nname = "file"\nkind = "file"\n'
    more = '[[url]]\nname = "other"\nkind = "file"\nmatch = "/{name}.png"\n'
    text = f'{head}match = "https://files.elsewhere.example/{{name}}.png"\n{more}{NEEDS}'
    (place.folder / "sites" / "far.toml").write_text(text, "utf-8")
    with place.runner(checks=False) as loop:
        shot, now = loop.runtime.snapshot, place.clock.now()
        far = [each for each in cookie_list.rows(shot, {}, now) if "far" in each["sites"]]
        assert [(each["domain"], each["missing"]) for each in far] == [("far.example", ["session"])]
        jar = Jar({("session", "elsewhere.example", "/"): Cookie("session", "s3cret", "elsewhere.example")})
        far = [each for each in cookie_list.rows(shot, {"elsewhere.example": jar}, now) if "far" in each["sites"]]
        assert [(each["domain"], each["missing"]) for each in far] == [("elsewhere.example", []), ("far.example", [])]


def test_only_a_needed_cookie_that_runs_out_is_missed(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    needing(place)
    port = place.site.root.removeprefix("http://")
    with place.runner(checks=False) as loop:
        jars = loop.runtime.client.jars
        jars.take(f"{place.site.root}/", ["session=1; Max-Age=90000; Path=/", "tracker=1; Max-Age=60; Path=/"])
        cookie_job.tidy(loop.runtime)
        assert place.words("notice") == ""
        place.advance(4000)
        cookie_job.tidy(loop.runtime)
        cookie_job.tidy(loop.runtime)
        told = place.words("notice")
        assert told.count(f'demo: the cookie "session" of {port}, which its site file needs, lasts until') == 1
        place.advance(90_000)
        cookie_job.tidy(loop.runtime)
        assert "which its site file needs, is over" in place.words("notice")
        assert "tracker" not in place.words("notice")
    out = command(place, capsys, "status", "--json")[1]
    (need,) = json.loads(out)["data"]["needs_you"]
    assert (need["what"], need["subject"]) == ("cookies", "demo")
    out = command(place, capsys, "cookies", "list")[1]
    assert "needed by demo: session: MISSING" in out
    file = place.folder / "mine.txt"
    file.write_text(rows("session").replace("127.0.0.1", f"http://{port}"), "utf-8")
    assert command(place, capsys, "cookies", "import", str(file))[0] == 0


def test_from_firefox_only_what_a_site_file_knows_is_taken(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    profile = place.folder / "profile"
    with firefox(profile) as connection:
        connection.execute(INSERT, ("", "session", SECRET, "danbooru.donmai.us", "/", LATER, 1, 1))
        connection.commit()
        code, out = command(place, capsys, "cookies", "from-browser", "firefox", "--profile", str(profile))
        assert code == 0, out
        assert "1 cookie taken over\n  donmai.us" in out
        assert "left where they are: 2 cookies of domains that no site file knows" in out
        code, out = command(
            place, capsys, "cookies", "from-browser", "firefox", "--profile", str(profile), "--domain", "www.example.org"
        )  # fmt: skip
        assert "2 cookies taken over\n  example.org" in out
        assert "left where they are" not in out
        code, out = command(
            place, capsys, "cookies", "from-browser", "firefox", "--profile", str(profile), "--domain", "nothing.example"
        )  # fmt: skip
        assert code == 1
        assert "firefox has no cookies of nothing.example" in out


def test_no_page_that_is_kept_holds_a_cookie(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """The site writes the session into a page that no parser can read."""
    (place.inbox / "cookies.txt").write_text(rows("session", "b", value=SECRET), "utf-8")
    (place.inbox / "a.txt").write_text(f"{place.site.root}/api/posts.json?page=1\n", "utf-8")
    place.site.misbehave("/api/*", "echo")
    with caplog.at_level(logging.DEBUG), place.runner(checks=False) as loop:
        loop.run_until(lambda: False)
        loop.run_until(lambda: False)
        assert f"session={SECRET}" in sent(place)[-1]
    pages = list((place.state / "faulty-pages").glob("*.page"))
    assert [("(hidden)" in page.read_text("utf-8")) for page in pages] == [True]
    assert where(place.folder, SECRET) == ["state/cookies/127.0.0.1.json"]
    assert SECRET not in place.words() + caplog.text
