"""Real web servers that list folders, started for a test on a free port of this machine: nginx, Apache, lighttpd, Python's own.

Each serves one folder with a configuration of its own in a temporary folder, as whoever runs the test; none of the
machine's own configuration is read.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

NGINX = """\
daemon off; worker_processes 1; pid {work}/pid; error_log {work}/error.log; {user}
events {{ }}
http {{
  access_log off; types {{ image/png png; }}
  client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u;
  scgi_temp_path {work}/s;
  server {{ listen 127.0.0.1:{port}; root {root}; autoindex on; }}
}}
"""
APACHE = """\
ServerName localhost
Listen 127.0.0.1:{port}
ServerRoot {work}
PidFile {work}/pid
ErrorLog {work}/error.log
Mutex file:{work}
{user}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule autoindex_module {modules}/mod_autoindex.so
LoadModule mime_module {modules}/mod_mime.so
TypesConfig /dev/null
AddType image/png .png
DocumentRoot {root}
<Directory {root}>
  Options Indexes
  Require all granted
  IndexOptions {options}
</Directory>
"""
LIGHTTPD = """\
server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{work}/error.log"
server.modules = ("mod_dirlisting")
dir-listing.activate = "enable"
mimetype.assign = (".png" => "image/png")
"""
MODULES = Path("/usr/lib/apache2/modules")
TABLE, PLAIN = "FancyIndexing HTMLTable VersionSort NameWidth=*", "FancyIndexing NameWidth=20"
"""Debian's own way of listing, and Apache's own."""


def missing(server: str) -> str:
    """Say why a server cannot be started here; "" where it can."""
    if server.startswith("apache"):
        return "" if _program("apache2") and MODULES.is_dir() else "Apache is not installed (Debian: apache2-bin)"
    package = {"nginx": "nginx-light", "lighttpd": "lighttpd"}.get(server, "")
    return f"{server} is not installed (Debian: {package})" if package and not _program(server) else ""


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that every user may read, as Apache's own must; pytest keeps its folders to itself."""
    with tempfile.TemporaryDirectory(prefix="syncer-listing-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _nginx(root: Path, work: Path, port: int) -> list[str]:
    user = "user root;" if os.geteuid() == 0 else ""  # its workers must be able to read a folder that is ours alone
    (work / "nginx.conf").write_text(NGINX.format(root=root, work=work, port=port, user=user), "utf-8")
    return [str(_program("nginx")), "-c", str(work / "nginx.conf"), "-e", str(work / "error.log")]


def _apache(options: str) -> Callable[[Path, Path, int], list[str]]:
    def make(root: Path, work: Path, port: int) -> list[str]:
        user = ""
        if os.geteuid() == 0:  # Apache refuses to serve as root
            user = "User nobody\nGroup nogroup"
        text = APACHE.format(root=root, work=work, port=port, user=user, modules=MODULES, options=options)
        (work / "apache.conf").write_text(text, "utf-8")
        return [str(_program("apache2")), "-D", "FOREGROUND", "-f", str(work / "apache.conf")]

    return make


def _lighttpd(root: Path, work: Path, port: int) -> list[str]:
    (work / "lighttpd.conf").write_text(LIGHTTPD.format(root=root, work=work, port=port), "utf-8")
    return [str(_program("lighttpd")), "-D", "-f", str(work / "lighttpd.conf")]


def _python(root: Path, work: Path, port: int) -> list[str]:
    del work
    return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(root), str(port)]


_MAKERS: dict[str, Callable[[Path, Path, int], list[str]]] = {
    "nginx": _nginx,
    "apache": _apache(TABLE),
    "apache plain": _apache(PLAIN),
    "lighttpd": _lighttpd,
    "python": _python,
}
SERVERS = tuple(_MAKERS)


@contextmanager
def listing(server: str, root: Path, work: Path) -> Iterator[str]:
    """Serve a folder and give its root URL; the server ends with the block."""
    work.mkdir()
    port = free_port()
    with running(_MAKERS[server](root, work, port), port, work / "output.log"):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, log: Path, **more: str) -> Iterator[None]:
    """Run a server as long as the block lasts; `more` is added to its environment."""
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **more}) as process,
    ):
        try:
            _await(process, port, log)
            yield
        finally:
            process.terminate()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(400):
        with closing(socket.socket()) as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"{process.args!r} does not serve: {log.read_text('utf-8', 'replace')[-2000:]}")
