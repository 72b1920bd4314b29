"""A config file becomes settings, or all that is wrong with it comes at once, each with line, key, cause and cure."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.config import load, rules, source, units
from syncer.config.bandwidth import POLITE, Rule, SiteBandwidth
from syncer.config.option_values import OPTION_DEFAULTS, TYPE_GROUPS
from syncer.config.schema.options import OptionKeys
from syncer.config.settings import (
    DAY,
    GB,
    TIMING_PRESETS,
    CheckTiming,
    Config,
    ImportFolder,
    Query,
    SiteSettings,
)
from syncer.errors import ConfigError, Exit

SMALL = """
[folders]
inbox = "inbox"
[import_folders.main]
path = "import"
profile = "plain"
"""


def read(text: str, folder: Path = Path("/home/someone/conf")) -> Config:
    return load.parse(text, folder / "config.toml")


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert caught.value.exit_code == Exit.CONFIG
    return caught.value.problems


def test_a_small_config_means_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    for variable in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    config = read(SMALL)
    assert config.path == Path("/home/someone/conf/config.toml")
    assert config.folders.config == Path("/home/someone/conf")
    assert config.folders.inbox == Path("/home/someone/conf/inbox")
    assert config.folders.sites == Path("/home/someone/conf/sites")
    assert config.folders.state == Path("/home/someone/.local/state/syncer")
    assert config.folders.cache == Path("/home/someone/.cache/syncer")
    assert config.folders.settle == 2
    assert config.folders.keep_done == 30 * DAY
    assert config.import_folders == {
        "main": ImportFolder("main", Path("/home/someone/conf/import"), "plain", drains=False, json=True)
    }
    assert config.options == {"base": {}}
    assert config.checks.subscriptions == CheckTiming(4, 86_400, 90 * 86_400, 1, 180 * 86_400)
    assert config.checks.watchers == CheckTiming(4, 300, 86_400, 1, 3 * 86_400)
    assert config.bandwidth.everything == (Rule("requests", 5, 1), Rule("bytes", 16 * GB, 86_400))
    assert config.bandwidth.domain == (Rule("requests", 1, 1), Rule("bytes", 8 * GB, 86_400))
    assert (config.bandwidth.connections, config.bandwidth.connections_per_domain) == (15, 3)
    assert (config.network.connect_timeout, config.network.read_timeout) == (10, 60)
    assert config.subscriptions == ()
    assert config.watchers == ()


def test_without_a_config_the_same_defaults_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    written = load.parse(
        f'[import_folders.into]\npath = "{tmp_path}/out"\nprofile = "plain"', tmp_path / "syncer" / "config.toml"
    )
    found = load.defaults(tmp_path / "out")
    for part in ("folders", "import_folders", "options", "checks", "bandwidth", "network", "pressure", "sites"):
        assert getattr(found, part) == getattr(written, part), part
    assert found.path is None
    assert load.defaults(None).import_folders == {}


def test_defaults_and_settings_do_not_load_pydantic() -> None:
    code = (
        "import sys; from syncer.config import load, settings, changes, units, rules; load.defaults(None);"
        "print([name for name in ('pydantic', 'tomlkit', 'requests') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_everything_at_once() -> None:
    config = read(
        SMALL
        + """
drains = true
json = false
[options]
types = ["image", "video"]
min_size = "10 KB"
blacklist = [" hair, -red hair "]
[check.subscriptions]
preset = "slow tags"
fastest = "1 day"
dead = "never"
[bandwidth]
everything = ["100 GB / 1 month"]
domain = ["60 requests / 1 minute"]
connections = 4
[bandwidth.site.own]
domain = ["10 requests / 1 s"]
faster = "I accept that this site may block me"
[bandwidth.site.slow]
domain = ["1 request / 5 s"]
[network]
allow = ["127.0.0.1:8123", "NAS"]
read_timeout = "500 ms"
max_page_size = "1 MB"
[pressure]
free_space = "2 GB"
[site.own]
root = "http://127.0.0.1:8123/booru/"
[[subscriptions]]
name = "landscapes"
site = "own"
queries = ["sky", { q = "sea cliffs", paused = true }]
limit = 20
intended = 9
[[subscriptions]]
name = "birds"
site = "own"
queries = []
preset = "fast tags"
paused = true
[[watchers]]
url = "https://boards.example.org/w/thread/1"
"""
    )
    assert config.import_folders["main"].drains
    assert not config.import_folders["main"].json
    assert config.options == {
        "base": {"types": ("image", "video"), "min_size": 10_240, "blacklist": ("hair, -red hair",)}
    }
    # "never" keeps the period of the preset, over which velocity is measured.
    slow = CheckTiming(1, 86_400, 180 * 86_400, 0, 365 * 86_400)
    assert config.checks.subscriptions == slow
    assert config.bandwidth.everything == (Rule("bytes", 100 * GB, None),)
    assert config.bandwidth.domain == (POLITE, Rule("requests", 60, 60))
    assert config.bandwidth.connections == 4
    assert config.bandwidth.sites == {
        "own": SiteBandwidth((Rule("requests", 10, 1),), faster=True),
        "slow": SiteBandwidth((Rule("requests", 1, 5),), faster=False),
    }
    assert config.network.allow == ("127.0.0.1:8123", "nas")
    assert config.network.read_timeout == 0.5
    assert config.network.max_page_size == 1024 * 1024
    assert config.pressure.free_space == 2 * GB
    assert config.sites == {"own": SiteSettings("http://127.0.0.1:8123/booru")}
    first, second = config.subscriptions
    assert first.queries == (Query("sky"), Query("sea cliffs", paused=True))
    assert (first.limit, first.first_limit, first.paused) == (20, 100, False)
    assert first.timing == CheckTiming(9, slow.fastest, slow.slowest, 0, slow.dead_period)
    assert second.timing == TIMING_PRESETS["fast tags"]
    assert second.paused
    (watcher,) = config.watchers
    assert (watcher.url, watcher.paused) == ("https://boards.example.org/w/thread/1", False)
    assert watcher.timing == TIMING_PRESETS["thread"]


def test_all_problems_come_at_once_with_line_key_and_cure() -> None:
    text = """[folders]
inbox = "inbox"
inbx = 3
[import_folders.main]
path = "inbox/inner"
profile = "hydros"
[subscription]
x = 1
[[subscriptions]]
name = "sky"
site = "safebooru"
evry = 3
limitt = 3
queries = [
  "a",
  "b",
  "a",
  3,
  { q = "z", paussed = true },
]
[[subscriptions]]
name = "Sky"
queries = ["q"]
limit = "100"
fastest = "3 months"
[watchers]
url = "x"
[bandwidth]
domain = ["10 requests / 1 s"]
free_space = "5 GB"
"""
    found = [line.removeprefix("config.toml:") for line in problems(text)]
    expected = [
        '3: folders.inbx: unknown key, did you mean "inbox"?',
        "5: import_folders.main.path: ",
        '6: import_folders.main.profile: "hydros" is not one of hydrus, immich, photoprism, digikam, jellyfin, plain, did you',
        '7: subscription: unknown key, did you mean "subscriptions"?',
        '12: subscriptions "sky".evry: unknown key, did you mean "every"?',
        '13: subscriptions "sky".limitt: unknown key, did you mean "limit"?',
        '17: subscriptions "sky".queries #3: "a" is there twice; leave one out (the first is on line 15)',
        '18: subscriptions "sky".queries #4: must be text in quotes or a table like { q = ... }, not 3',
        '19: subscriptions "sky".queries "z".paussed: unknown key, did you mean "paused"?',
        '21: subscriptions "Sky".site: is missing; write site = "safebooru"',
        '22: subscriptions "Sky".name: two subscriptions have this name; ',
        '24: subscriptions "Sky".limit: must be a whole number without quotes, not "100"',
        '25: subscriptions "Sky".fastest: "3 months": months differ in length; write days',
        "26: watchers: is a list of tables; write [[watchers]] with double brackets",
        '29: bandwidth.domain: "10 requests / 1 second" asks a site more than once a second; ',
        "30: bandwidth.free_space: unknown key here; it belongs under [pressure]",
    ]
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[folders]]\n", "write [folders] with single brackets"),
        ("[check]\nwatchers = 3\n", "must be a table, not 3"),
        ("[options]\nmin_size = 10\n", 'must be text in quotes, like "10 KB"'),
        ("[options]\ntags = ['creator:']\n", 'write "creator:*" for any tag of it'),
        ("[options]\nblacklist = ['hair, creator:']\n", 'write "creator:*" for any tag of it'),
        ("[options]\nadd_tags = ['creator:']\n", 'write the tag behind it, like "creator:joan"'),
        ("[options]\nrename_tags = { jo = 'creator: ' }\n", 'write the tag behind it, like "creator:joan"'),
        ("[options]\nnamespaces = { 'artist:jo' = 'creator' }\n", '"artist:jo" is no namespace'),
        ("[options]\nnamespaces = { artist = 'creator:*' }\n", '"creator:*" is no namespace'),
        ("[options]\nmin_size = true\n", 'must be text in quotes, like "10 KB"'),
        ("[options]\ntypes = []\n", "name at least one"),
        ("[options]\ntypes = 'image'\n", 'must be a list, in square brackets: ["image"]'),
        ("[options]\ntypes = ['pictures']\n", "is not one of image, animation"),
        ("[options]\ntypes = ['.jgp']\n", '".jgp" is no type that files are known by here; did you mean ".jpg"?'),
        ("[options]\ntypes = ['pictures/*']\n", "write a kind, such as image"),
        ("[options]\ntypes = ['image', 'text/plain']\n", "files of text are not taken"),
        ("[options]\nextend_types = ['.TXT']\n", "files of text are not taken"),
        ("[options]\nblacklist = ['-hair']\n", 'add a tag without "-"'),
        ("[options]\nblacklist = ['hair,,sky']\n", "empty part"),
        ("[folders]\nsettle = '2 hours'\n", "out of bounds"),
        ("[folders]\nstate = '$HOME/x'\n", "variables are not looked up"),
        ("[folders]\nstate = ''\n", "empty path"),
        ("[folders]\nstate = 1\n", "must be text in quotes"),
        ('[network]\nuser_agent = "a\\nb"\n', "control character or a line break"),
        ('[network]\nuser_agent = "bücher"\n', "plain letters"),
        ("[network]\nonly = ['http://x']\n", "more than a host"),
        ("[network]\nread_timeout = '0 s'\n", "out of bounds"),
        ("[network]\nmax_page_size = '1 TB'\n", "out of bounds"),
        ("[bandwidth]\nconnections = 0\n", "must be at least 1, not 0"),
        ("[bandwidth]\nconnections_per_domain = 99\n", "must be at most 16, not 99"),
        ("[bandwidth]\nconnections = true\n", "must be a whole number without quotes, not true"),
        ("[bandwidth.site.x]\ndomain = ['5 requests / 1 s']\n", "write faster = "),
        ("[bandwidth.site.x]\ndomain = []\nfaster = 'yes'\n", 'must be exactly "I accept that this site may block me"'),
        ("[bandwidth.site.tags]\ndomain = []\n", "has a meaning of its own in the inbox"),
        ("[site.x]\nroot = 'booru.example'\n", "with http:// or https://"),
        ("[site.x]\nroot = 'ftp://booru.example'\n", "with http:// or https://"),
        ("[site.x]\nroot = 'https://a:b@booru.example'\n", "name or password in a URL"),
        ("[site.x]\nroot = 'https://booru.example/?q=1'\n", "more than host and path"),
        ("[site.x]\nroot = 'https://[booru'\n", "no URL that can be read"),
        ("[site.'x/y']\nroot = 'https://booru.example'\n", "cannot be a site"),
        ("[[subscriptions]]\nname = 'a'\nsite = 'x/y'\nqueries = []\n", "`syncer sites search x/y"),
        ("[site.x]\nquiet = '7-9'\n", 'write it like "06:00"'),
        ("[check.watchers]\nfastest = '2 days'\n", "is slower than slowest"),
        ("[[watchers]]\nurl = 'https://x.example/1'\nfastest = '2 days'\n", "is slower than slowest"),
        ("[check]\nquiet = '23:00'\n", 'write "23:00-07:00" or "never"'),
        ("[check]\nzone = 'Europe/Atlantis'\n", "no time zone known here"),
        ("[check.subscriptions]\nevery = 'day at 6'\n", 'write it like "06:00"'),
        ("[check.subscriptions]\nevery = 'firstday at 06:00'\n", '"firstday" is no day'),
        ("[check.subscriptions]\nevery = '3 moons'\n", 'write "day at 06:00"'),
        ("[check.watchers]\nfastest = '0 s'\n", "out of bounds"),
        ("[check.subscriptions]\npreset = 'artists'\n", 'did you mean "artist"?'),
        ("[check.subscriptions]\nintended = 1.5\n", "must be a whole number"),
        ("[check.subscriptons]\n", 'did you mean "subscriptions"?'),
        ("[[watchers]]\nurl = 'x'\n", "no web address"),
        ("[[watchers]]\nurl = 'http://x/1'\n[[watchers]]\nurl = 'http://x/1'\n", "is there twice"),
        ("[[watchers]]\npaused = 1\nurl = 'http://x/1'\n", "must be true or false without quotes, not 1"),
        ("[[subscriptions]]\nname = 'all'\nsite = 'x'\nqueries = []\n", "meaning of its own in commands"),
        ("[[subscriptions]]\nname = ''\nsite = 'x'\nqueries = []\n", "is empty"),
        ("[[subscriptions]]\nname = 'a'\nsite = 'rule'\nqueries = []\n", "meaning of its own in the inbox"),
        ("[[subscriptions]]\nname = 'a'\nsite = 'x.toml/'\nqueries = []\n", "without \".toml\""),
        ("[[subscriptions]]\nname = 'a'\nsite = 'x'\nqueries = ['']\n", "is empty"),
        ("[[subscriptions]]\nname = 'a'\nsite = 'x'\nqueries = [{paused = true}]\n", "is missing; write q ="),
        ("[[subscriptions]]\nname = 'a'\nsite = 'x'\nqueries = []\nlimit = 0\n", "must be at least 1"),
        ("[import_folders.second]\npath = 'import'\nprofile = 'plain'\n", "is the same folder as"),
        ("[options]\nimport_folder = 'second'\n", 'there is no import folder "second"; there are: main'),
        ("[import_folders.'a b']\npath = 'elsewhere'\nprofile = 'plain'\n", "cannot be a name"),
        ("[import-folders.b]\n", 'did you mean "import_folders"?'),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_cure(text: str, told: str) -> None:
    import_folder = "[import_folders.main]\npath = 'import'\nprofile = 'plain'\n"
    whole = import_folder + text
    found = problems(whole)
    assert any(told in line for line in found), found
    # Every one of them has a line that lies in the text.
    for line in found:
        number = int(line.split(":")[1])
        assert 1 <= number <= whole.count("\n")


@pytest.mark.parametrize(
    ("inbox", "import_folder", "state", "told"),
    [
        ("/d/inbox", "/d/inbox/import", "/s", 'the import folder "main" (/d/inbox/import) lies inside the inbox (/d/inbox)'),
        ("/d/import/inbox", "/d/import", "/s", 'the inbox (/d/import/inbox) lies inside the import folder "main" (/d/import)'),
        ("/d/inbox", "/s/import", "/s", "lies inside the state folder (/s), which is syncer's alone"),
        ("/d", "/d", "/s", 'the import folder "main" is the same folder as the inbox (/d)'),
        ("/d/inbox", "/", "/s", 'lies inside the import folder "main" (/)'),
        ("/d/inbox", ".", "/s", 'is the same folder as the folder of this config (/home/someone/conf)'),
        ("/d/inbox", "/home", "/s", "the folder of this config (/home/someone/conf) lies inside the import folder"),
        ("/d/inbox", "/d/inbox2", "sites", "the sites folder is the same folder as the state folder"),
    ],
)  # fmt: skip
def test_folders_may_not_lie_in_each_other(inbox: str, import_folder: str, state: str, told: str) -> None:
    text = f"""[folders]
inbox = "{inbox}"
state = "{state}"
cache = "/somewhere/cache"
[import_folders.main]
path = "{import_folder}"
profile = "plain"
"""
    assert any(told in line for line in problems(text)), problems(text)


def test_folders_beside_each_other_and_in_the_config_folder_are_fine() -> None:
    config = read(SMALL.replace("[folders]", '[folders]\nstate = "state"\ncache = "state/cache"'))
    assert config.folders.cache == Path("/home/someone/conf/state/cache")


def test_a_link_into_the_inbox_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "inbox" / "deep").mkdir(parents=True)
    (tmp_path / "import").symlink_to(tmp_path / "inbox" / "deep")
    with pytest.raises(ConfigError) as caught:
        load.parse(SMALL, tmp_path / "config.toml")
    assert "lies inside the inbox" in caught.value.problems[0]


def test_what_syncer_is_fetching_is_adopted_by_nobody() -> None:
    text = '[import_folders.main]\npath = "/d/import"\nprofile = "plain"\n[[adopt]]\npath = "/d/.syncer-work-import"\n'
    (told,) = problems(text)
    assert told.startswith("config.toml:5: adopt #1.path: lies in a folder of syncer's own (/d/.syncer-work-import)")


def test_no_folder_lies_in_another_ones_work_folder() -> None:
    other = '[import_folders.b]\npath = "/d/.syncer-work-import/b"\nprofile = "plain"\n'
    (told,) = problems('[import_folders.main]\npath = "/d/import"\nprofile = "plain"\n' + other)
    assert told.startswith("config.toml:5: import_folders.b.path: lies in a folder of syncer's own")


def test_no_import_folder_is_told_without_a_line() -> None:
    assert problems("") == (
        "config.toml: import_folders: there is none; add a table [import_folders.main] with path and profile",
    )
    # A faulty one is a fault of its own, not "none".
    assert len(problems("[import_folders.main]\npath = 3\nprofile = 'plain'\n")) == 1


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xff\xfe" + SMALL.encode("utf-16-le"), "config.toml:1: the file is saved as UTF-16; save it as UTF-8"),
        (b"# a\n# b\xe4\n", "config.toml:2: byte 8 of the file (0xE4) is not UTF-8; save the file as UTF-8"),
        (b"a = 1\nb = \n", "config.toml:2: this is not TOML (column 5): a value is missing"),
        (b"a = 1\na = 2\n", "config.toml:2: this is not TOML"),
        (b'a = "x\n', "config.toml:1: this is not TOML (column 7): a quote is not closed"),
        (b"[folders\n", "config.toml:1: this is not TOML (column 9): a table header is not closed"),
        (b"inbox\n", "config.toml:1: this is not TOML (column 6): a key without ="),
        (b"a = inbox\n", "config.toml:1: this is not TOML (column 5): a value is missing or cannot be read; text stands in quotes"),
        (b'a = "C:\\sync"\n', "a backslash"),
        (b"a = " + b"[" * 100_000, "nested too deep"),
        (b"a = " + b"9" * 5000, "config.toml:1: this is not TOML"),
        (b"\x00", "config.toml:1: this is not TOML"),
        (b"a = 1 # \x00", "config.toml:1: this is not TOML (column 9): a control character stands there; take it out"),
        (b"a." * 3000 + b"b = 1", "config.toml: this is not TOML: lists or tables are nested too deep"),
        ("größe = 1".encode(), 'config.toml:1: this is not TOML (column 3): a name with other letters'),
        (b"a = 2024-02-31", "config.toml:1: this is not TOML (column 5): there is no such day or time; text stands in quotes"),
        (b'a = "\\ux"', "config.toml:1: this is not TOML (column 8): four figures"),
        (b'a = "\\ud800"', "there is none of this number"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, raw: bytes, told: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        load.load(path)
    (problem,) = caught.value.problems
    assert told in problem


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path, start: bytes, end: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(start + SMALL.encode().replace(b"\n", end))
    assert load.load(path).folders.inbox == tmp_path / "inbox"
    path.write_bytes(start + (SMALL + "profil = 1\n").encode().replace(b"\n", end))
    with pytest.raises(ConfigError) as caught:
        load.load(path)
    assert caught.value.problems == ('config.toml:7: import_folders.main.profil: unknown key, did you mean "profile"?',)


def test_a_missing_or_unreadable_config_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no config at .*`syncer init` writes one"):
        load.load(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load.load(tmp_path)
    big = tmp_path / "big.toml"
    big.write_bytes(b"#" * (source.MAX_SIZE + 1))
    with pytest.raises(ConfigError, match="16 MB"):
        load.load(big)


def test_a_fault_is_told_once_and_not_again_for_what_it_leaves_behind() -> None:
    assert len(problems(SMALL + "[options]\ntypes = ['pictures']\n")) == 1
    assert len(problems(SMALL + "[[watchers]]\nurl = 3\n[[watchers]]\nurl = 4\n")) == 2


def test_a_relative_path_is_meant_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    config = load.load(Path("config.toml"))
    assert config.path == tmp_path / "config.toml"
    assert config.folders.inbox == tmp_path / "inbox"


def test_problems_stay_one_line_each_whatever_the_file_holds() -> None:
    text = (
        SMALL
        + '[[subscriptions]]\nname = "a\\nb\\u001b[31m"\nsite = "'
        + "x" * 5000
        + '"\nqueries = []\n"\\u0007k" = 1\n'
    )
    for line in problems(text):
        assert line.isprintable()
        assert len(line) < 700


def test_ten_thousand_queries_load_well_under_a_second() -> None:
    queries = "".join(f'  "landscape {number}",\n' for number in range(100))
    text = SMALL + "".join(
        f'[[subscriptions]]\nname = "s{number}"\nsite = "safebooru"\nqueries = [\n{queries}]\n' for number in range(100)
    )
    read(SMALL)
    start = time.process_time()
    config = read(text)
    assert time.process_time() - start < 2
    assert sum(len(subscription.queries) for subscription in config.subscriptions) == 10_000


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,20}", fullmatch=True).filter(
    lambda name: name.lower() not in ("tags", "rule", "http", "https", "all", "site", "files", "follows")
)
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
SECONDS = st.integers(1, 300 * DAY)
RULES = st.builds(Rule, st.just("bytes"), st.integers(1, 2**50), st.none() | SECONDS)


@st.composite
def timings(draw: st.DrawFn) -> CheckTiming:
    fastest, slowest = sorted((draw(SECONDS), draw(SECONDS)))
    return CheckTiming(draw(st.integers(1, 1000)), fastest, slowest, draw(st.integers(0, 9)), draw(SECONDS))


def timing_words(timing: CheckTiming) -> dict[str, object]:
    return {
        "intended": timing.intended,
        "fastest": units.write_duration(timing.fastest),
        "slowest": units.write_duration(timing.slowest),
        "dead": rules.write_death(timing.dead_files, timing.dead_period),
    }


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(NAMES, max_size=4, unique_by=str.casefold),
    texts=st.lists(TEXTS, max_size=5, unique=True),
    timing=timings(),
    given_rules=st.lists(RULES, max_size=3),
    options=st.tuples(st.sets(st.sampled_from(TYPE_GROUPS), min_size=1), st.integers(0, 2**60)),
    flag=st.booleans(),
)
def test_any_settings_written_as_toml_load_the_same(
    names: list[str],
    texts: list[str],
    timing: CheckTiming,
    given_rules: list[Rule],
    options: tuple[set[str], int],
    *,
    flag: bool,
) -> None:
    types, size = options
    written: dict[str, object] = {
        "import_folders": {"main": {"path": "/import", "profile": "hydrus", "drains": flag, "json": not flag}},
        "options": {"types": sorted(types), "min_size": units.write_size(size)},
        "check": {"subscriptions": timing_words(timing)},
        "bandwidth": {
            "everything": [rules.write(rule) for rule in given_rules],
            "site": {name: {"domain": [rules.write(rule) for rule in given_rules]} for name in names},
            "download": [rules.write(rule) for rule in given_rules],
        },
        "subscriptions": [
            {
                "name": name,
                "site": name,
                "queries": [{"q": text, "paused": flag} for text in texts],
                "bandwidth": [rules.write(rule) for rule in given_rules],
            }
            for name in names
        ],
    }
    text = tomlkit.dumps(written)
    assert tomllib.loads(text) == written
    config = load.parse(text, Path("/home/someone/conf/config.toml"))
    folder = config.import_folders["main"]
    assert (folder.path, folder.drains, folder.json) == (Path("/import"), flag, not flag)
    assert config.options["base"] == {"types": tuple(sorted(types)), "min_size": size}
    assert config.checks.subscriptions == timing
    assert config.bandwidth.everything == tuple(given_rules)
    assert config.bandwidth.sites == {name: SiteBandwidth((POLITE, *given_rules)) for name in names}
    assert [subscription.name for subscription in config.subscriptions] == names
    for subscription in config.subscriptions:
        assert subscription.queries == tuple(Query(text, flag) for text in texts)
        assert subscription.timing == timing
        assert subscription.bandwidth == tuple(given_rules)
    assert config.bandwidth.download == tuple(given_rules)


JSONLIKE = st.recursive(
    st.booleans() | st.integers(-9, 99) | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "site", "queries", "q", "path", "domain", "main", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "folders",
                "import_folders",
                "options",
                "check",
                "bandwidth",
                "network",
                "site",
                "subscriptions",
                "watchers",
                "y",
            ]
        ),
        JSONLIKE,
        max_size=5,
    )
)
def test_no_toml_breaks_the_loader(data: dict[str, object]) -> None:
    text = tomlkit.dumps(data)
    if "import_folders" in data and "main" in str(data["import_folders"]):
        # It may happen to be valid; whatever it is, nothing but a ConfigError comes out.
        with contextlib.suppress(ConfigError):
            read(text)
        return
    assert problems(text)


def test_option_defaults_name_only_options_that_can_be_set() -> None:
    assert {name for name in OptionKeys.model_fields if not name.startswith("extend_")} == set(OPTION_DEFAULTS)
