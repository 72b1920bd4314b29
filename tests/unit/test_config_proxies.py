"""Proxies in the config: how they are written, what is refused, and that no password is ever repeated."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from syncer.config import load
from syncer.config.proxies import DIRECT, Proxy, parse
from syncer.config.settings import Config, Source
from syncer.errors import ConfigError
from tests.server.test_fetch_wire import CERTIFICATE

BASE = '[import_folders.main]\npath = "import"\nprofile = "plain"\n'


def _load(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(BASE + text, "utf-8")
    return load.load(path)


def _problems(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        _load(folder, text)
    return "\n".join((str(caught.value), *caught.value.problems))


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy.example.org:3128", Proxy("http", "proxy.example.org", 3128)),
        (" HTTP://Proxy.Example.org:3128/ ", Proxy("http", "proxy.example.org", 3128)),
        ("https://10.0.0.1:443", Proxy("https", "10.0.0.1", 443)),
        ("socks5://127.0.0.1:9050", Proxy("socks5", "127.0.0.1", 9050)),
        ("socks5h://[::1]:9050", Proxy("socks5", "::1", 9050)),
        ("direct", DIRECT),
        ("Direct", DIRECT),
    ],
)
def test_what_can_be_written(text: str, proxy: Proxy) -> None:
    assert parse(text) == proxy
    assert parse(str(proxy)) == proxy


@pytest.mark.parametrize(
    "text",
    ["", "proxy.example.org:3128", "ftp://a:1", "socks4://a:1", "http://", "http://a", "http://a:0", "http://a:99999",
     "http://a:1/path", "http://a:1?x=1", "http://a b:1", "http://[::1:3128", "none", "http://*.a:1"],
)  # fmt: skip
def test_what_is_no_proxy(text: str) -> None:
    with pytest.raises(ValueError, match=r"proxy|host|leave the"):
        parse(text)


@pytest.mark.parametrize("table", ["network", "site.demo"])
def test_a_password_in_the_config_is_refused_and_not_repeated(tmp_path: Path, table: str) -> None:
    told = _problems(tmp_path, f'[{table}]\nproxy = "http://visitor:geheim-4711@proxy.example.org:3128"\n')
    assert "proxy_login" in told
    assert "geheim" not in told
    told = _problems(tmp_path, f'[{table}]\nproxy = "http://a:1"\nproxy_login = "visitor:geheim-4711"\n')
    assert "must not stand in the config" in told
    assert "geheim" not in told


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(CERTIFICATE)
    config = _load(
        tmp_path,
        '[network]\nproxy = "http://proxy.example.org:3128"\nproxy_login = { file = "login" }\nca_file = "ca.pem"\nip = "4"\n'
        '[site.demo]\nproxy = "direct"\n[site.other]\nproxy = "https://a.example:1"\nproxy_login = { env = "LOGIN" }\n',
    )
    network = config.network
    assert network.proxy == Proxy("http", "proxy.example.org", 3128)
    assert network.proxy_login == Source("file", (str(tmp_path / "login"),))
    assert (network.ca_file, network.ip) == (tmp_path / "ca.pem", "4")
    assert config.sites["demo"].proxy == DIRECT
    assert config.sites["other"].proxy_login == Source("env", ("LOGIN",))
    plain = _load(tmp_path, "").network
    assert (plain.proxy, plain.proxy_login, plain.ca_file, plain.ip) == (None, None, None, "any")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[network]\nproxy_login = { env = "A" }\n', "there is no proxy here"),
        ('[network]\nproxy = "direct"\nproxy_login = { env = "A" }\n', "there is no proxy here"),
        ('[site.demo]\nproxy_login = { env = "A" }\n', "there is no proxy here"),
        ('[network]\nca_file = "away.pem"\n', "cannot be read"),
        ('[network]\nca_file = "config.toml"\n', "no certificate"),
        ('[network]\nip = "5"\n', "ip"),
        ("[network]\nproxy = 5\n", "must be text in quotes"),
    ],
)
def test_what_cannot_work_is_said_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    told = _problems(tmp_path, text)
    assert words in told
    assert "config.toml:" in told


@pytest.mark.parametrize("table", ["network", "site.demo"])
def test_without_its_library_a_socks_proxy_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.delitem(sys.modules, "socks", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    told = _problems(tmp_path, f'[{table}]\nproxy = "socks5://127.0.0.1:9050"\n')
    assert 'pip install "syncer[socks]"' in told
    assert "pipx inject syncer PySocks" in told
    assert _load(tmp_path, f'[{table}]\nproxy = "http://127.0.0.1:9050"\n').path is not None
