"""One frozen picture of config, site files and options; a job holds it to its end.

Here, so that a reload swaps one reference and never changes what a running job sees. The service's jobs read it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from importlib import resources
from pathlib import Path

from syncer.config import changes, rule_file
from syncer.config.changes import Fingerprint
from syncer.config.handover import PROGRAMS
from syncer.config.settings import MAIN, Config, ImportFolder
from syncer.filters import options as options_filter
from syncer.filters.options import Layer, Options, Resolved
from syncer.follow import bounds
from syncer.frozen import frozen
from syncer.service import fingerprint
from syncer.sites import documents
from syncer.sites import library as site_library
from syncer.sites.library import Library
from syncer.sites.load import ENGINES
from syncer.store import jobs

INTO = "into"
"""Name of the import folder that a command named for its own wishes."""


MOST_RESOLVED = 5_000
"""So many results are remembered; each query may have options of its own."""

OF_THE_WALK = frozenset({"limit", "pages", "priority", "rule", jobs.ALONE, *bounds.KEYS})
"""What a wish may say besides options: it is about its page, its walk and its turn, and no filter knows it."""


@frozen
class Scope:
    """What decides which layers of options hold for something, see `scope`."""

    kind: str = "url"
    """`gallery`, `watcher`, `subscription` or `url`."""
    site: str = ""
    url_class: str = ""
    """`site/class`."""
    label: str = ""
    own: tuple[tuple[str, str], ...] = ()
    """Layers of the follow itself: pairs of the name and what it sets as JSON."""


@frozen
class Snapshot:
    """What is in force: config, site files, and the options that follow from them."""

    config: Config
    library: Library
    fingerprint: str = ""
    """The same for the same follows: what config and site files are; "" = not known."""
    sites_mark: str = ""
    """The same for the same site files at the same roots; "" = not known."""
    looks: Fingerprint = ()
    """What the person's site files looked like before they were read."""
    _resolved: dict[tuple[Scope, str], Resolved] = field(default_factory=dict, repr=False)
    _rules: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def resolved(self, scope: Scope, one_off: str = "{}") -> Resolved:
        """Return the options for a scope, with the layer that set each."""
        found = self._resolved.get((scope, one_off))
        if found is None:
            found = options_filter.resolve(
                [(name, self._with_rules(layer)) for name, layer in self._layers(scope, one_off)]
            )
            if len(self._resolved) >= MOST_RESOLVED:
                self._resolved.clear()
            self._resolved[scope, one_off] = found
        return found

    def _layers(self, scope: Scope, one_off: str) -> Iterator[Layer]:
        """Yield the layers of a scope, the least specific first."""
        names = (
            "base",
            f"kind {scope.kind}",
            f"site {scope.site}",
            f"class {scope.url_class}",
            f"inbox {scope.label.partition('/')[0].casefold()}",
        )
        for name in names:
            layer = self.config.options.get(name)
            if layer is not None:
                yield name, layer
        for name, text in scope.own:
            yield name, json.loads(text)
        if one_off != "{}":
            given = self.one_off(one_off)
            yield "one-off", {key: given[key] for key in given if key not in OF_THE_WALK}

    def _with_rules(self, layer: Mapping[str, object]) -> Mapping[str, object]:
        """Put the rules of the file that a layer names in the place of its path."""
        path = layer.get("blacklist_from")
        if not isinstance(path, str):
            return layer
        if path not in self._rules:
            known = {str(file.path): file for file in self.config.rule_files}
            # The file of a follow that the config does not name any more is read for it alone.
            self._rules[path] = (known.get(path) or rule_file.read(Path(path))).rules
        return {**layer, "blacklist_from": self._rules[path]}

    @property
    def sites(self) -> frozenset[str]:
        """Return whatever can stand before the colon of `site: query`: the sites, and programs that are given URLs."""
        return frozenset((*self.library.sites, *PROGRAMS))

    @property
    def has_class_layers(self) -> bool:
        """Tell whether any layer is for a URL class."""
        return any(name.startswith("class ") for name in self.config.options)

    def one_off(self, text: str) -> Mapping[str, object]:
        """Return the options that belong to one wish alone, as they are frozen into its jobs."""
        options: Mapping[str, object] = json.loads(text)
        return options

    def options(self, scope: Scope, one_off: str = "{}") -> Options:
        """Return the options for a scope."""
        return self.resolved(scope, one_off).options

    def is_placeholder(self, site: str, *, md5: str, sha256: str) -> bool:
        """Tell whether a file is known as a picture that the site sends in place of missing ones."""
        file, own = self.library.sites.get(site), self.config.sites.get(site)
        known = {*(file.placeholders if file else ()), *(own.placeholders if own else ())}
        return not known.isdisjoint((f"md5:{md5}", f"sha256:{sha256}"))

    def folder_at(self, path: str) -> ImportFolder | None:
        """Return the import folder at a real path, as deliveries name it; None where the config has none there."""
        folders = self.config.import_folders.values()
        straight = (each for each in folders if str(each.path) == path)
        return next(straight, None) or next((each for each in folders if os.path.realpath(each.path) == path), None)

    def import_folder(self, into_path: str = "", name: str = "") -> ImportFolder:
        """Return the folder for a wish: the one whose path it names, else the one of that name, else MAIN, else the first.

        A name that the config has no longer is passed over: what was wished for is delivered all the same.
        """
        if into_path:
            for folder in self.config.import_folders.values():
                if folder.path == Path(into_path):
                    return folder
            return ImportFolder(INTO, Path(into_path), profile="plain")
        folders = self.config.import_folders
        return folders.get(name) or folders.get(MAIN) or next(iter(folders.values()))


def shipped_sites() -> Path:
    """Return the folder of the shipped site files: in the package when installed, beside it in a checkout."""
    packed = Path(str(resources.files("syncer"))) / "shipped_sites"
    return packed if packed.is_dir() else packed.parent.parent / "sites"


def build(config: Config) -> Snapshot:
    """Read the site files and put the snapshot together; broken site files are in `library.problems`."""
    folders = [shipped_sites(), config.folders.sites]
    folders = [folder for folder in folders if os.path.lexists(folder)]
    roots = {name: settings.root for name, settings in config.sites.items() if settings.root}
    # Taken first: a file that changes meanwhile makes another one at the next look.
    looks = changes.fingerprint(site_files(config.folders.sites))
    mark = fingerprint.of_sites(config, folders)
    return Snapshot(config, site_library.load(folders, roots), fingerprint.of(config, mark), mark, looks)


def site_files(folder: Path) -> list[Path]:
    """Return the person's site files and engines, and the folders in which more may come."""
    folders = [folder, folder / ENGINES]
    return [*folders, *(path for each in folders for path in documents.files_in(each))]
