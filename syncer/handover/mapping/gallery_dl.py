"""Reads the metadata that gallery-dl gives for one file, by `-j` or in the JSON beside it.

Here, because its extractors name things in their sites' words; the common ones are known by `tables`. Pure; the handover beside
it and the service import it.
"""

from __future__ import annotations

from typing import Final

from syncer.config.field_map import NONE, FieldMap
from syncer.config.texts import without_login
from syncer.handover.mapping import names, sites, values
from syncer.handover.mapping.found import Found
from syncer.handover.mapping.reading import Reading, is_media
from syncer.handover.mapping.sites import Place
from syncer.handover.mapping.tables import GALLERY_DL
from syncer.model import MediaFile, Post, Tag

_KINDS: Final = ("tags_", "tag_string_")
"""Before the kind of tags that a booru's field holds, the first that a post has: both say the same."""
_MOST_KINDS: Final = 50
_NUMBER: Final = ("num",)
_MOST_FILES: Final = 100_000
_BOORU: Final = ("tag_string", "tags_general", "tags_artist", "tags_copyright", "tags_character", "tag_string_general")


def category(data: object) -> str:
    """Return under which name a person's own mapping for this metadata would stand, "" where it tells none."""
    return values.line(values.at(data, "category"))[:200]


def read(data: object, url: str = "", own: FieldMap = NONE) -> Found:
    """Return what the metadata of one file says; `url`: where the file is, if something else tells it. Never raises.

    `own` is what the person says of this category. What has an unexpected type or size is left out.
    """
    reading = Reading(GALLERY_DL, data, own)
    place = _place(reading, data)
    site = own.site or place.name or names.site(category(data))
    file_url = values.link(url) or reading.link(GALLERY_DL.file_url) or _direct(reading)
    file_url = without_login(file_url)
    post_url = reading.post_url(file_url, place.pages)
    media = MediaFile(file_url, _index(reading, place), reading.hashes(), name=_name(reading))
    post = Post(
        site=site,
        id=reading.post(site, place.posts),
        url=post_url,
        files=(media,),
        tags=_tags(reading),
        notes=reading.notes(),
        sources=reading.sources(post_url, file_url),
        title=reading.title(),
        time=reading.time(),
    )
    return Found(
        post=post,
        size=reading.whole(GALLERY_DL.size),
        width=reading.whole(GALLERY_DL.width),
        height=reading.whole(GALLERY_DL.height),
        duration=reading.seconds(GALLERY_DL.duration),
        alone=_is_alone(reading, place),
        extension=reading.extension(),
        unread=tuple(reading.unread),
    )


def _direct(reading: Reading) -> str:
    """Return `url` where it is that of a file: most sites mean their page by it."""
    found = values.link(reading.value("url"))
    return found if found and is_media(found) else ""


def _place(reading: Reading, data: object) -> Place:
    """Return what is known of the site."""
    root = without_login(values.link(reading.value(sites.ROOT)))
    part, software = reading.first(("subcategory",)), reading.first((sites.SOFTWARE,))
    return sites.of(category(data), part, software, root, reading.has)


def _index(reading: Reading, place: Place) -> int:
    """Return the file's place in its post, from 0."""
    number = 0 if place.single else reading.whole(_NUMBER)
    return min(max(number - place.first, 0), _MOST_FILES)


def _is_alone(reading: Reading, place: Place) -> bool:
    """Tell whether nothing says that the post has other files."""
    count = reading.whole(("count",))
    if place.single or count == 1:
        return True
    # Where the first one is 0, a post with one file and the first of many look alike.
    return not count and place.first > 0 and reading.whole(_NUMBER) <= place.first


def _name(reading: Reading) -> str:
    name, extension = reading.first(GALLERY_DL.name)[:200], reading.extension()
    return f"{name}.{extension}" if name and extension else name


def _tags(reading: Reading) -> tuple[Tag, ...]:
    """Return all tags, each once; a tag that a field with a kind has is not told again without one."""
    kinds = _by_kind(reading)
    booru = reading.has(*_BOORU) or isinstance(reading.value("tags"), str)
    groups = GALLERY_DL.creators[:1] if booru else GALLERY_DL.creators
    found = [*reading.own_tags(), *kinds]
    if not any(tag.namespace == "creator" for tag in found):
        found += reading.creators(groups)
    rows = GALLERY_DL.tags
    found += reading.tags_of(tuple(row for row in rows if row[0]))
    found += _rating(reading)
    known = {tag.text for tag in found}
    found += [tag for tag in _plain(reading, booru=booru) if tag.namespace or tag.text not in known]
    return tuple(dict.fromkeys(found))[: values.MOST_TEXTS]


def _by_kind(reading: Reading) -> list[Tag]:
    """Return the tags of fields that name their kind (`tags_artist`), and of a table of kinds."""
    keys = reading.keys()
    before = next((each for each in _KINDS if any(key.startswith(each) for key in keys)), "")
    pairs = [(key.removeprefix(before), reading.value(key)) for key in keys if before and key.startswith(before)]
    whole = reading.value("tags")
    if isinstance(whole, dict):
        pairs += [(key, value) for key, value in whole.items() if isinstance(key, str)]
    found: list[Tag] = []
    for kind, value in pairs[:_MOST_KINDS]:
        namespace = names.namespace(kind)
        if namespace is not None and namespace not in reading.said:
            found.extend(Tag(namespace, text) for text in values.words(value))
    return found


def _plain(reading: Reading, *, booru: bool) -> list[Tag]:
    """Return the tags of fields without a kind; some sites write it before the tag itself."""
    if "" in reading.said:
        return []
    fields = next(fields for namespace, fields in GALLERY_DL.tags if not namespace)
    found: list[str] = []
    for name in fields:
        value = reading.value(name)
        if isinstance(value, str) and name in ("tags", "tag_string"):
            found += values.words(value)
        elif not isinstance(value, dict):
            texts = values.texts(value)
            found += map(values.blanks, texts) if booru else texts
    return [Tag(*names.split(text.removeprefix("#"))) for text in dict.fromkeys(found) if text != "#"]


def _rating(reading: Reading) -> list[Tag]:
    found = names.rating(reading.first(("rating",)), danbooru=reading.has("tag_string"))
    return [Tag("rating", found)] if found and "rating" not in reading.said else []
