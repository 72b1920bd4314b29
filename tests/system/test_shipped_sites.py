"""The shipped site files through the whole service, against a server on loopback that answers with the pages of their samples.

Lists of numbers that lead to a page for each work, cursors, a search that leads to a list of sizes: what a parser alone does not
show. The server is ours and the pages are, too; the sites themselves are asked nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from zlib import crc32

from syncer.demo.media import Picture, render
from syncer.sites import library
from tests.system.conftest import Place

SHIPPED = Path(__file__).parents[2] / "sites"
_PACES = re.compile(r"^(pace|bandwidth|domains) = .*\n", re.MULTILINE)
_HASHES = re.compile(r'"(md5|sha1)": ')
_HOST = re.compile(r"https?://(?!creativecommons)([a-z0-9*.-]+\.[a-z]{2,})(?=[/\"'])")
"""Hosts of the sites become folders of the one server; what is a licence stays."""


class Shapes:
    """Site files and their samples, moved onto one server."""

    def __init__(self, root: str, stems: tuple[str, ...], folder: Path) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[str] = []
        self.samples: list[dict[str, Any]] = []
        host = root.removeprefix("http://")
        for stem in stems:
            text = _PACES.sub("", self._moved((SHIPPED / f"{stem}.toml").read_text("utf-8"), root))
            text = re.sub(r'key_hosts = \["[^"]*"\]', f'key_hosts = ["{host}"]', text).replace('"https:"]', '"http:"]')
            (folder / f"{stem}.toml").write_text(text, "utf-8")
            apart = (SHIPPED / "samples" / f"{stem}.toml").read_text("utf-8")
            self.samples += tomllib.loads(self._moved(_HASHES.sub('"of other bytes": ', apart), root))["sample"]
        sites = library.load([SHIPPED, folder])
        assert not sites.broken
        for sample in self.samples:
            found = sites.recognise(sample["url"])
            assert found is not None, sample["url"]
            self.pages.setdefault(found.fetch_url.removeprefix(root), sample["page"])

    def _moved(self, text: str, root: str) -> str:
        return _HOST.sub(rf"{root}/\1", text)

    def of(self, target: str) -> tuple[str, bytes]:
        """Return type and bytes for what is asked; a picture of its own for what looks like one."""
        self.asked.append(target)
        if target in self.pages:
            return "application/json", self.pages[target].encode()
        is_file = re.search(r"(\.(png|jpg|tif|mp4)|@jpeg)$", target)
        return ("image/png", render(Picture("png", crc32(target.encode()), 32, 24))) if is_file else ("", b"")


class _Handler(BaseHTTPRequestHandler):
    wbufsize = -1
    shapes: Shapes

    def do_GET(self) -> None:
        kind, body = self.shapes.of(self.path)
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _serving() -> Iterator[tuple[str, type[_Handler]]]:
    """Start the server; give its root and the handler that takes the shapes."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", handler
        server.shutdown()


STEMS = (
    "artic", "bluesky", "commons", "flickr", "imgur", "internetarchive", "konachan", "met", "nasa", "openverse", "tumblr", "wallhaven",
)  # fmt: skip
KEYED = "".join(f'[site.{name}]\nheaders = {{ X-Key = {{ file = "key" }} }}\n' for name in ("imgur", "tumblr"))


def test_every_step_of_a_site_leads_to_its_files(place: Place) -> None:
    place.options = ""
    (place.folder / "key").write_text("word", "utf-8")
    (place.folder / "key").chmod(0o600)
    with _serving() as (root, handler):
        handler.shapes = shapes = Shapes(root, STEMS, place.folder / "sites")
        wanted = {file for sample in shapes.samples for file in sample["finds"].get("files", [])}
        with place.runner(checks=False, more=KEYED) as loop:
            for sample in shapes.samples:
                place.get(loop, sample["url"])
    told = [json.loads(file.read_text("utf-8")) for file in place.imports.glob("*.json")]
    assert {each["file_url"] for each in told} == wanted
    tags = {tag for each in told for tag in each["tags"]}
    assert {"creator:a. painter", "lake", "grey heron", "license:cc0 1.0"} <= {tag.lower() for tag in tags}
    files = [target for target in shapes.asked if target not in shapes.pages]
    assert len(files) == len(set(files)), "a file was fetched twice"
