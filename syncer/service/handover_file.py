"""A file that only another program can fetch: it runs in a private folder beside the part, and what it brought whole becomes the part.

Here, because from there on such a file is like any other: looked at, filtered, delivered with its sidecars. The file job calls it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from syncer import sums
from syncer.deliver import disk
from syncer.deliver.kind import groups_of
from syncer.deliver.workfolder import RUN
from syncer.errors import ItemError
from syncer.fetch.client import Answer
from syncer.fetch.failure import FetchError
from syncer.filters import files as file_filter
from syncer.filters import tags as tag_filter
from syncer.filters.files import Known
from syncer.filters.options import Options
from syncer.frozen import frozen
from syncer.handover.base import Downloads, Got
from syncer.handover.mapping.found import Found
from syncer.model import MediaFile, Post, Verdict
from syncer.service import handover_archive, handover_ask, identity
from syncer.service.handed import Handed
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store.jobs import Job


@frozen
class Brought:
    """A file that a program has brought, as if our own client had, and what the program tells of it."""

    answer: Answer
    media: MediaFile
    post: Post
    more: tuple[MediaFile, ...] = ()
    """Further files of the post, to be fetched as well."""


def fetch(
    runtime: Runtime, snapshot: Snapshot, job: Job, wanted: Handed, part: Path, known: Post, options: Options
) -> Brought | Verdict:
    """Have a program fetch a file into `part`; `known` is what its listing told.

    Returns the verdict where the file is not let in, which may be told before it is downloaded. Raises FetchError, ItemError,
    DiskError.
    """
    tool = handover_ask.tool_of(runtime, snapshot.config, wanted.program, wanted.plain)
    program = runtime.tools.program(wanted.program, snapshot.config)
    with _folder_of(part, keep=program.resumes) as folder:
        ask = handover_ask.ask(
            runtime,
            snapshot,
            wanted.program,
            wanted.url,
            folder,
            beside=part,
            archive=handover_archive.lend(snapshot.config.handover, wanted.program, folder, again=bool(job.again)),
            asked=handover_ask.booker(runtime, job.lane, job.context),
            judge=lambda found: _judge(options, known, found),
        )
        came = program.download(tool, ask, runtime.tools.runs.run)
        handover_ask.book(runtime, job, came.size)
        if came.refused is not None:
            return came.refused
        got = _one(came, wanted)
        handover_archive.note(runtime, job.id, got.archived)
        with disk.errors(part):
            _take_over(got.path, part)
            answer = _answer(part, wanted.plain)
    runtime.streaks.worked(job.lane)
    # Which post it is, its listing has said; the program that fetched it tells more of it.
    post = replace(got.post, site=known.site or got.post.site, url=known.url or got.post.url)
    whole = identity.merged(known, replace(post, files=known.files or post.files))
    told = got.post.files[0] if got.post.files else MediaFile("")
    media = job.media or told
    media = replace(media, url=told.url or wanted.plain, name=media.name or told.name)
    # Behind all that its listing told of, so that each file of a post has a number of its own.
    more = tuple(replace(each, index=len(known.files) + media.index) for each in got.more)
    return Brought(answer, media, whole, more)


def done(runtime: Runtime, part: Path) -> None:
    """Remove what a program has left beside a part that is settled, and tell its archive."""
    handover_archive.told(runtime)
    shutil.rmtree(part.with_suffix(RUN), ignore_errors=True)


def _judge(options: Options, known: Post, found: Found) -> Verdict:
    """Judge a file by what a program tells of it before it is downloaded."""
    told = Known(
        size=found.size or None,
        groups=groups_of(found.extension),
        width=found.width or None,
        height=found.height or None,
        duration=found.duration or None,
    )
    verdict = file_filter.judge(options, told)
    return tag_filter.judge(options, identity.merged(known, found.post)) if verdict.taken else verdict


def _take_over(path: Path, part: Path) -> None:
    """Make a finished file the part; where the disk can, it stays in its folder too, so that after a crash it is not fetched again."""
    part.unlink(missing_ok=True)
    try:
        os.link(path, part)
    except OSError:
        shutil.move(path, part)


def _one(came: Downloads, wanted: Handed) -> Got:
    """Return the one file that is the wanted one: what belongs to it lies aside. Raises FetchError, ItemError."""
    files = [got for got in came.files if not got.aside]
    if not files and came.trouble is not None:
        raise handover_ask.error_of(came.trouble, wanted.plain)
    if not files:
        raise ItemError(f"{wanted.program} brought no file for {wanted.plain}", "Try it there by hand to see why")
    return max(files, key=lambda got: got.path.stat().st_size)


@contextmanager
def _folder_of(part: Path, *, keep: bool) -> Iterator[Path]:
    """Give a folder beside a part, on the same disk: empty, but for what is taken up again (`keep`) after a stop or a crash."""
    folder = part.with_suffix(RUN)
    with disk.errors(part):
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=keep)
    try:
        yield folder
    except ItemError as error:
        # What is tried again goes on where it was; for what is given up, nobody comes back.
        keep = keep and isinstance(error, FetchError)
        raise
    finally:
        handover_ask.forget_cookies(folder)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _answer(part: Path, url: str) -> Answer:
    with part.open("rb") as file:
        found = sums.of(file)
    return Answer(url, 200, {}, size=found.size, sha256=found.sha256, md5=found.md5, length_known=True)
