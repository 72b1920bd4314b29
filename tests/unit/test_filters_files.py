"""Type and size: before the transfer only what is sure decides, after it the truth."""

from __future__ import annotations

import pytest

from syncer.config import file_types, texts
from syncer.deliver.signatures import KINDS
from syncer.filters.files import Known, judge
from syncer.filters.options import Options, resolve
from syncer.model import TAKEN, FileFacts


def options(**keys: object) -> Options:
    return resolve([("base", keys)]).options


def facts(mime: str, extension: str, group: str, size: int = 5_000) -> FileFacts:
    return FileFacts("0" * 64, "0" * 32, size, mime, extension, group)


def test_by_default_pictures_and_films_of_any_size_are_let_in() -> None:
    assert judge(options(), facts("image/jpeg", "jpg", "image", 1)) == TAKEN
    assert judge(options(), facts("video/webm", "webm", "video")) == TAKEN
    assert not judge(options(), facts("application/zip", "zip", "archive")).taken


def test_a_skip_says_the_rule_and_what_would_let_it_in() -> None:
    verdict = judge(options(types=["image"]), facts("video/mp4", "mp4", "video"))
    assert verdict.rule == "types"
    assert verdict.why == 'video/mp4 (video) is not among the types that are let in: image. Add "video" to take it.'
    # What no word of `types` means has no such cure.
    assert "Add" not in judge(options(types=["image"]), Known(groups=("text",))).why


def test_a_type_can_be_named_by_group_mime_wildcard_or_extension() -> None:
    png = facts("image/png", "png", "image")
    for word in ("image", "image/png", "image/*", "png", ".PNG"):
        assert judge(options(types=[word]), png).taken, word
    for word in ("video", "image/jpeg", "video/*", "jpg"):
        assert not judge(options(types=[word]), png).taken, word


def test_the_smallest_size_is_let_in_and_a_byte_less_is_not() -> None:
    assert judge(options(min_size=100), facts("image/png", "png", "image", 100)).taken
    verdict = judge(options(min_size=100), facts("image/png", "png", "image", 99))
    assert verdict.rule == "min_size"
    assert "99 bytes" in verdict.why
    assert "100" in verdict.why


def test_before_the_transfer_the_unknown_decides_nothing() -> None:
    assert judge(options(types=["image"], min_size=100), Known()) == TAKEN


def test_before_the_transfer_a_known_size_or_group_decides() -> None:
    assert judge(options(min_size=100), Known(size=99)).rule == "min_size"
    assert judge(options(types=["image"]), Known(groups=("video",))).rule == "types"


def test_an_extension_that_can_be_two_things_is_fetched_to_see() -> None:
    assert judge(options(types=["animation"]), Known(groups=("image", "animation"))).taken
    assert not judge(options(types=["video"]), Known(groups=("image", "animation"))).taken


def test_exact_types_are_not_judged_by_the_group_before_the_transfer() -> None:
    assert judge(options(types=["image/png"]), Known(groups=("image",))).taken


PICTURE = Known(2_000, ("image",), "image/png", "png", 1600, 900, 1)
MOVIE = Known(9_000_000, ("video",), "video/mp4", "mp4", 1920, 1080, None, 90.0)


@pytest.mark.parametrize(
    ("file", "keys", "rule"),
    [
        (PICTURE, {"max_size": 1_999}, "max_size"),
        (PICTURE, {"max_size": 2_000, "min_size": 2_000}, ""),
        (PICTURE, {"min_width": 1601}, "min_width"),
        (PICTURE, {"max_width": 1599}, "max_width"),
        (PICTURE, {"min_height": 901}, "min_height"),
        (PICTURE, {"max_height": 899}, "max_height"),
        (PICTURE, {"min_pixels": 1_440_001}, "min_pixels"),
        (PICTURE, {"max_pixels": 1_439_999}, "max_pixels"),
        (PICTURE, {"min_pixels": 1_440_000, "max_pixels": 1_440_000}, ""),
        (PICTURE, {"min_ratio": 1.8}, "min_ratio"),
        (PICTURE, {"max_ratio": 1.7}, "max_ratio"),
        (PICTURE, {"min_ratio": 1.7, "max_ratio": 1.8}, ""),
        (PICTURE, {"animated": True}, "animated"),
        (PICTURE, {"animated": False}, ""),
        (PICTURE, {"min_duration": 1}, ""),
        (MOVIE, {"types": ["video"], "min_duration": 91}, "min_duration"),
        (MOVIE, {"types": ["video"], "max_duration": 89}, "max_duration"),
        (MOVIE, {"types": ["video"], "animated": False}, ""),
        (Known(groups=("animation",), mime="image/gif"), {"animated": False}, "animated"),
        (Known(groups=("image",)), {"min_width": 100, "animated": True}, ""),
    ],
)
def test_each_measure_has_its_limits(file: Known, keys: dict[str, object], rule: str) -> None:
    verdict = judge(options(**keys), file)
    assert verdict.rule == rule
    assert bool(verdict.why) == bool(rule)


def test_the_types_that_a_config_can_name_are_those_that_files_are_known_by() -> None:
    assert {kind.mime for kind in KINDS.values() if kind.is_media} == file_types.MIMES
    assert {kind.extension for kind in KINDS.values() if kind.is_media} == file_types.EXTENSIONS
    assert all(file_types.named(name) == name for name in file_types.OTHER_NAMES.values())
    assert not file_types.OTHER_NAMES.keys() & (file_types.MIMES | {f".{each}" for each in file_types.EXTENSIONS})


@pytest.mark.parametrize(
    ("written", "mime", "extension", "group"),
    [
        (".jpeg", "image/jpeg", "jpg", "image"),
        (".JPE", "image/jpeg", "jpg", "image"),
        ("image/jpg", "image/jpeg", "jpg", "image"),
        (".tif", "image/tiff", "tiff", "image"),
        (".apng", "image/apng", "png", "animation"),
        (".mpeg", "video/mpeg", "mpg", "video"),
        ("audio/mp3", "audio/mpeg", "mp3", "audio"),
        ("image/*", "image/gif", "gif", "animation"),
    ],
)
def test_a_type_is_let_in_by_each_name_that_people_have_for_it(
    written: str, mime: str, extension: str, group: str
) -> None:
    assert judge(options(types=[texts.file_type(written)]), facts(mime, extension, group)) == TAKEN
