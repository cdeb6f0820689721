"""What waits for somebody in authority: versions of the matrix, to be approved by somebody who did not set them."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields, Items
from services.finance.authority.access import STEERS
from services.finance.authority.commands import AUTHORITY_MATRICES
from services.finance.authority.domain.authority_matrix import AUTHORITY_MATRIX

VERSION = Items(Fields(AUTHORITY_MATRIX).versions, "of_day")
ME = "CAST(:me AS text), CAST(:caller AS text)"
SET_BY_ANOTHER = f"{VERSION.set_by} NOT IN ({ME}) AND coalesce({VERSION.set_for}, '-') NOT IN ({ME})"

DECISIONS: Sequence[Entry] = [
    stored(
        AUTHORITY_MATRICES,
        "approve the version of the authority matrix",
        f"{VERSION.approved.fails} AND {SET_BY_ANOTHER} AND {VERSION.valid_from} >= CAST(:today AS text)",
        due=VERSION.valid_from,
        days=VERSION.each,
        who=STEERS,
    )
]
