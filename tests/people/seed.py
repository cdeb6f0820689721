"""One of everything in people, about one person of the cast: the junior manager."""

from tests.people.cast import TODAY, Cast

PAY = {
    "yearly": {"amount": "60000", "currency": "EUR"},
    "factors": [{"factor": "team size", "finding": "Leads five."}],
    "effective_on": str(TODAY),
}
BAND = {"grade": "staff", "currency": "EUR", "minimum": "1", "maximum": "2", "effective_on": str(TODAY)}
LIMITS = {
    "stale_skill_months": 24,
    "certificate_notice_days": [90, 30, 7],
    "written_warning_months": 6,
    "final_warning_months": 12,
    "appeal_days": 5,
    "reason": "As usual.",
}
POLICY = "00000000-0000-0000-0000-000000000000"


def seeded(cast: Cast) -> dict[str, str]:
    """The id of one in each collection, by the collection's path."""
    junior = cast.persons["junior"]
    cast.post(cast.founder, f"/staffing-policies/{POLICY}/set-limits", **LIMITS)
    cast.post(cast.hr, f"/pay/{junior}/set", **PAY)
    return {
        "divisions": cast.division,
        "positions": cast.positions["junior"],
        "persons": junior,
        "staffing-policies": POLICY,
        "pay-bands": cast.post(cast.hr, "/pay-bands", **BAND)["id"],
        "pay": junior,
    }
