"""What workers leave in the database, so that every process can tell how they are."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Heartbeat(Base):
    """One worker that runs, or ran a little while ago."""

    __tablename__ = "heartbeats"
    worker: Mapped[str] = mapped_column(String(32), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime] = mapped_column(index=True)


class JobTally(Base):
    """What all workers there ever were have done of one job."""

    __tablename__ = "job_tallies"
    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    runs: Mapped[int]
    failures: Mapped[int]
    seconds: Mapped[float]
