"""Proxies in the running service: for all, for one site with its files from elsewhere, and what happens when they are away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncer.service.explain import explain
from syncer.service.looking import Look
from syncer.service.reload import Reload
from tests.server.proxy import ForwardProxy

if TYPE_CHECKING:
    from tests.system.conftest import Place

SUB = '[[subscriptions]]\nname = "views"\nsite = "{site}"\nqueries = ["scenery"]\n'
LOGIN = "visitor:geheim-4711"


def _told(place: Place) -> str:
    return place.words() + str([entry.headers for entry in place.site.log])


def test_everything_goes_through_it_and_its_password_is_told_nowhere(place: Place) -> None:
    login = place.folder / "login"
    login.write_text(f"{LOGIN}\n")
    login.chmod(0o600)
    proxy = ForwardProxy(login=LOGIN)
    with proxy.running() as port:
        place.network = f'proxy = "http://127.0.0.1:{port}"\nproxy_login = {{ file = "login" }}'
        place.once(more=SUB.format(site="demoapi"))
        assert len(place.media()) == len(place.world.expected("scenery"))
        assert len(proxy.asked) == len(place.site.log)
    with place.runner() as loop:
        runtime = loop.runtime
        url = f"{place.site.root}/post/8"
        look = Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock)
        assert explain(look, url)["through"] == f"http://127.0.0.1:{port}"
        with runtime.db.read() as tx:
            kept = str(
                [tuple(row) for table in ("jobs", "facts", "pauses") for row in tx.rows(f"SELECT * FROM {table}")]
            )
    assert "geheim" not in _told(place) + kept
    place.check_whole()


def test_explain_says_what_the_network_lets_nobody_ask_for(place: Place) -> None:
    place.network = 'only = ["booru.example"]'
    with place.runner() as loop:
        runtime = loop.runtime
        look = Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock)
        said = [
            explain(look, url)["refused"] for url in ("http://cdn.booru.example/1.png", "http://other.example/1.png")
        ]
    assert said == [
        "",
        "[network] only does not list this host (other.example:80). Add it to [network] only if you want it",
    ]
    place.network = 'proxy = "http://127.0.0.1:9"'
    place.write_config()
    with place.runner() as loop:
        runtime = loop.runtime
        look = Look(runtime.db, runtime.snapshot, runtime.ledger, runtime.clock)
        for url in ("http://10.1/1.png", "http://nas/1.png"):
            assert "private addresses are not asked" in explain(look, url)["refused"]


def test_one_site_has_its_own_with_all_that_its_pages_lead_to(place: Place) -> None:
    """The files of a site are elsewhere as a rule: they go the same way as its pages."""
    proxy = ForwardProxy()
    with proxy.running() as port:
        _own_way(place, "demoapi", port)
        place.once(more=SUB.format(site="demoapi") + SUB.format(site="demo").replace("views", "more"))
    api = [asked for asked in proxy.asked if "/api/" in asked]
    pages = [asked for asked in proxy.asked if "/posts?" in asked]
    assert api
    assert not pages
    assert len(place.media()) == len(place.world.expected("scenery"))


def _own_way(place: Place, site: str, port: int) -> None:
    """Give a site a proxy of its own in the config of a place."""
    write = place.write_config

    def written(more: str | None = None) -> Path:
        path = write(more)
        table = f"[site.{site}]\n"
        path.write_text(path.read_text("utf-8").replace(table, f'{table}proxy = "http://127.0.0.1:{port}"\n'), "utf-8")
        return path

    place.write_config = written  # type: ignore[method-assign]  # this place's alone


@pytest.mark.parametrize("what", ["away", "password"])
def test_a_proxy_that_is_away_uses_up_no_tries_and_comes_back(place: Place, what: str) -> None:
    proxy = ForwardProxy(login=LOGIN if what == "password" else "")
    with proxy.running() as port:
        place.network = f'proxy = "http://127.0.0.1:{1 if what == "away" else port}"'
        (place.inbox / "links.txt").write_text(f"{place.site.root}/media/8.png\n", "utf-8")
        with place.runner(checks=False) as loop:
            until = place.clock.now() + 6 * 3600
            while place.clock.now() < until:
                loop._rest(min(loop.turn(), 60))
            with loop.runtime.db.read() as tx:
                job = tx.row("SELECT * FROM jobs")
            assert job is not None
            assert (job["cause"], job["tries"], job["state"]) == ("proxy", 0, "later")
            assert "docs/how-to/network.md" in job["advice"]
        proxy.login = ""
        place.network = f'proxy = "http://127.0.0.1:{port}"'
        with place.runner(checks=False) as loop:
            loop.run_until(lambda: False, patience=700)
    assert len(place.media()) == 1


def test_a_way_that_changes_while_it_runs(place: Place) -> None:
    proxy = ForwardProxy()
    with proxy.running() as port, place.runner(checks=False) as loop:
        place.get(loop, f"{place.site.root}/post/8")
        assert proxy.asked == []
        _own_way(place, "demo", port)
        place.write_config()
        Reload(loop.runtime).now()
        place.get(loop, f"{place.site.root}/post/5")
        assert proxy.asked


def test_changes_of_network_hold_for_all_that_is_asked_for_from_then_on(place: Place) -> None:
    proxy = ForwardProxy()
    with proxy.running() as port, place.runner(checks=False) as loop:
        read = Reload(loop.runtime).now
        place.get(loop, f"{place.site.root}/post/8")
        assert proxy.asked == []
        place.network = f'proxy = "http://127.0.0.1:{port}"\nuser_agent = "owl"'
        place.write_config()
        assert read().network == ("proxy", "user_agent")
        assert "[network] proxy, user_agent changed" in place.words("notice")
        before = len(place.site.log)
        assert place.get(loop, f"{place.site.root}/post/5")["outcome"] == "delivered"
        assert len(proxy.asked) == len(place.site.log) - before > 0
        assert {each.headers["user-agent"] for each in list(place.site.log)[before:]} == {"owl"}
        place.network = 'only = ["elsewhere.example"]'
        place.write_config()
        assert read().network == ("proxy", "only", "user_agent")
        assert "only" in place.get(loop, f"{place.site.root}/post/3")["words"]
        assert read().network == ()
