"""The systemd units with the right paths: the templates of the repository, with this person's program and config put in.

Here, because the templates are whole units that work as they stand for the usual paths; only words are exchanged, and each
file gets a mark by which a later change by hand is seen. Pure but for reading the templates; `install` and the command line use it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from syncer.errors import UsageError
from syncer.frozen import frozen

SERVICE = ("syncer.service",)
TIMER = ("syncer-once.service", "syncer-once.timer")
EVERY = SERVICE + TIMER

PROGRAM = "%h/.local/bin/syncer"
CONFIG = "%h/.config/syncer/config.toml"
_PATHS = re.compile(
    f"^(?P<key>ExecStart|ExecReload)={re.escape(PROGRAM)}(?P<between>.*){re.escape(CONFIG)}$", re.MULTILINE
)

FOLLOWING = ("XDG_STATE_HOME", "XDG_CACHE_HOME")
"""Variables by which syncer finds its folders; a shell's own are not known to systemd, so that they are written down."""

_MARK = "# Written by `syncer service install`; once it is changed by hand, it is yours and stays as it is: "
_REFUSED = frozenset("\"'\\")
"""What systemd takes in the words of a command, but not in the program's own path."""
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@frozen
class Paths:
    """What a unit runs, and with what."""

    program: tuple[str, ...]
    """The command, one word each; the first is an absolute path."""
    config: Path
    home: Path | None = None
    """The home folder as systemd's `%h` knows it; None writes every path in full."""
    environment: Mapping[str, str] | None = None


def template(name: str) -> str:
    """Return a unit as the repository has it: packed beside the package when installed, in `systemd/` in a checkout."""
    packed = Path(str(resources.files("syncer"))) / "shipped_units"
    folder = packed if packed.is_dir() else packed.parent.parent / "systemd"
    return (folder / name).read_text("utf-8")


def render(name: str, paths: Paths) -> str:
    """Return a unit for these paths, with its mark at the end. Raises UsageError for a path that no unit can name."""
    program = " ".join(_word(each, paths.home, first=index == 0) for index, each in enumerate(paths.program))
    config = _word(str(paths.config), paths.home)
    variables = "".join(
        f"# Set where syncer was installed; it says where state and cache are.\nEnvironment={_pair(key, value, paths.home)}\n"
        for key, value in (paths.environment or {}).items()
    )

    def put(found: re.Match[str]) -> str:
        # What the first command is told holds for all.
        before = variables if found["key"] == "ExecStart" else ""
        return f"{before}{found['key']}={program}{found['between']}{config}"

    text = _PATHS.sub(put, template(name))
    return f"{text}{_MARK}{_sum(text)}\n"


def is_ours(text: str) -> bool:
    """Tell whether a unit is still as some `service install` wrote it."""
    body, mark, written = text.rpartition(_MARK)
    return bool(mark) and written.strip() == _sum(body)


def program(argv0: str, executable: str) -> tuple[str, ...]:
    """Return the command that starts this very syncer: its script, or the module where it was called as one."""
    if Path(argv0).name == "syncer":
        # Not resolved: a link in ~/.local/bin outlives the environment of today's version behind it.
        return (str(Path(argv0).absolute()),)
    return (str(Path(executable).absolute()), "-m", "syncer")


def followed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that say where syncer's folders are, and that systemd would not know."""
    return {name: environ[name] for name in FOLLOWING if environ.get(name, "").startswith("/")}


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _word(text: str, home: Path | None, *, first: bool = False) -> str:
    """Write one word of a command line so that systemd reads the same word (systemd.service(5), "Command lines")."""
    escaped = _at_home(text, home)
    if first and not _REFUSED.isdisjoint(text):
        raise UsageError(
            f"systemd runs no program at {text}", "Install syncer in a folder without quotes and backslashes"
        )
    if not first:
        escaped = escaped.replace("$", "$$")  # variables are put in everywhere but in the program's own path
    return _quoted(escaped)


def _pair(name: str, value: str, home: Path | None) -> str:
    return _quoted(f"{name}={_at_home(value, home)}")


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _at_home(text: str, home: Path | None) -> str:
    """Escape systemd's percent signs, and begin with `%h` what is in the home folder."""
    if not text.isprintable():
        raise UsageError(f"systemd cannot take the path {text!r}", "Use a folder whose name is plain text")
    path = Path(text)
    if home is not None and path.is_absolute() and path.is_relative_to(home) and path != home:
        return "%h/" + str(path.relative_to(home)).replace("%", "%%")
    return text.replace("%", "%%")


def usable_home(home: Path, of_user: Path) -> Path | None:
    """Return the home folder if systemd's `%h` is the same one, else None: `HOME` may be another one here."""
    return home if home == of_user and home != Path("/") else None


def files(names: Sequence[str], paths: Paths) -> dict[str, str]:
    """Return the units of these names with their texts."""
    return {name: render(name, paths) for name in names}
