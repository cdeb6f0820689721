"""Statements in writing that commands require."""

from typing import Annotated

from pydantic import AfterValidator

from contracts.values import Text


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("say something")
    return text.strip()


Statement = Annotated[Text, AfterValidator(_said)]
"""Running text that is not blank: at most 10,000 characters."""
