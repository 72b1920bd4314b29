"""What holds for every test: nothing leaves loopback, nobody's own folders are touched, hypothesis gives the same each time."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("SYNCER_HYPOTHESIS", "repeatable"))

# Hundreds of programs are started: without it each of them would compile all of its modules anew, which takes half of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


class LeftLoopbackError(AssertionError):
    """A test tried to talk to the world."""


def _is_inside(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_inside(address):
            raise LeftLoopbackError(f"a test wants to connect to {address}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not _is_inside(address):
            raise LeftLoopbackError(f"a test wants to connect to {address}")
        return connect_ex(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def _no_power_is_cut() -> Iterator[None]:
    """Flush nothing to the disk in this process: a kill loses nothing of what the system has, and waiting takes half the time.

    Which flush comes when, and what follows from one that fails, is seen by tests that put their own in these places.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(os, "fsync", lambda descriptor: None)
    patch.setattr(os, "fdatasync", lambda descriptor: None)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home: Path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
