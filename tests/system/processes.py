"""What tests begin from that run syncer as a process of its own: the folders of a config, and one `syncer run --once`."""

from __future__ import annotations

import subprocess
import sys

from syncer.demo.house import House

FOLDERS = """\
[folders]
inbox = "inbox"
state = "state"
cache = "cache"
sites = "sites"
settle = "0"
[import_folders.main]
path = "import"
profile = "hydrus"
"""
"""The beginning of a config; further keys of the import folder may follow."""


def start(place: House) -> subprocess.Popen[bytes]:
    """Start a run that ends when all is done; what it says against something can be read."""
    command = [sys.executable, "-m", "syncer", "run", "--once", "--config", str(place.config)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
