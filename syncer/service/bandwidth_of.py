"""Which bandwidth rules hold for which domain: the config's own rules for a site, and the pace that a site file asks for.

Here, because the config names sites and the ledger knows domains. Start and reload call it.
"""

from __future__ import annotations

from syncer.config import rules
from syncer.fetch.contexts import domain
from syncer.fetch.ledger import DomainRules
from syncer.service.snapshot import Snapshot


def domains(shot: Snapshot) -> dict[str, DomainRules]:
    """Return the special rules by domain, as the ledger wants them."""
    found: dict[str, DomainRules] = {}
    for name, site in shot.library.sites.items():
        settings = shot.config.bandwidth.sites.get(name)
        own = settings.domain if settings else ()
        # The person's own rules for a site stand above its file's pace: that is what `faster` accepts.
        pace = () if own or not site.pace else (rules.read(site.pace),)
        if not own and not pace:
            continue
        for host in site.domains:
            found[domain(f"http://{host.removeprefix('*')}/").removeprefix("domain:")] = DomainRules(own, pace)
    return found
