"""Checking a deployment as its clients would: green or red for each part, and what to do about it."""

from app.doctor.examination import examine
from app.doctor.result import Result

__all__ = ["Result", "examine"]
