"""What is true of a fetched file, or why it is none: a placeholder, a web page, cut, of another hash than the site says.

Here, because the site's word, the file's bytes and what a person knows about the site come together. File jobs use it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from syncer import sums
from syncer.deliver import disk, look, probe, ugoira
from syncer.deliver.look import NotMediaError, NotWholeError, UnknownTypeError
from syncer.errors import ItemError
from syncer.fetch import strange
from syncer.fetch.client import Answer
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.judge import Outcome, judge
from syncer.filters import files as file_filter
from syncer.filters.options import Options
from syncer.frozen import frozen
from syncer.model import FileFacts, MediaFile, Post
from syncer.service import faulty_files, handed, handover_job, logins
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import partials
from syncer.store.database import Named
from syncer.store.jobs import Job


@frozen
class Fetched:
    """A file that came, with what is known of it."""

    media: MediaFile
    post: Post
    part: Path
    answer: Answer
    here: bool = False
    """It lay on this machine already: no server gave it, and a look at it again would show the same."""


def facts_of(runtime: Runtime, snapshot: Snapshot, job: Job, fetched: Fetched, options: Options) -> FileFacts:
    """Return what is true of a fetched file. Raises FetchError for what is not true (the judge decides then), ItemError, DiskError.

    A drawn animation gets the times of its frames, where its post tells them: its hashes are those that it has then.
    """
    answer = fetched.answer
    site = _site_of(snapshot, job, fetched.post)
    if snapshot.is_placeholder(site, md5=answer.md5, sha256=answer.sha256):
        raise FetchError(Failure(FailureKind.PLACEHOLDER, f"sha256 {answer.sha256}", url=answer.url))
    try:
        try:
            facts = _measured(options, _examined(fetched), fetched.part)
        except FetchError as error:
            if error.failure.kind is not FailureKind.NOT_WHOLE or not _is_as_the_site_has_it(runtime, job, fetched):
                raise
            facts = _examined(fetched, early=True)
    except FetchError as error:
        if fetched.here:
            raise
        if error.failure.kind is FailureKind.HTML_FOR_MEDIA:
            logins.check_file(runtime, snapshot, site, fetched.part, answer.url)
        raise FetchError(_kept(runtime, snapshot, job, site, fetched.part, error.failure)) from error
    except NotMediaError as error:
        raise ItemError(
            f"no site file knows {handed.on_the_net(job.url)}, and it is not a media file: {error.title}",
            f"Write a site file for it (docs/site-files.md), or drop the link of the file itself{_others(snapshot, job.url)}",
        ) from error
    return _animated(fetched, _compared(runtime, job, fetched, facts, options))


def _others(snapshot: Snapshot, url: str) -> str:
    """Return the advice to install a program that may know a URL."""
    install = handover_job.missing(snapshot.config, url)
    return f". Other programs may know it: {install}" if install else ""


def _site_of(snapshot: Snapshot, job: Job, post: Post) -> str:
    """Return the site that a file belongs to, "" where no site file knows it."""
    found = None if post.site else snapshot.library.recognise(job.url)
    return post.site if found is None else found.site


def _is_as_the_site_has_it(runtime: Runtime, job: Job, fetched: Fetched) -> bool:
    """Tell whether bytes that are not whole came for the second time, in one piece and as long as the server said."""
    answer = fetched.answer
    if fetched.here or answer.resumed or answer.headers.get("content-length") != str(answer.size):
        return False
    with runtime.db.write(Named.PUT_OFF) as tx:
        return partials.came(tx, job.id, answer.sha256)


def _examined(fetched: Fetched, *, early: bool = False) -> FileFacts:
    """Look at the bytes; with `early` a picture may end early. Raises FetchError; NotMediaError where no site promised a file."""
    answer = fetched.answer
    unverified = () if answer.length_known else ("whether it is whole: the server gave no length",)
    try:
        return look.examine(
            fetched.part,
            sha256=answer.sha256,
            md5=answer.md5,
            size=answer.size,
            unverified=unverified,
            early=early,
        )
    except UnknownTypeError as error:
        raise FetchError(Failure(FailureKind.UNKNOWN_TYPE, error.title, url=answer.url)) from error
    except NotMediaError as error:
        with fetched.part.open("rb") as file:
            text = file.read(strange.LOOK).decode("utf-8", "replace")
        came = strange.instead(text, answer.url, FailureKind.HTML_FOR_MEDIA)
        if came is not None and came.kind is not FailureKind.HTML_FOR_MEDIA:
            raise FetchError(came) from error
        if not fetched.post.site and not fetched.here:
            raise
        raise FetchError(Failure(FailureKind.HTML_FOR_MEDIA, error.title, url=answer.url)) from error
    except NotWholeError as error:
        kind = FailureKind.CHANGED if answer.resumed else FailureKind.NOT_WHOLE
        raise FetchError(Failure(kind, error.title, url=answer.url)) from error


def _measured(options: Options, facts: FileFacts, part: Path) -> FileFacts:
    """Add how long and large a video or sound is, where an option asks for it and ffprobe can tell."""
    if facts.group not in ("video", "audio") or not file_filter.asks_for_measures(options):
        return facts
    found = probe.probe(part)
    return replace(
        facts, duration=found.duration, width=facts.width or found.width, height=facts.height or found.height
    )


def _kept(runtime: Runtime, snapshot: Snapshot, job: Job, site: str, part: Path, failure: Failure) -> Failure:
    """Return the failure of a file that is not true; at the last try the file is kept for looking, and the failure says where."""
    if judge(failure, job.tries + 1, runtime.clock.now()).outcome is not Outcome.FAIL:
        return failure
    state, hide = snapshot.config.folders.state, logins.hider(runtime, failure.url or job.url)
    kept = faulty_files.keep(state, site, job.url, part, failure.detail, hide)
    return failure if kept is None else replace(failure, detail=f"{failure.detail}; what came is kept as {kept}")


def _compared(runtime: Runtime, job: Job, fetched: Fetched, facts: FileFacts, options: Options) -> FileFacts:
    """Hold the file's hashes against those that the site gives. Raises FetchError, ItemError."""
    differing = _differing_hash(fetched.media, facts)
    if not differing:
        return facts
    if fetched.answer.resumed:
        # Not the site's word is in doubt here, but what we put together.
        raise FetchError(Failure(FailureKind.CHANGED, differing, url=fetched.answer.url))
    failure = Failure(FailureKind.WRONG_HASH, differing, url=fetched.answer.url)
    if not fetched.here and judge(failure, job.tries + 1, runtime.clock.now()).outcome is not Outcome.KEEP:
        raise FetchError(failure)
    if options.wrong_hash == "refuse":
        raise ItemError(
            f"{handed.shown(job.url)}: {differing}{'' if fetched.here else ', twice'}",
            'Set wrong_hash = "keep" to take such files',
        )
    # Sites re-encode: what came twice alike and decodes is kept, with a word about it in the sidecar.
    return replace(facts, unverified=(*facts.unverified, differing))


def _differing_hash(media: MediaFile, facts: FileFacts) -> str:
    have = {"md5": facts.md5, "sha256": facts.sha256}
    for kind, value in media.hashes:
        if kind in have and have[kind] != value:
            return f"the site says {kind} {value}, the file has {have[kind]}"
    return ""


def _animated(fetched: Fetched, facts: FileFacts) -> FileFacts:
    """Put the times of its frames into a drawn animation, where its post tells them; return what is true of it then."""
    if facts.mime != ugoira.MIME:
        return facts
    with disk.errors(fetched.part):
        times = ugoira.missing_times(fetched.part, fetched.post.notes)
        if not times:
            return facts
        # After a crash from here on the part is longer than the site's file, and is not taken up again.
        ugoira.add_times(fetched.part, times)
        with fetched.part.open("rb") as file:
            found = sums.of(file)
    return replace(facts, md5=found.md5, sha256=found.sha256, size=found.size)
