"""What the local site contains at a given time, and what a search must find: the truth that tests compare with.

Pure: everything follows from seed, numbers and the `now` that is handed in. Only the demo and tests import it.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from syncer.demo.posts import WorldFile, WorldPost, draw, media_files, plain
from syncer.demo.threads import SHAPES, Shape, Thread, thread_at
from syncer.model import Tag

START = 1_700_000_000
PAGE_SIZE = 20
_BOARD_PATH = re.compile(r"/board/media/(\d+)(\d{6})\.(\w+)")
_MEDIA_PATH = re.compile(r"/media/(\d+)(?:_\d+)?\.\w+")


_ID_WORD = re.compile(r"id:([<>])(\d{1,12})")


def _within(bounds: Sequence[re.Match[str]], number: int) -> bool:
    """Tell whether a post's number is as the words of a search like `id:<20` want it."""
    return all(number < int(each[2]) if each[1] == "<" else number > int(each[2]) for each in bounds)


class World:
    """A generated site: posts 1..`posts` are there at `start`, with `live` a new one comes every `live` seconds.

    Special posts: 3 is pinned; 13, 53, 93 ... are deleted; 29, 69 ... have text but neither files nor tags; those with
    number % 7 == 4 have 2 to 4 files. Post n has the tag `roll n//10`, and all with tags have `scenery`. Threads 1 to
    `threads` exist; how they live goes by number (`threads.SHAPES`). `tiny` makes posts of one 8 x 8 PNG without notes.
    """

    def __init__(
        self,
        seed: int = 1,
        posts: int = 50,
        start: float = START,
        *,
        live: float = 0.0,
        spacing: float = 21_600.0,
        threads: int = 8,
        tiny: bool = False,
    ) -> None:
        """Make the world; `spacing` is the number of seconds between the posts that are there at `start`."""
        self.seed, self.start, self.live, self.tiny = seed, float(start), live, tiny
        self._first, self._spacing = posts, spacing
        self._posts: dict[int, WorldPost] = {}
        self._last = 0
        self._found: defaultdict[str, list[int]] = defaultdict(list)
        self._pinned: list[int] = []
        self._shapes = {number: SHAPES[number % len(SHAPES)] for number in range(1, threads + 1)}
        self._lock = threading.RLock()

    # What there is

    def post(self, number: int, now: float | None = None) -> WorldPost | None:
        """Return one post as far as it is there at `now` (None = start)."""
        moment = self._moment(now)
        with self._lock:
            self._grow(moment)
            post = self._posts.get(number)
        return post if post and post.appears <= moment else None

    def search(self, query: str = "", now: float | None = None) -> tuple[WorldPost, ...]:
        """Return all posts whose tags hold every word of `query`, in the order of the site: pinned, then newest."""
        return tuple(self._matches(query, self._moment(now)))

    def page(self, query: str, number: int, size: int, now: float | None = None) -> tuple[tuple[WorldPost, ...], bool]:
        """Return the posts of one page of a search (pages count from 1), and whether there is a page after it."""
        first = (max(number, 1) - 1) * size
        found = tuple(itertools.islice(self._matches(query, self._moment(now)), first, first + size + 1))
        return found[:size], len(found) > size

    def expected(self, query: str = "", now: float | None = None) -> tuple[WorldFile, ...]:
        """Return every file that whoever takes all of a search must have got: those of posts that are not deleted."""
        moment = self._moment(now)
        return tuple(file for post in self._matches(query, moment) if not post.deleted(moment) for file in post.files)

    def thread(self, number: int, now: float | None = None) -> Thread | None:
        """Return a thread as it stands at `now`, None where there is none (any more)."""
        shape = self._shapes.get(number)
        return thread_at(self.seed, number, self.start, self._moment(now), shape) if shape else None

    def thread_numbers(self) -> tuple[int, ...]:
        """Return the numbers of all threads, living or not."""
        return tuple(self._shapes)

    def file(self, path: str, now: float | None = None) -> WorldFile | None:
        """Return the media file that lies at `path`, of a post or a living thread."""
        if match := _MEDIA_PATH.fullmatch(path):
            post = self.post(int(match[1]), now)
            there = post.files if post and not post.deleted(self._moment(now)) else ()
        elif match := _BOARD_PATH.fullmatch(path):
            thread = self.thread(int(match[2]) // 1_000, now)
            there = thread.files if thread else ()
        else:
            return None
        return next((file for file in there if file.path == path), None)

    # What tests may change

    def add(self, tags: Iterable[Tag], at: float, **fields: Any) -> WorldPost:
        """Add a post that appears at `at`; other fields of `WorldPost` at will, by default one PNG. Not with `live`."""
        assert not self.live, "the numbers of added and of live posts would clash"
        with self._lock:
            self._grow(self.start)
            number = self._last + 1
            size = (8, 8) if self.tiny else (96, 64)
            given = {"files": media_files(number, self.seed, 1, "png", size), "title": f"Added {number}", **fields}
            post = WorldPost(id=number, time=int(at), appears=at, tags=tuple(tags), **given)
            self._note(post)
        return post

    def change(self, number: int, **fields: Any) -> WorldPost:
        """Change fields of a post for good: `deleted_at`, `appears`, `pinned`, `tags`, `files` ..."""
        with self._lock:
            self._grow(self.start)
            post = dataclasses.replace(self._posts[number], **fields)
            self._posts[number] = post
            known = sorted(self._posts.values(), key=lambda known: known.id)
            self._found.clear()
            self._pinned.clear()
            for one in known:
                self._index(one)
        return post

    def change_thread(self, number: int, **fields: Any) -> Shape:
        """Change how a thread lives (fields of `Shape`, relative to `start`), or make it."""
        shape = self._shapes.get(number, SHAPES[number % len(SHAPES)])
        self._shapes[number] = dataclasses.replace(shape, **fields)
        return self._shapes[number]

    # Inside

    def _moment(self, now: float | None) -> float:
        return self.start if now is None else now

    def _matches(self, query: str, now: float) -> Iterator[WorldPost]:
        bounds = [found for word in query.split() if (found := _ID_WORD.fullmatch(word))]
        words = [plain(word) for word in query.split() if not _ID_WORD.fullmatch(word)]
        with self._lock:
            self._grow(now)
            lists = [self._found[word] for word in words if word in self._found]
            if len(lists) < len(words):
                return
            numbers: Sequence[int] = min(lists, key=len) if lists else range(1, self._last + 1)
            order = itertools.chain(self._pinned, reversed(numbers))
        seen: set[int] = set()
        wanted = set(words)
        for post in map(self._posts.__getitem__, order):
            if post.id not in seen and post.appears <= now and wanted <= post.words(now) and _within(bounds, post.id):
                if post.pinned:
                    seen.add(post.id)
                yield post

    def _grow(self, now: float) -> None:
        """Draw what is there at `now` and was not drawn yet."""
        while self._last < self._first:
            number = self._last + 1
            time = self.start - (self._first - number) * self._spacing - 60
            self._note(draw(self.seed, number, int(time), time, tiny=self.tiny))
        if self.live:
            wanted = self._first + int(max(now - self.start, 0) // self.live)
            while self._last < wanted:
                number = self._last + 1
                time = self.start + (number - self._first) * self.live
                self._note(draw(self.seed, number, int(time), time, tiny=self.tiny))

    def _note(self, post: WorldPost) -> None:
        self._posts[post.id] = post
        self._last = max(self._last, post.id)
        self._index(post)

    def _index(self, post: WorldPost) -> None:
        for word in post.words():
            self._found[word].append(post.id)
        if post.pinned:
            self._pinned.append(post.id)
