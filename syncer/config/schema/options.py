"""The options: `[options]`, the base layer, and the layers above it that hold the same keys.

Only `config.schema` and the builder of settings import it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from annotated_types import Ge, Le, MinLen

from syncer.config.option_values import DEFAULT_TYPES
from syncer.config.schema.scalars import (
    ClassName,
    FileType,
    Flag,
    Folder,
    Namespace,
    NamespaceOrNone,
    NoteNames,
    NoteSize,
    Ratio,
    ShortName,
    SiteName,
    Size,
    Spacing,
    Table,
    TagName,
    TagRule,
    TagTerm,
    TextPosts,
    Whole,
    key,
    table,
)
from syncer.config.settings import Priority

Pixels = Annotated[Whole, Ge(1), Le(1_000_000)]
Area = Annotated[Whole, Ge(1), Le(10**12)]
Namespaces = dict[Namespace, NamespaceOrNone]


def _more(plain: str) -> Any:
    return key(f'Like "{plain}", but added to what the layers below say.', default=None)


class OptionKeys(Table):
    """The keys that every layer of options may set; which were written is all that counts."""

    types: Annotated[list[FileType], MinLen(1)] = key(
        "Kinds of files, told by their content: image, animation, video, audio, document, archive, application; or "
        'exactly, "image/png" or ".gif".',
        default=list(DEFAULT_TYPES),
    )
    min_size: Size = key("Smaller files are skipped. 1 KB is 1024 bytes.", default="0 B", example="10 KB")
    max_size: Size | None = key("Larger files are skipped.", default=None, example="500 MB")
    min_width: Pixels | None = key("Narrower images and videos are skipped; in pixels.", default=None, example=640)
    max_width: Pixels | None = key("Wider ones are skipped.", default=None, example=10_000)
    min_height: Pixels | None = key("Lower ones are skipped.", default=None, example=480)
    max_height: Pixels | None = key("Higher ones are skipped.", default=None, example=10_000)
    min_pixels: Area | None = key("Those with less pixels in all are skipped.", default=None, example=1_000_000)
    max_pixels: Area | None = key("Those with more are skipped.", default=None, example=100_000_000)
    min_ratio: Ratio | None = key(
        'Those narrower than this, width to height, are skipped: "16:9", "1.5".', default=None, example="1:3"
    )
    max_ratio: Ratio | None = key("Those wider than this are skipped.", default=None, example="3:1")
    min_duration: Spacing | None = key(
        "Shorter videos and sounds are skipped, where ffprobe is installed to tell how long they are.",
        default=None,
        example="2 seconds",
    )
    max_duration: Spacing | None = key("Longer ones are skipped.", default=None, example="30 minutes")
    animated: Flag | None = key(
        "true: of images only those that move; false: only those that do not. Without it: both.",
        default=None,
        example=False,
    )
    max_age: Spacing | None = key(
        "Posts older than this are skipped, where the site tells their time.", default=None, example="3650 days"
    )
    blacklist: list[TagRule] = key(
        "Posts whose tags meet one of these rules are skipped. A comma means and, a minus means not: "
        '"hair, -red hair" skips every hair that is not red. `*` stands for any letters: "creator:*".',
        default=[],
        example=["ai generated", "hair, -red hair"],
    )
    blacklist_from: Folder | None = key(
        "A file with more such rules, one on a line, # for remarks; read again when it changes.",
        default=None,
        example="blacklist.txt",
    )
    whitelist: list[TagRule] = key(
        "If there is a rule here, posts that meet none of them are skipped.", default=[], example=["landscape", "sky"]
    )
    tags: list[TagTerm] = key(
        'Which tags are written: "creator:*" is a whole namespace, "*" all without one, "*:*" every tag.',
        default=["*:*"],
        example=["creator:*", "series:*", "*"],
    )
    drop_tags: list[TagTerm] = key("Tags that are left out of those.", default=[], example=["meta:*", "tagme"])
    rename_tags: dict[TagName, TagName] = key(
        "Tags that are written as others.", default={}, example={"1girl": "woman", "creator:jo": "creator:joan"}
    )
    namespaces: Namespaces = key(
        'Namespaces that are written as others; "" takes one away.', default={}, example={"artist": "creator"}
    )
    add_tags: list[TagName] = key("Tags that are written with every file.", default=[], example=["from:syncer"])
    underscores: Literal["keep", "blanks"] = key('"blanks": `blue_sky` is written as `blue sky`.', default="keep")
    max_tag_length: Annotated[Whole, Ge(1), Le(1024)] = key(
        "Longer tags are left out; in letters. What has over 1,024 bytes is cut there before, as hydrus cuts it.",
        default=1024,
    )
    notes: NoteNames = key(
        "Which notes are written: true, false, or the names of those that are.", default=True, example=["commentary"]
    )
    max_note: NoteSize = key("Longer notes are cut.", default="100 KB")
    sources: Flag = key("Write the source links that posts name.", default=True)
    wrong_hash: Literal["keep", "refuse"] = key(
        'A file that twice has another hash than its site says: "keep" it with a word in the sidecar, or "refuse" it.',
        default="keep",
    )
    thread_title: Literal["no", "tag", "note", "both"] = key(
        'What a file of a watched thread gets of the thread\'s title: a "tag" (thread:...), a "note", "both" or "no".',
        default="no",
    )
    stars: Annotated[Whole, Ge(1), Le(5)] | None = key(
        "The rating that is written with each file, for managers that read one from a sidecar (all but hydrus).",
        default=None,
        example=4,
    )
    on_more: Literal["nothing", "redeliver"] = key(
        "When more tags, notes or links of a delivered file are told later, and its manager took it already: "
        '"redeliver" places it once more with all of them. While it is still there, its sidecar gets them in any case.',
        default="nothing",
    )
    text_posts: TextPosts = key(
        "Posts without a file, but with notes, are delivered as text files: true, or the name of the import folder "
        "that takes them. hydrus takes no text files; name another folder there.",
        default=False,
    )
    import_folder: ShortName = key(
        'Name of the import folder that takes the files. Without it: the one called "main", else the first.',
        default="main",
    )

    extend_types: list[FileType] | None = _more("types")
    extend_blacklist: list[TagRule] | None = _more("blacklist")
    extend_whitelist: list[TagRule] | None = _more("whitelist")
    extend_tags: list[TagTerm] | None = _more("tags")
    extend_drop_tags: list[TagTerm] | None = _more("drop_tags")
    extend_rename_tags: dict[TagName, TagName] | None = _more("rename_tags")
    extend_namespaces: Namespaces | None = _more("namespaces")
    extend_add_tags: list[TagName] | None = _more("add_tags")


BORROWED: Final = frozenset(OptionKeys.model_fields)
"""Keys that the reference and the example show once, under [options]."""


class LayerTable(OptionKeys):
    """A layer that holds the keys of [options] and nothing else."""

    shown: ClassVar[dict[str, object]] = {"extend_blacklist": ["comic"]}


class GalleryOptions(LayerTable):
    """The same keys for gallery downloads alone."""

    shown: ClassVar[dict[str, object]] = {"types": ["image", "video"]}


class WatcherOptions(LayerTable):
    """For watchers alone."""

    shown: ClassVar[dict[str, object]] = {"add_tags": ["from:thread"]}


class SubscriptionOptions(LayerTable):
    """For subscriptions alone. A subscription and a query may hold the same keys, too."""

    shown: ClassVar[dict[str, object]] = {"max_size": "200 MB"}


class UrlOptions(LayerTable):
    """For single links alone, of the inbox and of commands."""

    shown: ClassVar[dict[str, object]] = {"blacklist": []}


class SiteOptions(LayerTable):
    """For what comes from one site. The name is that of the site's file."""


class ClassOptions(LayerTable):
    """For what comes from one URL class of a site; `syncer explain URL` names it."""

    shown: ClassVar[dict[str, object]] = {"notes": False}


class LabelTable(LayerTable):
    """For links that are dropped into a folder of this name inside the inbox; beside these, `priority`: "high", "normal", "low"."""

    shown: ClassVar[dict[str, object]] = {"add_tags": ["favourite"]}

    priority: Priority | None = key("How urgent they are: high, normal or low.", default=None, example="high")


class OptionsTable(OptionKeys):
    """What is let in, and what is written with it. What is not let in is skipped, and `syncer explain URL` says by which rule.

    The keys can be set in several layers, of which the later ones here stand above the earlier: [options] itself, the kind of
    download, the site, the URL class, the label of the inbox, the subscription, the query. A more specific layer replaces
    a key; with extend_ before its name (`extend_blacklist`) a list is added to the one below.
    """

    gallery: GalleryOptions = table()
    watcher: WatcherOptions = table()
    subscription: SubscriptionOptions = table()
    url: UrlOptions = table()
    site: dict[SiteName, SiteOptions] = table(example="safebooru")
    class_: dict[ClassName, ClassOptions] = table(example="danbooru/post", alias="class")
