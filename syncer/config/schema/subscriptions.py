"""The tables `[[subscriptions]]` and their queries. Only `config.schema` and the builder of settings import it."""

from __future__ import annotations

from typing import Annotated, Final, Self

from annotated_types import Ge, Le
from pydantic import ConfigDict, Discriminator, Tag, model_validator
from pydantic_core import PydanticCustomError

from syncer.config.schema.check import TimingTable
from syncer.config.schema.options import OptionKeys
from syncer.config.schema.scalars import BandwidthRule, Flag, Folder, SiteName, Text, Whole, key
from syncer.config.settings import Gaps, Priority, Subscription

_DEFAULTS = Subscription(name="", site="")

TEXT_TAG: Final = "<text>"
TABLE_TAG: Final = "<table>"
NO_QUERIES: Final = "no_queries"
"""Type of the error that a subscription names no query at all."""


class QueryTable(TimingTable, OptionKeys):
    """A query with settings of its own: paused, the timing keys of [check.subscriptions] and the keys of [options] for it alone."""

    q: Text = key("The search text, as you would type it on the site.", example="sea cliffs")
    paused: Flag = key("Do not check this query for now.", default=False)
    gaps: Gaps | None = key('Like "gaps" of its subscription, for this query alone.', default=None)
    priority: Priority | None = key('Like "priority" of its subscription, for this query alone.', default=None)
    bandwidth: list[BandwidthRule] | None = key(
        'Like "bandwidth" of its subscription, for this query alone.', default=None
    )


def _form(value: object) -> str | None:
    if isinstance(value, str):
        return TEXT_TAG
    return TABLE_TAG if isinstance(value, dict) else None


QueryValue = Annotated[
    Annotated[Text, Tag(TEXT_TAG)] | Annotated[QueryTable, Tag(TABLE_TAG)],
    Discriminator(_form, custom_error_type="query_form", custom_error_message="query"),
]
Limit = Annotated[Whole, Ge(1), Le(100_000)]


class SubscriptionTable(TimingTable, OptionKeys):
    """Searches of one site that are checked again and again; repeat the whole table for more.

    The timing keys are those of [check.subscriptions], for this one alone; the keys of [options] can stand here, too.
    """

    # For editors; the loader says it in words.
    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["queries"]}, {"required": ["queries_from"]}]},
    )

    name: Text = key("Your name for it.", example="landscapes")
    site: SiteName = key("The name of the site's file, without .toml.", example="safebooru")
    queries: list[QueryValue] = key(
        "The search texts, or tables where one has settings of its own: paused, or timing keys like those below. Needed "
        "where there is no `queries_from`.",
        default=[],
        example=["mountain lake", {"q": "sea cliffs", "every": "monday at 18:30", "dead": "never"}],
    )
    queries_from: Folder | None = key(
        "A file with more queries, one a line, read again when it changes; lines that begin with # are remarks. A query "
        "that is in `queries`, too, is taken as it stands there.",
        default=None,
        example="artists.txt",
    )
    paused: Flag = key("Do not check any of its queries for now.", default=False)
    first_limit: Limit = key("How many new files the first check takes at most.", default=_DEFAULTS.first_limit)
    limit: Limit = key("How many new files each later check takes at most.", default=_DEFAULTS.limit)
    gaps: Gaps = key(
        'A check that meets its limit leaves a gap: "fill" it in the background, or "ignore" it.',
        default=_DEFAULTS.gaps,
    )
    priority: Priority = key(
        'What is fetched first: "high", "normal" or "low". Threads come before all, gaps last.',
        default=_DEFAULTS.priority,
    )
    bandwidth: list[BandwidthRule] | None = key(
        "Rules for each of its queries, in place of those of [bandwidth] subscription; the domain's hold as well.",
        default=None,
        example=["200 requests / 1 day", "5 GB / 1 month"],
    )

    @model_validator(mode="after")
    def _has_queries(self) -> Self:
        if self.queries_from is None and "queries" not in self.model_fields_set:
            raise PydanticCustomError(NO_QUERIES, "queries are missing")
        return self
