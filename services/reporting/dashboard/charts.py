"""The dashboard's charts as plain plotly figures; each is shown with the same figures as a table under it."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Any

from services.reporting.accountability.queries import AccountableManager
from services.reporting.money.queries import Spend
from services.reporting.portfolio.domain.picture import DivisionScore

Figure = dict[str, Any]
Series = tuple[str, Sequence[float], Any]
# Told apart by lightness and pattern as well as by colour (Okabe and Ito's palette, darkened for contrast).
ON_TRACK = {"color": "#00735c", "pattern": {"shape": ""}}
AT_RISK = {"color": "#e69f00", "pattern": {"shape": "/", "fgcolor": "#5c3d00", "fillmode": "overlay"}}
OFF_TRACK = {"color": "#b3261e", "pattern": {"shape": "x", "fgcolor": "#ffd9d6", "fillmode": "overlay"}}
ENDED = {"color": "#8a94a0", "pattern": {"shape": ""}}
NOT_BEGUN = {"color": "#d5dbe1", "pattern": {"shape": ".", "fgcolor": "#53616f", "fillmode": "overlay"}}
PLAN = {"color": "#33557f", "pattern": {"shape": ""}}
OUTLOOK = {"color": "#d55e00", "pattern": {"shape": "/", "fgcolor": "#ffffff", "fillmode": "overlay"}}
SPENT = {"color": "#00735c", "pattern": {"shape": ""}}


def health(divisions: Sequence[DivisionScore]) -> Figure:
    """Chart the projects of each division by health: on track, at risk, off track, not begun, ended."""
    with_projects = [division for division in divisions if division.projects]
    ended = [division.closed + division.stages.get("cancelled", 0) for division in with_projects]
    series = [
        ("on track", [division.on_track for division in with_projects], ON_TRACK),
        ("at risk", [division.at_risk for division in with_projects], AT_RISK),
        ("off track", [division.off_track for division in with_projects], OFF_TRACK),
        ("not begun", not_begun(with_projects), NOT_BEGUN),
        ("ended", ended, ENDED),
    ]
    return bars([division.name for division in with_projects], series, stacked=True, axis="projects")


def not_begun(divisions: Sequence[DivisionScore]) -> list[int]:
    """Projects that are proposed or specified."""
    return [division.stages.get("proposed", 0) + division.stages.get("specified", 0) for division in divisions]


def cost(divisions: Sequence[DivisionScore], currency: str) -> Figure:
    """Planned cost against the outlook, by division, in millions of a currency."""
    rows = [(division.name, money) for division in divisions for money in division.money if money.currency == currency]
    series = [
        ("planned", [millions(money.planned) for _, money in rows], PLAN),
        ("outlook", [millions(money.outlook) for _, money in rows], OUTLOOK),
    ]
    return bars([name for name, _ in rows], series, stacked=False, axis=f"million {currency}")


def spending(rows: Sequence[Spend], currency: str) -> Figure:
    """The latest year's divisional budgets against what is granted to projects and spent, in millions of a currency."""
    latest = max((row.fiscal_year for row in rows if row.currency == currency), default=0)
    shown = [row for row in rows if (row.currency, row.fiscal_year) == (currency, latest)]
    series = [
        ("budget", [millions(row.current) for row in shown], PLAN),
        ("granted from it", [millions(row.allotted) for row in shown], OUTLOOK),
        ("spent", [millions(row.actual) for row in shown], SPENT),
    ]
    return bars(
        [f"{row.division}, {row.fiscal_year}" for row in shown], series, stacked=False, axis=f"million {currency}"
    )


def accountability(rows: Sequence[AccountableManager]) -> Figure:
    """Projects that have not ended by the manager who answers for them, those with most."""
    names = [row.name or str(row.person_id) for row in rows]
    series = [
        ("delegated", [row.delegated for row in rows], PLAN),
        ("not delegated", [row.running - row.delegated for row in rows], ENDED),
    ]
    return bars(names, series, stacked=True, axis="projects not ended")


def bars(names: Sequence[str], series: Sequence[Series], *, stacked: bool, axis: str) -> Figure:
    """Horizontal bars, first name on top."""
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": label,
                "y": [escape(name, quote=False) for name in names],  # plotly reads tags in a text
                "x": list(values),
                "marker": marker,
                "hovertemplate": f"%{{y}}<br>{label}: %{{x:,.6~f}} {axis}<extra></extra>",
            }
            for label, values, marker in series
            if any(values)
        ],
        "layout": {
            "barmode": "stack" if stacked else "group",
            "height": 130 + len(names) * (26 if stacked else 38),
            "margin": {"l": 8, "r": 16, "t": 8, "b": 48},
            "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True},
            "xaxis": {"title": {"text": axis}, "fixedrange": True, "rangemode": "tozero", "gridcolor": "#e3e8ed"},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
            "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#1c2733"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
        },
    }


def millions(amount: Decimal) -> float:
    """An amount in millions, for drawing only; tables show the exact figure."""
    return float(amount / 1_000_000)
