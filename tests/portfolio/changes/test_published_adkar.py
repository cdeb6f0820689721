"""The ADKAR barrier as published examples have it: every row of the file on it agrees."""

import csv
import os
import re
from pathlib import Path

import pytest

from services.portfolio.changes.domain.change.model import barrier


@pytest.mark.real_data
def test_every_published_barrier_agrees() -> None:
    with Path(os.environ["PORTOLAN_REAL_DATA"]).with_name("worked-examples.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["topic"] == "ADKAR"]
    assert rows
    for row in rows:
        scores = {element: int(score) for element, score in re.findall(r"([a-z]+) ([1-5])\b", row["given"])}
        assert row["expected"].startswith(f"barrier point: {barrier(scores)}"), row["case"]
