"""What is written where systemd's journal reads along: lines with their priority, and no progress.

Here, because on a terminal the same things look different. `main` sets the log up, `run` and `frame` ask where they write.
The prefixes: sd-daemon(3).
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from syncer.config.texts import without_login
from syncer.service.events import Event

VARIABLE = "JOURNAL_STREAM"

log = logging.getLogger("syncer.events")

ERROR, WARNING, NOTICE, INFO, DEBUG = "<3>", "<4>", "<5>", "<6>", "<7>"
LEVELS = {
    logging.DEBUG: DEBUG,
    logging.INFO: INFO,
    logging.WARNING: WARNING,
    logging.ERROR: ERROR,
    logging.CRITICAL: "<2>",
}
NOTICE_LEVEL = 25
"""Between info and warning, as in syslog: something that a person may want to know, and nothing is wrong."""
EVENTS = {"failed": logging.WARNING, "gone": NOTICE_LEVEL, "notice": NOTICE_LEVEL, "page": logging.DEBUG}
"""Levels of the events that are not just for information."""


def is_journal(stream: TextIO, environ: Mapping[str, str] | None = None) -> bool:
    """Tell whether a stream goes to the journal itself: whoever redirects it inherits the variable all the same."""
    given = (os.environ if environ is None else environ).get(VARIABLE, "")
    if not given:
        return False
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return given == f"{found.st_dev}:{found.st_ino}"


class PlainFormatter(logging.Formatter):
    """Leaves out names and passwords of URLs, wherever the words of a record come from."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text."""
        return without_login(super().format(record))


class JournalFormatter(PlainFormatter):
    """Puts the priority before each line: a traceback has many, and the journal takes every line for itself."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's lines."""
        mark = NOTICE if record.levelno == NOTICE_LEVEL else LEVELS.get(record.levelno, INFO)
        return marked(super().format(record), mark)


def marked(text: str, mark: str) -> str:
    """Return a text with a priority before each line."""
    return "\n".join(mark + line for line in text.splitlines() or [""])


def set_up_log() -> None:
    """Send the log to stderr: warnings in words, or to the journal all that happens with its priority."""
    # What it warns of is what sites do, without saying which; what comes of it is told in words of ours.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    if not is_journal(sys.stderr):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(PlainFormatter("%(levelname)s %(message)s"))
        logging.basicConfig(level=logging.WARNING, handlers=[handler])
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JournalFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("syncer").setLevel(logging.INFO)


def tell(event: Event) -> None:
    """Write an event as a line of the log."""
    log.log(
        EVENTS.get(event.kind, logging.INFO),
        "%s %s%s",
        event.kind,
        event.subject,
        f": {event.text}" if event.text else "",
    )


def error(text: str) -> str:
    """Return the text of an error as stderr takes it: with its priority where the journal reads it."""
    return marked(text, ERROR) if is_journal(sys.stderr) else text
