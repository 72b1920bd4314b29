"""How long 100,000 decisions about tags take, with 203 rules and 30 tags a post: `python -m bench.decisions`.

The figure is CPU time, the best of a few runs; words and posts are the same in every run.
"""

from __future__ import annotations

import random
import time

from syncer.filters import tags
from syncer.filters.options import Options, resolve
from syncer.model import Post, Tag

RUNS, POSTS, ROUNDS = 3, 1_000, 100


def main() -> None:
    """Measure and print."""
    chance = random.Random(7)
    words = [f"tag {number}" for number in range(20_000)]
    rules = [f"{chance.choice(words)}, -{chance.choice(words)}" for _ in range(200)]
    chosen = resolve([("base", {"blacklist": [*rules, "creator:a*", "*fan art*", "meta:*"]})]).options
    posts = [Post(tags=tuple(Tag("", each) for each in chance.sample(words, 30))) for _ in range(POSTS)]
    print(f"100,000 decisions: {min(_round(chosen, posts) for _ in range(RUNS)):.2f} s CPU")


def _round(chosen: Options, posts: list[Post]) -> float:
    began = time.process_time()
    for _ in range(ROUNDS):
        for post in posts:
            tags.judge(chosen, post)
    return time.process_time() - began


if __name__ == "__main__":
    main()
