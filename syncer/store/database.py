"""The one connection to the state database: opening, migrating, and the only way to write.

Here, because durability and locking are decided in one place. The service opens it to write, other commands to read.
"""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any

from syncer.clock import Clock
from syncer.errors import ServiceError, TryLaterError
from syncer.flush import SharedFlush
from syncer.store import state_files
from syncer.together import Wait

log = logging.getLogger(__name__)

FILE_NAME = "syncer.db"
CHECKPOINT_PAGES = 4000
"""The log is folded into the database from so many pages of 4 KB on; rarer costs room, not safety, and saves writes."""
BUSY_SECONDS = 5.0
"""So long another program may hold the file; a stop must not wait longer."""


_MISTAKES = (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError)


def is_away(error: BaseException) -> bool:
    """Tell whether the store cannot be used for now (full disk, lock, broken file), and not a mistake of ours in its use.

    It is away, too, for a thread that a hung disk has kept beyond the end: what it has staged is left for the next start.
    """
    if isinstance(error, sqlite3.ProgrammingError):
        return "closed database" in str(error)
    return isinstance(error, sqlite3.Error) and not isinstance(error, _MISTAKES)


class Named(Enum):
    """The transactions that write, and whether each is on the disk before its `write` ends."""

    ACCEPT = "accept", True
    PAGE_DONE = "page done", False
    WALK_DONE = "walk done", False
    STAGE = "stage", True
    SETTLE = "settle", True
    PUT_OFF = "put off", False
    CHECK_BEGUN = "check begun", False
    CHECK_DONE = "check done", False
    RECONCILE = "reconcile", False
    REQUEST = "request", False
    IMPORT_KNOWN = "import known", True
    FLUSH = "flush", False

    def __init__(self, title: str, durable: bool) -> None:
        self.title = title
        self.durable = durable


class Transaction:
    """An open transaction: what the functions of the store are given; only `Database.write` commits it."""

    __slots__ = ("_connection", "name", "now")

    def __init__(self, connection: sqlite3.Connection, now: float, name: str) -> None:
        self._connection = connection
        self.now = now
        self.name = name

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement and return the number of rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one INSERT and return the row's id."""
        return self._connection.execute(sql, values).lastrowid or 0

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> int:
        """Run one statement for each of `rows`; return how many rows that changed."""
        return self._connection.executemany(sql, rows).rowcount

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def each(self, sql: str, values: Sequence[object] = ()) -> Iterator[sqlite3.Row]:
        """Yield the rows of a query one by one, for answers that no memory should hold; only inside the transaction."""
        yield from self._connection.execute(sql, values)

    def row(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        cursor = self._connection.execute(sql, values)
        found: sqlite3.Row | None = cursor.fetchone()
        # A statement that returns what it changed is only done when it was read to its end.
        cursor.close()
        return found

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:
        """Return the first column of the first row of a query, or None."""
        found = self._connection.execute(sql, values).fetchone()
        return found[0] if found else None


class View:
    """What `Database.read` gives to a `with`: nothing of the store changes while it lasts.

    No generator, since each file is read for many times: this is entered in half the time.
    """

    __slots__ = ("_clock", "_connection", "_in_transaction", "_lock")

    def __init__(
        self, connection: sqlite3.Connection, lock: threading.Lock, clock: Clock, *, in_transaction: bool
    ) -> None:
        self._connection = connection
        self._lock = lock
        self._clock = clock
        self._in_transaction = in_transaction

    def __enter__(self) -> Transaction:
        self._lock.acquire()
        try:
            if self._in_transaction:
                self._connection.execute("BEGIN")
            return Transaction(self._connection, self._clock.now(), "read")
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            if self._in_transaction:
                self._connection.execute("COMMIT")
        finally:
            self._lock.release()


class Database:
    """The state database of one syncer; one connection behind one lock serves all threads."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, *, read_only: bool = False) -> None:
        self._connection = connection
        self._read_only = read_only
        self._clock = clock
        self._lock = threading.Lock()
        self._log = _Log(connection)
        self._flush = SharedFlush(self._log.flush)

    @classmethod
    def open(cls, state: Path, clock: Clock, *, read_only: bool = False) -> Database:
        """Open the database in the folder `state` (made with mode 0700), bring its schema up to date.

        With `read_only` nothing is made or migrated. Raises ServiceError where it is missing, newer than this program
        or cannot be read, TryLaterError where it stays locked.
        """
        path = state / FILE_NAME
        if not read_only:
            state_files.make(path)
        elif not path.exists():
            raise _not_yet(state)
        try:
            connection = _ready(path, state, read_only=read_only)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise TryLaterError(f"{path} is locked by another program", "Try again in a moment") from error
            raise ServiceError(f"cannot open {path}: {error}", "Look at the folder's rights and the disk") from error
        except sqlite3.DatabaseError as error:
            raise ServiceError(f"{path} is damaged: {error}", "Move it away, or put a backup in its place") from error
        return cls(connection, clock, read_only=read_only)

    @contextmanager
    def write(self, named: Named) -> Iterator[Transaction]:
        """Run one named transaction; it is committed when the block ends, undone when it raises."""
        with self._lock:
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(connection, self._clock.now(), named.title)
                connection.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already, or have failed the commit and left it open.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        if named.durable:
            self._to_disk()

    def joined(self, named: Named, work: Callable[[Transaction], object]) -> Wait:
        """Return the wait for a named transaction that does `work`, together with others that are waited for at the same time.

        One commit and one flush for all of them; where one raises, each is done by itself, and so more than once.
        """
        return Wait((self, named), functools.partial(self._write_all, named), work)

    def _write_all(self, named: Named, works: Sequence[Callable[[Transaction], object]]) -> Sequence[object]:
        try:
            with self.write(named) as tx:
                return [work(tx) for work in works]
        except Exception as error:  # noqa: BLE001 it is raised again in the one whom it is for
            if len(works) == 1 or is_away(error):
                return [error] * len(works)
        return [got for work in works for got in self._write_all(named, [work])]

    def _to_disk(self) -> None:
        """Return when all that is committed is on the disk, as `synchronous = FULL` does, but for all who wait at once.

        Others can read a commit before that; what they commit upon it lies behind it in the same log.
        """
        try:
            self._flush.wait()
        except OSError as error:
            raise sqlite3.OperationalError(
                f"the database could not be flushed to the disk: {error.strerror}"
            ) from error

    def read(self) -> View:
        """Give a view for reading; what it sees is consistent while the block lasts.

        The writer's own connection needs no transaction for that: the lock keeps its threads out, and other processes write
        nothing but requests.
        """
        return View(self._connection, self._lock, self._clock, in_transaction=self._read_only)

    def changed_by_others(self) -> int:
        """Return a number that changes whenever another process has written (`PRAGMA data_version`)."""
        with self._lock:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def write_anew(self, state: Path) -> None:
        """Go on in `state`, from where somebody has deleted the file: all is written there again. Raises sqlite3.Error, OSError."""
        with self._lock:
            self._log.close()
            state_files.write_anew(self._connection, state / FILE_NAME)
            self._connection = _ready(state / FILE_NAME, state, read_only=False)

    def close(self) -> None:
        """Close the connection; the WAL is folded in when it was the last one."""
        with self._lock:
            self._connection.close()
            self._log.close()


class _Log:
    """The write-ahead log of an open database, as a file to flush.

    SQLite keeps no locks on it, so that it may be opened and closed beside it (unlike the database file itself, whose POSIX locks
    would be gone).
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._path = f"{connection.execute('PRAGMA database_list').fetchone()[2]}-wal"
        self._descriptor: int | None = None

    def flush(self) -> None:
        """Flush what was written until now. Raises OSError."""
        if self._descriptor is None:
            # It stays the same file as long as the database is open.
            self._descriptor = os.open(self._path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        getattr(os, "fdatasync", os.fsync)(self._descriptor)

    def close(self) -> None:
        """Close it."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


class NoStateError(ServiceError):
    """Nothing was ever stored here; or the first run is just making its database."""


def _not_yet(state: Path) -> NoStateError:
    return NoStateError(f"no state in {state} yet", "Run `syncer run` or `syncer get` once")


def _ready(path: Path, state: Path, *, read_only: bool) -> sqlite3.Connection:
    """Return a connection whose schema is right; one that cannot be used is closed, so that it keeps no lock."""
    connection = _connect(path, read_only=read_only)
    try:
        _set_up(connection, read_only=read_only)
        if not read_only:
            _migrate(connection)
        elif not _check_schema(connection):
            raise _not_yet(state)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _set_up(connection: sqlite3.Connection, *, read_only: bool) -> None:
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        # What must be on the disk at once is flushed by `write` itself.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute("PRAGMA foreign_keys = ON")


def migrations() -> list[tuple[int, str]]:
    """Return the numbered steps of the schema, in order, as (number, SQL text)."""
    folder = resources.files("syncer.store.migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name.split("_")[0]), (folder / name).read_text("utf-8")) for name in names]


def _migrate(connection: sqlite3.Connection) -> None:
    """Run the steps that this database has not had, each in a transaction of its own."""
    have = _check_schema(connection)
    for number, text in migrations():
        if number <= have:
            continue
        connection.executescript(f"BEGIN IMMEDIATE;\n{text}\nPRAGMA user_version = {number};\nCOMMIT;")
        log.info("database brought to version %d", number)


def _check_schema(connection: sqlite3.Connection) -> int:
    """Return the database's version; raise ServiceError where a newer syncer has written it."""
    have = int(connection.execute("PRAGMA user_version").fetchone()[0])
    # The version is read from the head of the file alone: a damaged one shows when the schema is read.
    connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()
    newest = migrations()[-1][0]
    if have > newest:
        raise ServiceError(
            f"the database has version {have}, this syncer knows up to {newest}",
            "A newer syncer has used it: install that one again",
        )
    return have
