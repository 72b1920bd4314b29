"""Real software for `make servers`: MediaWiki, WordPress, a booru in Django, a server that answers as Mastodon does.

Debian's packages and PyPI's, each set up in a temporary folder and served on this machine alone. Every class has `missing`,
which says why it cannot run here, `running()`, which gives its root URL, and `add`, which publishes a picture.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.system.listing_servers import free_port, running
from tests.system.real_house import png

MEDIAWIKI, WORDPRESS = Path("/usr/share/mediawiki"), Path("/usr/share/wordpress")
DATABASE = ("mariadbd", "mariadb-install-db", "mariadb")


def run(*command: str | Path, **more: str) -> str:
    """Run a program to its end; return what it says. Raises AssertionError with that, where it fails."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, env={**os.environ, **more}, check=False
    )
    assert done.returncode == 0, f"{command[:3]}: {done.stdout[-1500:]} {done.stderr[-1500:]}"
    return done.stdout


def _packages(folder: Path, *names: str) -> Path:
    """Make a venv with packages; return its Python."""
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names)
    return folder / "bin" / "python"


def _php(port: int, root: Path, router: Path) -> list[str]:
    return ["php", "-S", f"127.0.0.1:{port}", "-t", str(root), str(router)]


class MediaWiki:
    """Debian's MediaWiki with SQLite, below PHP's own server."""

    def __init__(self, work: Path) -> None:
        self.work, self.port = work, free_port()
        self.settings = work / "LocalSettings.php"

    @staticmethod
    def missing() -> str:
        """Say why it cannot run here."""
        here = MEDIAWIKI.is_dir() and shutil.which("php")
        return "" if here else "MediaWiki is not installed (Debian: mediawiki, php-cli, php-sqlite3)"

    def _do(self, script: str, *words: str | Path) -> None:
        run("php", MEDIAWIKI / "maintenance" / script, *words, MW_CONFIG_FILE=str(self.settings))

    @contextmanager
    def running(self) -> Iterator[str]:
        """Set it up and serve it."""
        for name in ("data", "images"):
            (self.work / name).mkdir(parents=True)
        root = f"http://127.0.0.1:{self.port}"
        run(
            "php", MEDIAWIKI / "maintenance/install.php", "--dbtype", "sqlite", "--dbpath", self.work / "data", "--dbname", "wiki",
            "--server", root, "--scriptpath", "", "--confpath", self.work, "--pass", uuid.uuid4().hex, "Garden", "Gardener",
        )  # fmt: skip
        with self.settings.open("a", encoding="utf-8") as settings:
            settings.write(
                f'\n$wgEnableUploads = true; $wgArticlePath = "/wiki/$1"; $wgUploadDirectory = "{self.work}/images";\n'
                '$wgUploadPath = "/upload"; $wgMainCacheType = CACHE_NONE;\n'
            )
        router = self.work / "router.php"
        router.write_text(
            f"""<?php $path = urldecode(parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH));
            if (str_starts_with($path, "/upload/")) {{
                $file = "{self.work}/images/" . substr($path, 8);
                if (is_file($file)) {{ header("Content-Type: image/png"); header("Content-Length: " . filesize($file)); readfile($file); }}
                else http_response_code(404);
                return true;
            }}
            if (!str_starts_with($path, "/wiki/") && $path !== "/") return false;
            $_SERVER["SCRIPT_NAME"] = "/index.php"; chdir("{MEDIAWIKI}"); require "{MEDIAWIKI}/index.php"; return true;""",
            "utf-8",
        )
        log = self.work / "server.log"
        with running(_php(self.port, MEDIAWIKI, router), self.port, log, MW_CONFIG_FILE=str(self.settings)):
            yield root

    def add(self, numbers: Sequence[int], category: str) -> None:
        """Upload pictures into a category."""
        folder = self.work / uuid.uuid4().hex
        folder.mkdir()
        for number in numbers:
            (folder / f"Owl & frog {number}.png").write_bytes(png(number))
            text = f"An owl, {number}.\n[[Category:{category}]]\n[[Category:Night birds]]\n"
            (folder / f"Owl & frog {number}.txt").write_text(text, "utf-8")
        self._do("importImages.php", "--comment-ext=txt", "--user=Gardener", folder)
        self._do("runJobs.php")


class WordPress:
    """Debian's WordPress below PHP's own server, with a MariaDB of its own."""

    def __init__(self, work: Path) -> None:
        self.work, self.port, self.database = work, free_port(), free_port()
        self.published = int(time.time()) - 86_400

    @staticmethod
    def missing() -> str:
        """Say why it cannot run here."""
        if not (WORDPRESS.is_dir() and shutil.which("php")):
            return "WordPress is not installed (Debian: wordpress, wordpress-theme-twentytwentythree, php-cli, php-gd)"
        absent = [name for name in DATABASE if shutil.which(name) is None]
        return f"{absent[0]} is not installed (Debian: mariadb-server)" if absent else ""

    @contextmanager
    def running(self) -> Iterator[str]:
        """Set it up and serve it."""
        self.work.mkdir()
        root, data, socket = f"http://127.0.0.1:{self.port}", self.work / "db", self.work / "s"
        user = ("--user=root",) if os.geteuid() == 0 else ()
        run(
            "mariadb-install-db",
            "--no-defaults",
            *user,
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
        )
        server = [
            "mariadbd",
            "--no-defaults",
            *user,
            f"--datadir={data}",
            f"--socket={socket}",
            f"--port={self.database}",
        ]
        server += ["--bind-address=127.0.0.1", f"--pid-file={self.work}/pid"]
        with running(server, self.database, self.work / "db.log"):
            query = "CREATE DATABASE wp; CREATE USER w@'%' IDENTIFIED BY 'w'; GRANT ALL ON wp.* TO w@'%'; DROP USER IF EXISTS ''@localhost"
            run("mariadb", "--no-defaults", "-uroot", "-S", socket, "-e", query)
            site = self.work / "site"
            shutil.copytree(WORDPRESS, site, symlinks=False, ignore_dangling_symlinks=True)
            (site / "wp-content" / "uploads").mkdir(exist_ok=True)
            (site / "wp-config.php").write_text(
                f"""<?php define('DB_NAME', 'wp'); define('DB_USER', 'w'); define('DB_PASSWORD', 'w');
                define('DB_HOST', '127.0.0.1:{self.database}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
                define('WP_HOME', '{root}'); define('WP_SITEURL', '{root}'); define('DISABLE_WP_CRON', true);
                define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true); $table_prefix = 'wp_';
                if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/'); require_once ABSPATH . 'wp-settings.php';""",
                "utf-8",
            )
            self.add([], "")
            router = self.work / "router.php"
            router.write_text(
                f"""<?php $path = urldecode(parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH));
                if ($path !== "/" && file_exists("{site}" . $path)) return false;
                $_SERVER["SCRIPT_NAME"] = "/index.php"; require "{site}/index.php";""",
                "utf-8",
            )
            with running(_php(self.port, site, router), self.port, self.work / "server.log"):
                yield root

    def add(self, numbers: Sequence[int], tag: str) -> None:
        """Publish a post with a picture for each number."""
        script = self.work / "add.php"
        pictures = {number: png(number).hex() for number in numbers}
        script.write_text(
            f"""<?php define('WP_INSTALLING', true); $_SERVER += ['HTTP_HOST' => '127.0.0.1:{self.port}', 'REQUEST_URI' => '/',
                'SERVER_PROTOCOL' => 'HTTP/1.1']; require '{self.work}/site/wp-load.php';
            foreach (['upgrade', 'image', 'file', 'media'] as $part) require_once ABSPATH . "wp-admin/includes/$part.php";
            if (!is_blog_installed()) {{
                wp_install('Garden', 'gardener', 'g@example.org', true, '', '{uuid.uuid4().hex}', 'en_US');
                update_option('permalink_structure', '');
            }}
            foreach (json_decode('{json.dumps(pictures)}', true) as $n => $hex) {{
                $up = wp_upload_bits("heron-$n.png", null, hex2bin($hex));
                $url = '{f"http://127.0.0.1:{self.port}"}' . parse_url($up['url'], PHP_URL_PATH);
                $time = gmdate('Y-m-d H:i:s', {self.published} + $n * 60);
                wp_insert_post(['post_title' => "Heron $n", 'post_status' => 'publish', 'post_author' => 1, 'post_date' => $time,
                    'post_date_gmt' => $time, 'tags_input' => ['{tag}', "n$n"],
                    'post_content' => "<p>At dawn $n</p><a href=\\"$url\\"><img src=\\"$url?w=8\\" alt=\\"a heron\\"/></a>"]);
            }}
            // Published now, whatever they are dated: the blog says by that time whether its feeds have changed.
            $wpdb->query("UPDATE $wpdb->posts SET post_modified = UTC_TIMESTAMP(), post_modified_gmt = UTC_TIMESTAMP()");""",
            "utf-8",
        )
        run("php", script)


class Boorunaut:
    """A booru in Django, from PyPI."""

    def __init__(self, work: Path) -> None:
        self.work, self.port = work, free_port()

    @staticmethod
    def missing() -> str:
        """Say why it cannot run here: it comes from PyPI, as the tests themselves do."""
        return ""

    @property
    def _python(self) -> Path:
        return self.work / "venv" / "bin" / "python"

    @contextmanager
    def running(self) -> Iterator[str]:
        """Set it up and serve it."""
        _packages(self.work / "venv", "boorunaut==0.5.0")
        path = f"{self._python.parent}:{os.environ['PATH']}"
        subprocess.run(
            [self._python.parent / "boorunaut", "startproject", "garden"],
            cwd=self.work,
            env={**os.environ, "PATH": path},
            check=True,
        )
        manage = self.work / "garden" / "manage.py"
        run(self._python, manage, "migrate")
        command = [str(self._python), str(manage), "runserver", "--noreload", f"127.0.0.1:{self.port}"]
        with running(command, self.port, self.work / "server.log"):
            yield f"http://127.0.0.1:{self.port}"

    def add(self, numbers: Sequence[int], tag: str) -> None:
        """Publish a post for each number."""
        script = self.work / "garden" / "add.py"
        script.write_text(
            f"""import os, sys, django
sys.path.insert(0, {str(self.work / "garden")!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "garden.settings"; django.setup()
from PIL import Image
Image.ANTIALIAS = Image.LANCZOS  # it asks for what newer Pillows call so
from django.core.files.base import ContentFile
from booru.account.models import Account
from booru.models import Post
who = Account.objects.first() or Account.objects.create_superuser(username="gardener", email="g@example.org", password="{uuid.uuid4().hex}")
for number, data in {[(number, png(number)) for number in numbers]!r}:
    post = Post(uploader=who, source=f"https://art.example/{{number}}", rating=1, status=1)
    post.media.save(f"heron{{number}}.png", ContentFile(data), save=False)
    post.save(); post.tags.add({tag!r}, f"n{{number}}"); post.save()
""",
            "utf-8",
        )
        run(self._python, script)


class Mastodon:
    """A server that answers as Mastodon does, from PyPI."""

    def __init__(self, work: Path) -> None:
        self.work, self.port = work, free_port()

    @staticmethod
    def missing() -> str:
        """Say why it cannot run here: it comes from PyPI, as the tests themselves do."""
        return ""

    @contextmanager
    def running(self) -> Iterator[str]:
        """Set it up and serve it."""
        python = _packages(self.work, "mastodon-mock==0.6.1")
        command = [
            str(python.parent / "mastodon_mock"),
            "serve",
            "--in-memory",
            "--port",
            str(self.port),
            "--log-level",
            "warning",
        ]
        with running(command, self.port, self.work / "server.log"):
            yield f"http://127.0.0.1:{self.port}"

    def add(self, numbers: Sequence[int], tag: str) -> None:
        """Publish a post with a picture for each number."""
        for number in numbers:
            media = self._ask("/api/v2/media", "file", png(number))
            self._ask("/api/v1/statuses", "media_ids[]", media["id"].encode(), status=f"Heron {number} #{tag}")

    def _ask(self, path: str, field: str, value: bytes, **more: str) -> dict[str, str]:
        border = uuid.uuid4().hex
        name = f'; filename="{field}.png"\r\nContent-Type: image/png' if field == "file" else ""
        parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{text}'.encode() for key, text in more.items()]
        parts.append(f'Content-Disposition: form-data; name="{field}"{name}\r\n\r\n'.encode() + value)
        body = b"".join(f"--{border}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{border}--\r\n".encode()
        kind = f"multipart/form-data; boundary={border}"
        headers = {"Authorization": "Bearer mock_token", "Content-Type": kind}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        with urllib.request.urlopen(request) as answer:
            found: dict[str, str] = json.load(answer)
        return found
