"""A look at what a program would list at a URL, for previews: nothing is stored, queued or known by it.

Here, apart from the jobs, because a person waits for it: at the pace of the site, and for no more than a piece.
"""

from __future__ import annotations

from syncer.errors import ItemError
from syncer.fetch.contexts import contexts
from syncer.model import Page
from syncer.service import handed, handover_ask, handover_job, identity, one_page
from syncer.service.accept_job import Plan
from syncer.service.handed import Piece
from syncer.service.one_page import NotNowError
from syncer.service.runtime import Runtime


def piece_of(runtime: Runtime, planned: Plan) -> Piece | None:
    """Return the piece that a wish would begin with; None where no program would be asked."""
    if planned.kind == "ask":
        choice = runtime.tools.choose(runtime.snapshot.config, planned.urls[0])
        return handed.start(choice.program, planned.urls[0]) if choice.program else None
    return handed.piece(planned.urls[0]) if planned.urls else None


def look(runtime: Runtime, piece: Piece) -> Page:
    """Have a program list a piece. Raises ItemError with cause and cure."""
    lane = identity.lane(piece.url)
    with runtime.tools.alone(piece.url) as free:
        if not free:
            raise NotNowError(f"another program is at {lane}", "Try again in a minute", handover_job.TURN)
        one_page.wait(runtime, contexts(f"http://{lane}/"))
        listing = handover_job.listed(runtime, runtime.snapshot, piece, handover_ask.booker(runtime, lane))
    if not listing.posts and listing.trouble is not None:
        raise ItemError(listing.trouble.words, listing.trouble.advice)
    return handover_job.page_of(runtime, runtime.snapshot, listing, piece)
