"""Secrets, read from where the config says they are, at the moment they are needed; kept in memory alone, and hidden in texts.

Here, because no other part may know where secrets come from. Requests for pages and files, and logins, ask it.
"""

from __future__ import annotations

import hashlib
import os
import selectors
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from syncer.clock import Clock, elapsed
from syncer.config import masks
from syncer.config.settings import Source
from syncer.errors import ItemError

COMMAND_TIME: Final = 30.0
LOOK: Final = 0.05
"""Seconds after which it is looked whether a command that says nothing has ended."""
KEEP: Final = 600.0
"""Seconds that what a command said is used again, so that it is not run with each request."""
MOST_BYTES: Final = 64 * 1024
LONGEST: Final = 4096


class Vault:
    """Reads secrets; safe to use from any thread."""

    def __init__(self, clock: Clock, environ: Mapping[str, str] | None = None) -> None:
        self._clock = clock
        self._environ = os.environ if environ is None else environ
        self._said: dict[Source, tuple[float, str]] = {}
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def read(self, source: Source) -> str:
        """Return a secret: the first line of what its source holds. Raises ItemError with the cure, which never shows it."""
        with self._lock:
            kept = self._said.get(source)
        if kept is not None and self._clock.monotonic() - kept[0] < KEEP:
            return kept[1]
        secret = _first_line(_READERS[source.kind](self, source.words), source)
        with self._lock:
            self._seen.add(secret)
            if source.kind == "command":
                self._said[source] = (self._clock.monotonic(), source.before + secret)
        return source.before + secret

    def read_all(self, sources: Mapping[str, Source]) -> dict[str, str]:
        """Return several by name. Raises ItemError."""
        return {name: self.read(source) for name, source in sources.items()}

    def forget(self) -> None:
        """Ask commands again next time."""
        with self._lock:
            self._said.clear()

    def hide(self, text: str) -> str:
        """Return a text without the secrets that were read so far."""
        with self._lock:
            hide = masks.hider(self._seen)
        return hide(text)

    def _file(self, words: tuple[str, ...]) -> bytes:
        path = Path(words[0])
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise ItemError(f"{path} is no file", "Put the secret alone into a file")
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_mode & 0o077:
                    raise ItemError(
                        f"others on this machine can read {path}", f"Take that right away: chmod 600 {path}"
                    )
                return file.read(MOST_BYTES)
        except OSError as error:
            raise ItemError(
                f"{path} cannot be read: {error.strerror}", "Make it, with the secret alone in it"
            ) from error

    def _env(self, words: tuple[str, ...]) -> bytes:
        found = self._environ.get(words[0])
        if found is None:
            raise ItemError(
                f"the environment has no variable {words[0]}",
                "Set it for syncer (`systemctl --user edit syncer`: EnvironmentFile=), and start syncer anew",
            )
        return os.fsencode(found)

    def _credential(self, words: tuple[str, ...]) -> bytes:
        folder = self._environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ItemError(
                f'there are no credentials of systemd, so none called "{words[0]}"',
                f"Give the unit one (`systemctl --user edit syncer`: LoadCredential={words[0]}:FILE)",
            )
        path = Path(folder) / words[0]
        try:
            with path.open("rb") as file:
                return file.read(MOST_BYTES)
        except OSError as error:
            raise ItemError(
                f'the credential "{words[0]}" cannot be read: {error.strerror}', "Look at the unit"
            ) from error

    def _command(self, words: tuple[str, ...]) -> bytes:
        try:
            with subprocess.Popen(  # noqa: S603 a list of words, run by no shell; the person's own config names it
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as running:
                said, ended = _listen(running)
        except OSError as error:
            raise ItemError(f"`{words[0]}` cannot be run: {error.strerror}", "Name the program in full") from error
        if len(said) > MOST_BYTES:
            raise ItemError(f"`{words[0]}` says far more than a secret", "Name a command that says the secret alone")
        if ended is None:
            raise ItemError(
                f"`{words[0]}` gave no secret within {COMMAND_TIME:.0f} seconds",
                "It may want to be unlocked first, and it has no terminal here",
            )
        if ended:
            # What it says may be about the secret, so it is not repeated.
            raise ItemError(f"`{words[0]}` ended with {ended}", "Run it in a terminal to see why")
        return said


def _listen(running: subprocess.Popen[bytes]) -> tuple[bytes, int | None]:
    """Return what a command says, and how it ended; None where it takes too long or says too much: then it is ended, with its helpers.

    A helper that stays and holds its output is not waited for.
    """
    assert running.stdout is not None
    until, said, over = elapsed() + COMMAND_TIME, b"", False
    with selectors.DefaultSelector() as selector:
        selector.register(running.stdout, selectors.EVENT_READ)
        while not over and len(said) <= MOST_BYTES and elapsed() < until:
            over = running.poll() is not None
            if selector.select(0 if over else LOOK):
                piece = os.read(running.stdout.fileno(), MOST_BYTES)
                said, over = said + piece, not piece
    with suppress(subprocess.TimeoutExpired):
        if len(said) <= MOST_BYTES:
            return said, running.wait(max(0.0, until - elapsed()))
    with suppress(OSError):
        os.killpg(running.pid, signal.SIGKILL)
    return said, None


_READERS: Final[Mapping[str, Callable[[Vault, tuple[str, ...]], bytes]]] = {
    "file": Vault._file,
    "env": Vault._env,
    "credential": Vault._credential,
    "command": Vault._command,
}


def mark(sources: Iterable[Source]) -> str:
    """Return what changes when a person changes where secrets come from, or one of their files; tells nothing of them."""
    parts = []
    for source in sources:
        parts.append(f"{source.kind} {source.words} {source.before}")
        if source.kind == "file":
            try:
                found = Path(source.words[0]).stat()
                parts.append(f"{found.st_mtime_ns} {found.st_size} {found.st_ino} {found.st_mode}")
            except OSError as error:
                parts.append(str(error.errno))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _first_line(data: bytes, source: Source) -> str:
    text = data.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    if not text.strip():
        raise ItemError(f"the {source.kind} {source.words[0]} is empty", "Put the secret into its first line")
    if len(text) > LONGEST or "\x00" in text or "\ufffd" in text:
        raise ItemError(
            f"the {source.kind} {source.words[0]} holds no text", "Put the secret alone into its first line"
        )
    return text
