"""The demo company: Corvane Logistics, a mid-size freight group of our own making, loaded over HTTP."""

from portolan.demo.company import PERSON_OF_ROLE, Member, find
from portolan.demo.loader import begun_on, load
from portolan.demo.problem import DemoProblem

__all__ = ["PERSON_OF_ROLE", "DemoProblem", "Member", "begun_on", "find", "load"]
