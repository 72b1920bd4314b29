"""The names of what the service notes in the store about config and site files, for its next start and for `status`.

Here, so that `status` reads them without loading what writes them.
"""

from __future__ import annotations

WAITS = "reload waits"
"""A reload waits for a person's yes: {"retires": 12, "queries": 40}."""
FAULTS = "config faults"
"""What in config and site files did not work at the last reading, a text each."""
REFUSED = "config refused"
"""Why the config on the disk is not in force: {"why": ..., "problems": [...]}."""
PROGRAMS = "other programs"
"""Which programs that URLs are handed to were installed at the last look: name, version, time, and the command that renews it."""
SHOWN = 20
"""So many faults and problems are noted."""
SAME = "reconciled"
"""Which config and site files the follows are in line with: the next start need not look at each of them."""
SITES = "reconciled sites"
"""By which site files the follows' URLs were made: while these are the same, no query is asked of them anew."""
MEANT = "meant to go"
"""Which queries a person has removed by command, as pairs of site and text: no reload takes their going for a mistake."""
AWAY = "adopted folders that are away"
"""The adopted folders that cannot be looked at, in the form in which `status` shows what needs a person."""
