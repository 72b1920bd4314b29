"""A new person's folders for the local site: a config, site files, and links dropped into the inbox.

Here, because the demo and the system tests begin from the same house. Writes files only; knows nothing of the rest of syncer.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from syncer.frozen import frozen

SITE_FILES = Path(__file__).parent / "sites"

CONFIG = """\
[folders]
inbox = "inbox"
state = "state"
cache = "cache"
sites = "sites"

[import_folders.main]
path = "import"
profile = "hydrus"

[options]
types = ["image"]                # the site has a few videos, too: skipped
blacklist = ["fog", "owl, -bird"]  # everything with fog; owls, unless there is another bird

[network]
allow = ["{address}"]            # the local site is on this machine

[site.demo]
root = "{root}"

[site.demoapi]
root = "{root}"

[site.demoboard]
root = "{root}"
{bandwidth}
[[subscriptions]]
name = "landscapes"
site = "demoapi"
queries = ["lake", "snow"]

[[watchers]]
url = "{root}/board/thread/3"
"""

BANDWIDTH = """
[bandwidth]
everything = ["200 requests / 1 s"]
follow_pages = "0 seconds"
download_pages = "0 seconds"
"""

FASTER = """
[bandwidth.site.{site}]
domain = ["200 requests / 1 s"]  # the site is ours; others would block us
faster = "I accept that this site may block me"
"""

LINKS = """\
# Anything may stand here: links, `site: query`, remarks.
{root}/post/10
{root}/media/8.png
see [this one]({root}/post/11) and <{root}/post/11>
a line without a link
demo: roll_1
"""

SHORTCUT = "[InternetShortcut]\r\nURL={root}/post/26\r\n"


@frozen
class House:
    """Where things are in a house that was prepared."""

    folder: Path

    @property
    def config(self) -> Path:
        """The config file."""
        return self.folder / "config.toml"

    @property
    def inbox(self) -> Path:
        """Where links are dropped."""
        return self.folder / "inbox"

    @property
    def imports(self) -> Path:
        """Where finished files come."""
        return self.folder / "import"

    @property
    def state(self) -> Path:
        """Where the store is."""
        return self.folder / "state"


def prepare(folder: Path, root: str, *, faster: bool = True, links: bool = True, config: str = CONFIG) -> House:
    """Write config and site files for the local site at `root` into `folder`, and drop links into its inbox.

    With `faster` the pace of one request a second is lifted, as only the owner of a site may do.
    """
    house = House(folder)
    for each in (house.inbox, house.imports, folder / "sites"):
        each.mkdir(parents=True, exist_ok=True)
    for file in sorted(SITE_FILES.glob("*.toml")):
        shutil.copyfile(file, folder / "sites" / file.name)
    lifted = (
        BANDWIDTH + "".join(FASTER.format(site=site) for site in ("demo", "demoapi", "demoboard")) if faster else ""
    )
    address = root.partition("//")[2]
    house.config.write_text(config.format(root=root, address=address, bandwidth=lifted), "utf-8")
    if links:
        (house.inbox / "links.txt").write_text(LINKS.format(root=root), "utf-8")
        (house.inbox / "a post.url").write_text(SHORTCUT.format(root=root), "utf-16")
    return house
