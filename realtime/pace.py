"""How often and how long: every interval of the package in one place, so that tests can shorten them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds."""

    poll: float = 1.0
    poll_alone: float = 0.5
    heads: float = 15.0
    coalesce: float = 0.3
    revalidate: float = 1.0
    same_epoch: float = 5.0
    resume: float = 10.0
    command: float = 15.0
    patience: float = 10.0
    typing: float = 3.0
    presence_settle: float = 0.1
    presence_refresh: float = 20.0
    presence_ttl: float = 60.0
    publish: float = 2.0
