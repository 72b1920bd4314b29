"""What `config check` says of a config that itself is fine: its site files, its follows, and the sites that its tables name.

Here, because it needs config and site files together. `app` calls it.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from syncer.config import absent
from syncer.service import advice, follows_of
from syncer.service.snapshot import Snapshot


def check(shot: Snapshot) -> dict[str, Any]:
    """Return problems and notes, and how much there is of what, as plain data."""
    config, want = shot.config, follows_of.wanted(shot)
    faults = [str(problem) for problem in shot.library.problems]
    return {
        "path": str(config.path),
        "included": [str(path) for path in config.included],
        "problems": [*faults, *want.faults, *_unknown_sites(shot), *_unknown_classes(shot), *_credentials(shot)],
        "notes": [*absent.lines(config), *want.notes, *advice.notes(shot), *_shadows(shot), *_sites_of_programs(shot)],
        "queries": sum(len(subscription.queries) for subscription in config.subscriptions),
        "watchers": len(config.watchers),
        "catalogues": len(config.catalogues),
        "sites": len(shot.library.sites),
    }


def _shadows(shot: Snapshot) -> Iterator[str]:
    """Yield which of the person's own site files stand in for shipped ones, and whether those are newer."""
    for site in shot.library.sites.values():
        if site.shadows is None:
            continue
        try:
            newer = site.shadows.stat().st_mtime > site.file.stat().st_mtime
            same = site.shadows.read_bytes() == site.file.read_bytes()
        except OSError:
            continue
        word = "is the same" if same else "is newer: compare them" if newer else "is older"
        yield f"{site.file} stands in for the shipped {site.shadows.name}, which {word}; remove it to use the shipped one"


def _unknown_sites(shot: Snapshot) -> Iterator[str]:
    """Yield the tables of the config that name a site which no site file is for."""
    config = shot.config
    named = {f"[site.{name}]": name for name in config.sites}
    named |= {f"[bandwidth.site.{name}]": name for name in config.bandwidth.sites}
    others = _of_programs(shot)
    named |= {f"[options.site.{name}]": name for name in _layers_of_sites(shot) if name not in others}
    for table, name in named.items():
        if name not in shot.sites and name not in shot.library.broken:
            yield f'{table}: there is no site file "{name}"; `syncer sites list` names all'


def _layers_of_sites(shot: Snapshot) -> list[str]:
    return [name.removeprefix("site ") for name in shot.config.options if name.startswith("site ")]


def _of_programs(shot: Snapshot) -> set[str]:
    """Return the sites with options of their own that no site file is for, but perhaps another program; not what looks like a slip."""
    config = shot.config
    if not (config.adopt or config.handover.programs):
        return set()
    unknown = (name for name in _layers_of_sites(shot) if name not in shot.sites and name not in shot.library.broken)
    return {name for name in unknown if not get_close_matches(name, shot.library.sites, 1, 0.7)}


def _sites_of_programs(shot: Snapshot) -> Iterator[str]:
    """Yield which options hold only for what other programs call so."""
    for name in sorted(_of_programs(shot)):
        yield f'[options.site.{name}]: no site file is called so; it holds for what gallery-dl or yt-dlp call "{name}"'


def _credentials(shot: Snapshot) -> Iterator[str]:
    """Yield the credentials that no login of their site asks for."""
    for name, settings in shot.config.sites.items():
        wanted = [each for found in shot.library.logins.values() for one in found for each, _ in one.login.credentials]
        own = [each for one in shot.library.logins.get(name, ()) for each, _ in one.login.credentials]
        for key in settings.credentials:
            if key not in wanted:
                yield f"[site.{name}.credentials] {key}: its login asks for {', '.join(own) or 'nothing'}"


def _unknown_classes(shot: Snapshot) -> Iterator[str]:
    """Yield the layers of options that are for a URL class which is not there."""
    for layer in shot.config.options:
        if not layer.startswith("class "):
            continue
        name = layer.removeprefix("class ")
        stem, _, one = name.partition("/")
        site = shot.library.sites.get(stem)
        if stem in shot.library.broken:
            continue
        if site is None:
            yield f'[options.class."{name}"]: there is no site file "{stem}"; `syncer sites list` names all'
        elif one not in (classes := site.classes):
            near = get_close_matches(one, classes, 1)
            hint = f'did you mean "{stem}/{near[0]}"?' if near else f"it has {', '.join(classes) or 'none'}"
            yield f'[options.class."{name}"]: the site file {stem} has no URL class "{one}"; {hint}'
