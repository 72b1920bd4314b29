"""Writes the XMP sidecar `NAME.EXT.xmp`: the same facts in the forms that photo managers each look for.

Every property is an element inside one `rdf:Description`, since not every reader knows attributes or a second block. What a manager
reads is a `Form`. Pure; `profile` imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from syncer.deliver.sidecar import content
from syncer.frozen import frozen
from syncer.model import Delivery, Tag

_SPACES: Final = {
    "x": "adobe:ns:meta/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
}
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_BEGIN: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END: Final = '<?xpacket end="w"?>\n'


@frozen
class Form:
    """What one manager reads, where managers differ."""

    subjects: str = "Bag"
    """The kind of list in which it looks for keywords; XMP itself says Bag."""
    levels: bool = True
    """Whether it knows tags as a tree: a namespace becomes the level above its tags."""
    titles: bool = True
    """Whether it shows a title; else the title is the first line of the description."""
    addresses: bool = False
    """Whether the post's URL is put below the description, because nothing else of its fields would show it."""
    one_creator: bool = False
    """Whether it reads a single creator, so that several share one entry."""


IMMICH: Final = Form(titles=False, addresses=True)
PHOTOPRISM: Final = Form(subjects="Seq", levels=False, one_creator=True)
DIGIKAM: Final = Form()

Property = tuple[str, str, list[str]]
"""Name with prefix, kind (`Bag`, `Seq`, `Alt`, or "" = a simple text), and values."""


def writer(form: Form) -> Callable[[Delivery], bytes]:
    """Return the writer of one form."""

    def write(delivery: Delivery) -> bytes:
        return render(delivery, form)

    return write


def render(delivery: Delivery, form: Form) -> bytes:
    """Return the sidecar of a delivery: UTF-8, an XMP packet without byte order mark before it."""
    from lxml import etree

    root: Any = etree.Element(_name("x:xmpmeta"), nsmap={"x": _SPACES["x"]})
    rdf = etree.SubElement(root, _name("rdf:RDF"), nsmap={"rdf": _SPACES["rdf"]})
    given = [each for each in _properties(delivery, form) if each[2]]
    prefixes = sorted({name.partition(":")[0] for name, _, _ in given})
    block = etree.SubElement(rdf, _name("rdf:Description"), nsmap={each: _SPACES[each] for each in prefixes})
    block.set(_name("rdf:about"), "")
    for name, kind, values in given:
        holder = etree.SubElement(block, _name(name))
        if not kind:
            holder.text = values[0]
            continue
        items = etree.SubElement(holder, _name(f"rdf:{kind}"))
        for value in values:
            item = etree.SubElement(items, _name("rdf:li"))
            item.text = value
            if kind == "Alt":
                item.set(_LANGUAGE, "x-default")
    body = etree.tostring(root, encoding="unicode", pretty_print=True)
    return (_BEGIN + body + _END).encode()


def _properties(delivery: Delivery, form: Form) -> Iterator[Property]:
    yield "dc:title", "Alt", _texts(content.title(delivery))
    described = _texts(_description(delivery, form))
    yield "dc:description", "Alt", described
    # A file's own Exif description goes before dc:description, where this one is not there.
    yield "tiff:ImageDescription", "Alt", [] if form.titles else described
    makers = content.creators(delivery)
    yield "dc:creator", "Seq", _texts(*([", ".join(makers)] if form.one_creator else makers))
    yield "dc:subject", form.subjects, _texts(*(tag.text for tag in delivery.post.tags))
    if form.levels:
        yield "digiKam:TagsList", "Seq", _texts(*(_level(tag, "/", "|") for tag in delivery.post.tags))
        yield "lr:hierarchicalSubject", "Bag", _texts(*(_level(tag, "|", "/") for tag in delivery.post.tags))
    first, *others = content.urls(delivery) or [""]
    yield "dc:source", "", _texts(first)
    yield "dc:relation", "Bag", _texts(*others)
    yield "xmp:Rating", "", [str(delivery.stars)] if delivery.stars else []
    posted = content.time(delivery)
    when = content.moment(posted) if posted is not None else None
    date = [when.isoformat(timespec="seconds")] if when else []
    yield "exif:DateTimeOriginal", "", date
    yield "photoshop:DateCreated", "", date


def _description(delivery: Delivery, form: Form) -> str:
    parts = [
        "" if form.titles else content.title(delivery),
        content.story(delivery),
        content.web(delivery.post.url) if form.addresses else "",
    ]
    return "\n\n".join(content.distinct(parts))


def _level(tag: Tag, separator: str, instead: str) -> str:
    """Write a tag with its namespace as the level above it; the letter that parts levels is replaced inside of them."""
    parts = [part.replace(separator, instead) for part in (tag.namespace, tag.text) if part]
    return separator.join(parts)


def _texts(*texts: str) -> list[str]:
    return content.distinct(content.for_xml(text).strip() for text in texts)


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"
