"""Which fields of other programs' metadata stand for what: the tables that docs/how-to/mapping.md shows.

Here as data alone, so that the page can be written from it. Facts: gallery-dl 1.32 and yt-dlp 2026.10, as they wrote them.
Pure; the readers beside it import it.
"""

from __future__ import annotations

from typing import Final

from syncer.frozen import frozen

Fields = tuple[str, ...]
ByName = tuple[tuple[str, Fields], ...]


@frozen
class Table:
    """What one program's fields mean. Where it says so, the first field that is there counts; else all do."""

    title: Fields
    """The first."""
    time: Fields
    """The first that is a time."""
    post_url: Fields
    """The first that is a link."""
    creators: tuple[Fields, ...]
    """Groups: of the first group that gives any, all fields count."""
    tags: ByName
    """Namespace to fields; all."""
    notes: ByName
    """Name of the note to fields; the first."""
    sources: Fields
    """All."""
    post: Fields
    """The post's id; the first."""
    file_url: Fields = ()
    """The first."""
    size: Fields = ()
    width: Fields = ()
    height: Fields = ()
    duration: Fields = ()
    extension: Fields = ()
    name: Fields = ()
    """The file's name on the site."""
    hashes: tuple[tuple[str, Fields], ...] = ()


GALLERY_DL: Final = Table(
    title=("title", "post_title", "gallery_title", "artist_commentary.original_title", "sub", "chapter_title"),
    time=(
        "date", "published", "published_at", "created_at", "createdAt", "created", "created_utc", "create_date",
        "timestamp", "published_time", "time", "upload_date", "posted", "taken_at",
    ),
    post_url=("post_url", "page_url", "webpage_url", "permalink", "gallery_url", "descriptionurl", "url"),
    creators=(
        ("artist", "artists", "artist_name", "creator", "creators"),
        ("author", "account"),
        ("user", "username", "blog_name", "owner"),
    ),
    tags=(
        ("uploader", ("uploader", "uploader_name")),
        ("character", ("characters", "character")),
        ("series", ("series", "copyright", "copyrights", "franchise", "parody", "manga", "comic")),
        ("chapter", ("chapter",)),
        ("volume", ("volume",)),
        ("group", ("group", "groups")),
        ("language", ("language",)),
        ("medium", ("medium", "mediums")),
        ("", (
            "tags", "tag_string", "hashtags", "keywords", "genre", "genres", "categories", "labels", "topics",
        )),
    ),
    notes=(
        ("description", ("description", "caption", "summary")),
        ("post text", ("content", "selftext", "body", "text", "com", "comment")),
        ("alt text", ("alt", "alt_text", "altText", "media.description")),
        ("artist commentary", ("artist_commentary.original_description", "commentary")),
        ("artist commentary, translated", ("artist_commentary.translated_description",)),
        ("notes in the image", ("notes.body",)),
    ),
    sources=("source", "sources", "source_url", "source_urls", "original_url", "external_url", "link", "uris"),
    post=(
        "post_id", "tweet_id", "postId", "gallery_id", "chapter_id", "id", "no", "shortcode", "image_id", "album_id",
        "media_id",
    ),
    file_url=("file_url", "file.url", "image_url", "media.url", "download_url"),
    size=("file_size", "filesize", "file.size", "fsize", "size", "media.media_size"),
    width=("width", "image_width", "file.width", "media.width", "w", "media.media_w"),
    height=("height", "image_height", "file.height", "media.height", "h", "media.media_h"),
    duration=("duration", "file.duration", "media.duration"),
    extension=("extension", "ext", "file_ext"),
    name=("filename_media", "filename"),
    hashes=(
        ("md5", ("md5", "file.md5", "checksumMD5", "media.media_hash")),
        ("sha1", ("sha1", "file.sha1")),
        ("sha256", ("sha256", "file.sha256")),
        ("sha512", ("sha512",)),
    ),
)  # fmt: skip

YT_DLP: Final = Table(
    title=("title", "fulltitle"),
    time=("timestamp", "release_timestamp", "upload_date", "release_date"),
    post_url=("webpage_url", "original_url"),
    creators=(("artists", "artist"), ("creators", "creator"), ("uploader",), ("channel",)),
    tags=(
        ("series", ("series",)),
        ("season", ("season",)),
        ("episode", ("episode",)),
        ("album", ("album",)),
        ("person", ("cast",)),
        ("playlist", ("playlist_title",)),
        ("language", ("language",)),
        ("", ("tags", "categories", "genres", "genre")),
    ),
    notes=(("description", ("description",)),),
    sources=("original_url",),
    post=("id",),
    size=("filesize", "filesize_approx"),
    width=("width",),
    height=("height",),
    duration=("duration",),
    extension=("ext",),
)
