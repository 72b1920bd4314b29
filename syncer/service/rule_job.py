"""`get --rule`: the links that a simple rule finds on any page, each taken as if it had been dropped (hydrus's simple downloader).

Here, because such a page belongs to no URL class: the rule reads it, and what it finds is recognised link by link.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.errors import ItemError
from syncer.fetch import text
from syncer.fetch.client import Request
from syncer.model import MediaFile, Post, UrlKind
from syncer.service import enqueue, page_fetch
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import codec, jobs, posts, settle
from syncer.store.database import Named
from syncer.store.jobs import Job
from syncer.store.settle import READ

KEY = "rule"


def rule_of(snapshot: Snapshot, job: Job) -> str:
    """Return the name of the rule that a job's page is read by; "" = by its site file."""
    return str(snapshot.one_off(job.options).get(KEY, "")) if KEY in job.options else ""


def check(snapshot: Snapshot, name: str) -> None:
    """Raise ItemError where no site file has a rule of this name."""
    known = snapshot.library.rules()
    if name not in known:
        names = ", ".join(f'"{each}"' for each in sorted(known)[:30])
        raise ItemError(
            f'there is no rule "{name}"', f"The site files have {names}" if names else "No site file has any"
        )


def run(runtime: Runtime, snapshot: Snapshot, job: Job, name: str) -> bool:
    """Fetch a page and queue what the rule finds on it; True when the job is settled. Raises FetchError, ItemError."""
    url = job.hop or job.url
    answer = runtime.client.page(Request(url, (), job.referrer or None), page_fetch.meter(runtime, job))
    if answer.location is not None:
        page_fetch.follow_redirect(runtime, snapshot, job, url, answer)
        return False
    links = snapshot.library.rule(name, text.decode(answer.body, answer.content_type), url)
    if not links:
        raise ItemError(f'the rule "{name}" finds nothing on {url}', "Look at the page's source, or try another rule")
    post = _as_post(snapshot, url, links)
    with runtime.db.write(Named.PAGE_DONE) as tx:
        # What is found is read by its own site file, not by the rule again.
        given = {key: value for key, value in snapshot.one_off(job.options).items() if key != KEY}
        wish = replace(enqueue.of_job(tx, job), options=codec.dump(given))
        also = tuple(each for each in jobs.wishes(tx, job.id) if each != (job.source, job.post))
        assert job.post is not None
        posts.update(tx, job.post, post)
        told = enqueue.parts(tx, snapshot, wish, job.post, post, also)
        settle.job(tx, job.id, READ)
    for event in (Event("page", url, count(len(links), "link")), *told):
        runtime.tell(event)
    return True


def _as_post(snapshot: Snapshot, url: str, links: tuple[str, ...]) -> Post:
    """Return what was found as one post: pages of posts to follow, everything else as its files."""
    follow, files = [], []
    for link in links:
        found = snapshot.library.recognise(link)
        if found is not None and found.kind is UrlKind.POST and found.parser is not None:
            follow.append(found.for_server)
        else:
            files.append(link)
    return Post(url=url, follow=tuple(follow), files=tuple(MediaFile(link, index) for index, link in enumerate(files)))
