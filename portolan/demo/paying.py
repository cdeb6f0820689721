"""Demo data for people: pay bands, and the pay of the people of IT; invented, as everything here."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.values import Grade
from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, person_id, record_id
from portolan.demo.money import CURRENCY
from portolan.demo.people import PERSONNEL
from portolan.demo.scenes import DemoCommand, euros

# fmt: off
BANDS = {
    Grade.STAFF: (38_000, 74_000),
    Grade.JUNIOR_MANAGER: (56_000, 90_000),
    Grade.MANAGER: (72_000, 118_000),
    Grade.SENIOR_MANAGER: (104_000, 162_000),
    Grade.EXECUTIVE: (158_000, 285_000),
}
"""The least and the most a grade is paid in a year."""


@dataclass(frozen=True)
class Pay:
    """A person's pay for a year; one factor of it with what was found; ``outside``: why it lies outside the band."""

    person: str
    yearly: int
    factor: str
    finding: str
    outside: str | None = None


PAY = (
    Pay("helena", 242_000, "budget responsibility", "Answers for the group's IT budget."),
    Pay("dmitri", 109_500, "expertise", "Enterprise architecture at level 6."),
    # Infrastructure & Operations
    Pay("marcus", 148_000, "team size", "The largest unit of IT, on call around the clock."),
    Pay("katarzyna", 94_000, "leadership", "Leads three engineers."),
    Pay("ravi", 101_000, "leadership", "Took over the networks' management on short notice."),
    Pay("ines", 71_500, "leadership", "Leads the roll-out at the depots."),
    Pay("oskar", 58_400, "expertise", "Cloud platforms."), Pay("fatou", 52_900, "experience", "Six years."),
    Pay("mateusz", 45_800, "experience", "Second year."),
    # Applications
    Pay("elif", 151_500, "budget responsibility", "Holds the second largest budget of IT."),
    Pay("joost", 139_000, "leadership", "Leads three managers."),
    Pay("saoirse", 136_500, "leadership", "Leads the customer platforms."),
    Pay("andrei", 97_500, "experience", "Fifteen years with transport systems."),
    Pay("valentina", 99_000, "expertise", "ERP and its finance processes."),
    Pay("lucia", 76_000, "expertise", "Messaging and partner interfaces."),
    Pay("daan", 78_200, "leadership", "Leads the portal team."),
    Pay("tariq", 51_700, "experience", "Four years."), Pay("zsofia", 53_600, "expertise", "Mobile applications."),
    Pay("emeka", 47_300, "experience", "Second year."), Pay("mirjam", 56_100, "expertise", "Test automation."),
    # Data & Analytics
    Pay("thandiwe", 121_000, "leadership", "Built the unit; ten years are complete in two."),
    Pay("filip", 88_500, "expertise", "Data platforms."), Pay("camille", 73_900, "expertise", "Forecasting."),
    Pay("arjun", 48_900, "experience", "Second year after the degree."),
    Pay("sanna", 76_500, "expertise", "Doctorate; the demand model rests on her.",
        "Scarce on the market; agreed until the position is graded again."),
    # Information Security
    Pay("rasmus", 152_500, "expertise", "Information security at level 6."),
    Pay("ilse", 103_000, "leadership", "Leads detection and response."),
    Pay("davit", 80_400, "expertise", "Identity and access management."),
    Pay("monica", 49_500, "experience", "First position after the degree."),
    # Service Desk
    Pay("bogdan", 119_500, "team size", "Support of 1,900 users."),
    Pay("amelie", 63_800, "leadership", "Leads first-line support."),
    Pay("samuel", 39_600, "experience", "First year."), Pay("liv", 44_200, "experience", "Eight years on site."),
    # Portfolio Office
    Pay("carolina", 128_500, "experience", "Fifteen years with programmes."),
    Pay("henrik", 90_500, "expertise", "Portfolio management at level 5."),
    Pay("agnieszka", 68_700, "leadership", "Supports nine project managers."),
    Pay("yuto", 46_400, "experience", "Second position."),
)
# fmt: on


def pay_bands(calendar: Calendar) -> Sequence[DemoCommand]:
    since = calendar.first_of(-10).isoformat()
    return [
        DemoCommand(
            PERSONNEL,
            "set_pay_band",
            record_id("pay band", grade),
            grade,
            {"grade": grade, "currency": CURRENCY, "minimum": least, "maximum": most, "effective_on": since},
        )
        for grade, (least, most) in BANDS.items()
    ]


def pay(calendar: Calendar) -> Sequence[DemoCommand]:
    """Set the pay of the people of IT: all within their bands but one."""
    return [pay_of(row, calendar) for row in PAY]


def pay_of(row: Pay, calendar: Calendar) -> DemoCommand:
    body = {
        "yearly": euros(row.yearly),
        "factors": [{"factor": row.factor, "finding": row.finding}],
        "outside_band": row.outside,
        "effective_on": calendar.first_of(-4).isoformat(),
    }
    return DemoCommand(PERSONNEL, "set_pay", person_id(row.person), MEMBERS[row.person].name, body)
