"""The days of the demo company, all counted from one day, so that it is up to date whenever it is loaded."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Calendar:
    """Days and months before and after ``today``; what has happened lies on the day before it or earlier.

    The services reckon in UTC, where a day may begin later than here: so nothing that has happened happens today.
    """

    today: date

    def ago(self, days: int) -> date:
        """So many days back, at least one."""
        assert days >= 1, "what has happened lies before today"
        return self.today - timedelta(days=days)

    def ahead(self, days: int) -> date:
        """So many days ahead, at least one."""
        assert days >= 1, "what is to come lies after today"
        return self.today + timedelta(days=days)

    def before_end(self, days: int, months: int) -> date:
        """The day so many months before the day so many days ahead (back where negative): of what ends then."""
        end = self.today + timedelta(days=days)
        year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
        return date(year, month + 1, min(end.day, monthrange(year, month + 1)[1]))

    def first_of(self, months: int) -> date:
        """The first day of the month so many months ahead; back where negative."""
        index = self.today.year * 12 + self.today.month - 1 + months
        return date(index // 12, index % 12 + 1, 1)

    def last_of(self, months: int) -> date:
        """The last day of the month so many months ahead; back where negative."""
        return self.first_of(months + 1) - timedelta(days=1)

    def year(self, back: int) -> int:
        """The fiscal year so many years back; it is the calendar year."""
        return self.today.year - back
