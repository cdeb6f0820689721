"""The dashboard's charts: what somebody typed is text in them."""

from services.reporting.dashboard import charts


def test_a_name_is_text_in_a_chart_and_never_a_tag() -> None:
    figure = charts.bars(["<a href='https://x'>R&D</a>"], [("on track", [1], charts.ON_TRACK)], stacked=True, axis="n")
    (bar,) = figure["data"]
    assert bar["y"] == ["&lt;a href='https://x'&gt;R&amp;D&lt;/a&gt;"]
