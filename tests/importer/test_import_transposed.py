"""Files whose columns are projects: read by a mapping, year after year, with ratings and words for the unknown."""

import csv
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from contracts.portfolio import Stage
from portolan.importer import ImportProblem
from portolan.importer.cells import RejectedRow
from portolan.importer.incoming import Incoming
from portolan.importer.mapping import read_as
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.plan import Plan
from portolan.importer.projects.rows import PROJECTS, ProjectRow
from portolan.importer.projects.statements import Statements
from portolan.importer.projects.survey import survey
from portolan.importer.report import EVERYTHING_LOADED, NOT_EQUAL, SOME_REJECTED
from tests.importer.company import ImportingCompany
from tests.today import TODAY

MAPPING = Path(__file__).parents[2] / "docs" / "samples" / "uk-major-projects.yaml"
FIELDS = {
    "name": "Project name",
    "agency": "Department",
    "rating": "MPA RAG rating\n(an assessment)",
    "description": "Description / Aims \n",
    "note": "Departmental commentary on actions planned or taken on the MPA RAG rating.",
    "start": "Project - Start Date\n(Latest approved start date)",
    "completion": "Project - End Date\n(Latest approved end date)",
    "year_budget": "2013/2014 Budget (£million)",
    "year_forecast": "2013/2014 Forecast (£million)",
    "planned_cost": "Total budgeted whole life costs (£million)\n(including non-government costs)",
}
PROJECT = {
    "name": "Green Bank",
    "agency": "BIS",
    "rating": "Amber/Green",
    "description": "To build\na bank.",
    "note": "Two steps\nwere taken.",
    "start": "01/06/2010",
    "completion": "01/09/2012",
    "year_budget": "£1,170.50m",
    "year_forecast": "-3",
    "planned_cost": "27.28508537",
}


def project(**cells: str) -> dict[str, str]:
    return {**PROJECT, **cells}


def written(path: Path, *projects: Mapping[str, str], more: Sequence[Sequence[str]] = (), **headings: str) -> Path:
    """A file with a project a column, and with more rows."""
    rows = [[heading, *(each[field] for each in projects)] for field, heading in {**FIELDS, **headings}.items()]
    with path.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file).writerows([*rows, *more])
    return path


def words(**other: Any) -> ProjectMapping:
    return read_as(ProjectMapping, MAPPING, **other)


def judged(path: Path, mapping: ProjectMapping | None = None) -> list[ProjectRow | RejectedRow]:
    with ExitStack() as stack:
        return list(Incoming(PROJECTS, path, mapping or words(), TODAY, stack, dry_run=True).checked())


def taken(path: Path, mapping: ProjectMapping | None = None, **cells: str) -> ProjectRow:
    (found,) = judged(written(path, project(**cells)), mapping)
    assert isinstance(found, ProjectRow), found.reason
    return found


def stated(path: Path, mapping: ProjectMapping | None = None) -> Statements:
    mapping = mapping or words()
    with ExitStack() as stack:
        file = Incoming(PROJECTS, path, mapping, TODAY, stack, dry_run=True)
        return survey(file.table, file.fresh_checks(), mapping).statements


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_a_column_is_a_project_and_its_rows_are_the_fields(path: Path) -> None:
    found = taken(path)
    assert (found.name, found.agency, found.rating, found.note) == (
        "Green Bank",
        "BIS",
        "Amber/Green",
        "Two steps\nwere taken.",
    )
    assert (found.start, found.completion) == (date(2010, 6, 1), date(2012, 9, 1))
    assert (found.record.line, found.key) == (2, ("green bank",))


def test_an_amount_is_what_remains_without_the_signs_around_it(path: Path) -> None:
    found = taken(path)
    assert (found.year_budget, found.year_forecast) == (Decimal("1170500000"), Decimal("-3000000"))
    assert found.planned_cost == Decimal("27285085.37")
    assert taken(path, planned_cost="£18.00m").planned_cost == Decimal("18000000")
    assert taken(path, year_budget="-£120.11m").year_budget == Decimal("-120110000")
    assert taken(path, planned_cost="0.000000001").planned_cost == Decimal("0.001")


@pytest.mark.parametrize(
    "cell", ["Exempt under Section 43", "Data not provided by department", "TBC", "#N/A", "Reset", "No end date", ""]
)
def test_words_in_place_of_a_day_or_an_amount_say_that_none_is_known(path: Path, cell: str) -> None:
    found = taken(path, completion=cell, planned_cost=cell, year_budget=cell)
    assert (found.completion, found.planned_cost, found.year_budget) == (None, None, None)
    assert set(found.gaps) == {"completion not recorded", "planned cost not recorded", "projected cost not recorded"}
    unknown = {column: dict(said) for column, said in stated(path).unknown.items()}
    assert sorted(unknown.values(), key=str) == ([{cell: 1}] * 3 if cell else [])


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"planned_cost": "12/13"}, "planned_cost", "is not a number"),
        ({"planned_cost": "-£5.00m"}, "planned_cost", "is negative"),
        ({"completion": "31/02/2015"}, "completion", "is not a day"),
        ({"completion": "01/09/2009"}, "completion", "is before"),
        ({"name": " "}, "name", "is missing"),
        ({"agency": ""}, "agency", "is missing"),
        ({"name": "x" * 201}, "name", "at most 200 fit"),
    ],
)
def test_a_project_that_cannot_be_taken_is_named_by_its_column_and_the_rest_is_taken(
    path: Path, cells: dict[str, str], column: str, reason: str
) -> None:
    first, wrong, last = judged(written(path, project(), project(name="Blue Bank") | cells, project(name="Bridge")))
    assert isinstance(wrong, RejectedRow)
    assert isinstance(first, ProjectRow)
    assert isinstance(last, ProjectRow)
    assert (wrong.line, reason in wrong.reason) == (3, True)
    assert " ".join(FIELDS[column].split()) in wrong.columns


def test_a_project_keeps_its_identity_by_its_name_whatever_its_capitals_and_spaces(path: Path) -> None:
    plan = Plan(words())
    first, second = taken(path), taken(path, name="GREEN  bank", agency="DECC")
    assert plan.project_id(first) == plan.project_id(second)
    assert plan.take_over(first).body["source"] == plan.take_over(second).body["source"]
    assert plan.project_id(first) != plan.project_id(taken(path, name="Green Bank 2"))


def test_the_same_name_twice_is_one_project_taken_once(path: Path) -> None:
    first, second = judged(written(path, project(), project(name="GREEN BANK")))
    assert isinstance(first, ProjectRow)
    assert isinstance(second, RejectedRow)
    assert second.reason == "The same project is in line 2 already: the names agree."
    assert second.columns == ("Project name",)


def test_departments_in_two_spellings_and_those_that_the_mapping_names_are_one_division(path: Path) -> None:
    names = ("MoJ", "MOJ", "DOH", "DoH Capital", "DoH Non Capital")
    found = judged(written(path, *(project(name=f"P {at}", agency=name) for at, name in enumerate(names))))
    assert [row.agency for row in found if isinstance(row, ProjectRow)] == ["MoJ", "MoJ", "DoH", "DoH", "DoH"]
    plan = Plan(words())
    assert plan.division_id("MOD") == plan.division_id("MoD") != plan.division_id("MoJ")
    assert plan.head_id("MOD") == plan.head_id("MoD")
    assert taken(path, words(any_spelling=False), agency="MOJ").agency == "MOJ"
    assert taken(path, words(any_spelling=False), agency="DoH Capital").agency == "DoH"


def test_the_day_of_a_file_is_in_the_year_that_the_heading_of_its_budget_names_first(path: Path) -> None:
    assert taken(path).updated == date(2013, 9, 30)
    found = judged(written(path, project(), year_budget="2014/2015 Budget (£million)"))
    assert [row.updated for row in found if isinstance(row, ProjectRow)] == [date(2014, 9, 30)]
    assert taken(path, words(as_of="2016-01-31")).updated == date(2016, 1, 31)
    with pytest.raises(ImportProblem, match="names no year"):
        judged(written(path, project(), year_budget="In-year Budget (£million)"))


@pytest.mark.parametrize(
    ("rating", "health"),
    [
        ("Green", "on track"),
        ("Amber/Green", "at risk"),
        ("Amber ", "at risk"),
        ("Amber/Red", "at risk"),
        ("Red", "off track"),
        ("Amber/ Red", "at risk"),
        ("GREEN", "on track"),
        ("Exempt under Section 43 of the Freedom of Information Act (2000)", None),
    ],
)
def test_five_ratings_are_kept_in_their_words_and_become_three_and_exemptions_none(
    path: Path, rating: str, health: str | None
) -> None:
    (report,) = Plan(words()).progress(taken(path, rating=rating))
    assert (report.body["as_of"], report.body["health"]) == ("2013-09-30", health)
    assert report.body["note"] == (
        f"Rating: {rating.strip()}\nBudget of the year: 1,170,500,000 GBP\nForecast of the year: -3,000,000 GBP\n"
        "Two steps\nwere taken."
    )


def test_a_rated_project_is_under_way_though_it_begins_later_or_nobody_says_when(path: Path) -> None:
    assert taken(path, start="01/01/2020", completion="01/01/2021").stage is Stage.IN_PROGRESS
    assert taken(path, start="#N/A").stage is Stage.IN_PROGRESS


def test_a_project_without_an_initiative_belongs_to_none_and_has_the_whole_life_cost_as_budget(path: Path) -> None:
    plan, found = Plan(words()), taken(path)
    assert plan.take_over(found).body["initiative_id"] is None
    assert plan.take_over(found).body["plan"] == {"start": "2010-06-01", "end": "2012-09-01"}
    (budget,) = plan.budget(found)
    assert budget.body["granted"] == {"amount": "27285085.37", "currency": "GBP"}
    assert plan.costs(found) == []


def test_empty_columns_and_other_rows_do_no_harm_and_cells_that_nothing_reads_may_be_long(path: Path) -> None:
    blank = dict.fromkeys(FIELDS, "")
    more = [["Departmental narrative on schedule", "x" * 10_013], ["", ""], ["IPA number", "7"]]
    (found,) = judged(written(path, project(), blank, more=more))
    assert isinstance(found, ProjectRow)


def test_a_file_without_a_row_that_the_mapping_names_is_refused_as_a_whole(path: Path) -> None:
    with pytest.raises(ImportProblem, match=r"lacks the column 'MPA RAG rating\*'"):
        judged(written(path, project(), rating="Confidence"))


def test_a_name_that_fits_two_rows_is_refused_as_a_whole(path: Path) -> None:
    with pytest.raises(ImportProblem, match="fits 2 columns"):
        judged(written(path, project(), more=[["Capital Budget (£million)", "1"]]))


def test_a_line_that_cannot_be_split_leaves_no_columns_to_be_read(path: Path) -> None:
    written(path, project())
    with path.open("a", encoding="cp1252") as file:
        file.write('"never closed,1\n')
    with pytest.raises(ImportProblem, match="cannot be transposed: line 18"):
        judged(path)


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("as_of", None, "say `as_of` where `columns.updated` is null"),
        ("as_of", "2014-02-30", "day is out of range"),
        ("as_of", "September", "is not a day such as"),
        ("ratings", {"Green": "fine"}, "ratings.Green"),
    ],
)
def test_a_mapping_says_of_which_day_a_file_is_and_which_ratings_there_are(key: str, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ProjectMapping.model_validate(words().model_dump() | {key: value})


def test_what_tells_projects_apart_is_named_as_a_whole() -> None:
    with pytest.raises(ValueError, match="null all together or not at all"):
        ProjectMapping.model_validate({"columns": {"investment": None}})


def test_what_is_rejected_is_corrected_in_its_file_of_rejects_and_loaded_by_the_same_mapping(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    path, rejects = tmp_path / "file.csv", tmp_path / "rejects.csv"
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING.read_text().replace("UK Major Projects Authority", "rejected majors"))
    written(path, project(), project(name="Bridge", completion="31/02/2015"))
    report = importing.load(path, mapping=mapping, rejects=rejects)
    assert (report.exit_code, report.rejected) == (SOME_REJECTED, 1)
    assert "3,Project - End Date (Latest approved end date)" in rejects.read_text("cp1252")
    rejects.write_text(rejects.read_text("cp1252").replace("31/02/2015", "28/02/2015"), "cp1252")
    again = importing.load(rejects, mapping=mapping, rejects=tmp_path / "other.csv")
    assert (again.exit_code, again.counts["projects"]) == (EVERYTHING_LOADED, {"created": 1})


def real(year: int) -> Path:
    return Path(os.environ["PORTOLAN_REAL_DATA"]).with_name(f"uk-major-projects-{year}.csv")


def ratings(path: Path) -> dict[str, str]:
    """The ratings of a real file by name, as its README compares them: read without the importer."""
    with path.open(encoding="cp1252", newline="") as file:
        rows = list(csv.reader(file))
    columns = list(zip_longest(*rows))[1:]
    return {" ".join(name.split()).casefold(): rating.strip() for name, _, rating, *_ in columns if name.strip()}


FIVE = ("Green", "Amber/Green", "Amber", "Amber/Red", "Red")
MILLION = Decimal(1_000_000)
FACTS = {
    2014: (199, "19170.076352377", "18059.573106176", (183, "398606.60249442"), (17, 54, 63, 36, 4), 198, 191),
    2015: (188, "21763.88", "20381.76", (174, "488920.51"), (28, 44, 64, 40, 8), 187, 180),
}


@pytest.mark.real_data
@pytest.mark.parametrize("year", FACTS)
def test_the_real_files_have_the_sums_that_their_readme_names(year: int) -> None:
    projects, budget, forecast, (costs, whole_life), rated, started, ended = FACTS[year]
    rows = [row for row in judged(real(year)) if isinstance(row, ProjectRow)]
    assert len(rows) == projects
    found = stated(real(year))
    assert tuple(found.rated[rating] for rating in FIVE) == rated
    assert found.figures["year_budget"].total == Decimal(budget) * MILLION
    assert found.figures["year_forecast"].total == Decimal(forecast) * MILLION
    assert found.figures["year_budget"].amounts == found.figures["year_forecast"].amounts == projects - 10
    assert (found.figures["planned_cost"].amounts, found.figures["planned_cost"].total / MILLION) == (
        costs,
        Decimal(whole_life),
    )
    assert sum(row.start is not None for row in rows) == started
    assert sum(row.completion is not None for row in rows) == ended


@pytest.mark.real_data
def test_both_real_files_are_loaded_one_after_the_other_by_one_mapping(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    def load(year: int) -> Any:
        report = importing.load(real(year), mapping=MAPPING, rejects=tmp_path / "rejects.csv")
        assert report.equal, report.lines
        assert report.rejected == 0
        assert report.total.planned_file == Decimal(FACTS[year][3][1]) * MILLION
        assert report.total.planned_difference == 0
        return report

    first = load(2014)
    assert first.exit_code == EVERYTHING_LOADED
    assert (first.counts["projects"], first.counts["divisions"]) == ({"created": 199}, {"created": 20})
    assert (first.counts["budgets"], "initiatives" in first.counts) == ({"created": 183}, False)
    before = importing.recorded()
    assert load(2014).counts["projects"] == {"unchanged": 199}
    assert importing.recorded() == before

    second = load(2015)
    # 72 projects of the first file are not in the second; they are named, and stay unless they are withdrawn.
    assert (second.exit_code, len(second.comparison.missing)) == (NOT_EQUAL, 72)
    assert second.counts["projects"] == {"created": 61, "changed": 127}
    assert second.counts["divisions"] == {"created": 1, "unchanged": 20}
    before = importing.recorded()
    assert load(2015).counts["projects"] == {"unchanged": 188}
    assert importing.recorded() == before
    check_reports(importing)


def move(before: str, after: str) -> str:
    """What became of a rating; one spelling has a space more than the others."""
    order = {rating: place for place, rating in enumerate(FIVE)}
    was, now = order.get(before.replace(" ", "")), order.get(after.replace(" ", ""))
    if was is None or now is None:
        return "not comparable"
    return "same" if was == now else "better" if now < was else "worse"


def check_reports(importing: ImportingCompany) -> None:
    """Each of the 127 has both ratings in its history, and the last one is the one that is declared."""
    declared = {"Green": "on track", "Red": "off track"} | dict.fromkeys(FIVE[1:4], "at risk")
    earlier, later = ratings(real(2014)), ratings(real(2015))
    kept = sorted(earlier.keys() & later.keys())
    moves = Counter(move(earlier[name], later[name]) for name in kept)
    assert (len(kept), moves) == (127, {"better": 48, "same": 45, "worse": 19, "not comparable": 15})
    plan = Plan(words())
    for name in kept[:5]:
        id = plan.id_of("project", name)
        found = importing.read("portfolio", f"/projects/{id}")
        assert found["progress"]["health"] == declared.get(later[name])
        history = importing.read("portfolio", f"/projects/{id}/history?page_size=100")["items"]
        reports = [item["data"]["note"] for item in history if item["type"] == "ProgressReported"]
        assert [note.splitlines()[0] for note in reports] == [f"Rating: {earlier[name]}", f"Rating: {later[name]}"]
