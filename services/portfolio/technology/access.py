"""Permissions in technology: everybody notices and evaluates, those who shape initiatives move."""

from services.portfolio.organisation.access import SHAPES_INITIATIVES

MOVES = SHAPES_INITIATIVES
