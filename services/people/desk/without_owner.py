"""Records that nobody in office answers for any more, because who did has left, with what leads on."""

from collections.abc import Sequence

from chassis.commands.table import Aggregate
from chassis.http.desk import Entry, stored
from chassis.store.fields import Field, Fields
from chassis.store.relations import Relation, by_state
from services.people.discipline import access as discipline_access
from services.people.discipline.commands import DISCIPLINARY_CASES
from services.people.discipline.domain.disciplinary_case import rules as case_rules
from services.people.discipline.domain.disciplinary_case.model import CaseStatus
from services.people.organisation.access import HR, IN_CONFIDENCE, ME
from services.people.organisation.commands import DIVISIONS, PERSONS
from services.people.organisation.domain import division
from services.people.organisation.domain.person import rules as person_rules
from services.people.organisation.domain.person.model import NOT_HERE
from services.people.performance.commands import PERFORMANCE_REVIEWS
from services.people.performance.domain.performance_review import rules as review_rules
from services.people.performance.domain.performance_review.model import TO_ASSESS
from services.people.training.commands import TRAINING_SESSIONS
from services.people.training.domain import training_session
from services.people.training.domain.training_session import SessionStatus

PERSON, DIVISION = Fields(person_rules.PERSON), Fields(division.DIVISION)
REVIEW, SESSION = Fields(review_rules.PERFORMANCE_REVIEW), Fields(training_session.TRAINING_SESSION)
CASE = Fields(case_rules.DISCIPLINARY_CASE)


OVER = (CaseStatus.UPHELD, CaseStatus.OVERTURNED, CaseStatus.CLOSED)


def without(
    aggregate: Aggregate, holder: Field, while_: str, what: str, *, person: str = "NULL", who: Relation | None = None
) -> Entry:
    """The records whose holder has left, for HR and for the nearest in office above the holder, or for ``who``."""
    who = who or (HR | next_above(holder))
    return stored(aggregate, what, f"{while_} AND has_left({holder})", person=person, who=who)


def next_above(holder: Field) -> Relation:
    return by_state("the nearest manager in office", f"nearest_in_office({holder}) = {ME}")


# fmt: off
WITHOUT_OWNER: Sequence[Entry] = [
    without(PERSONS, PERSON.line_manager_id, PERSON.employment.none_of(*NOT_HERE),
        "name another line manager: theirs has left", person=PERSON.id),
    without(DIVISIONS, DIVISION.head_id, DIVISION.closed.fails, "appoint another head: theirs has left"),
    without(PERFORMANCE_REVIEWS, REVIEW.reviewer_id, REVIEW.status.one_of(*TO_ASSESS),
        "name another reviewer: theirs has left", person=REVIEW.person_id,
        who=HR | (next_above(REVIEW.reviewer_id) & IN_CONFIDENCE)),
    without(TRAINING_SESSIONS, SESSION.trainer_id, SESSION.status.one_of(SessionStatus.SCHEDULED),
        "arrange another trainer: theirs has left"),
    *(without(DISCIPLINARY_CASES, holder, while_,
        f"name another {who}: theirs has left", person=CASE.person_id, who=discipline_access.LEADS.at(CASE.person_id))
      for holder, who, while_ in (
          (CASE.investigator_id, "investigator", f"{CASE.investigated_on} IS NULL AND {CASE.status.none_of(*OVER)}"),
          (CASE.hearer_id, "hearer", CASE.status.one_of(*case_rules.UNDECIDED)),
          (CASE.appeal_hearer_id, "appeal hearer", CASE.status.none_of(*OVER)))),
]
# fmt: on
