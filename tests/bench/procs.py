"""What the kernel knows of processes and their children: processor time and memory."""

import os
from collections.abc import Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def pids_of(text: str) -> list[int]:
    """The numbers of a list with commas."""
    return [int(pid) for pid in text.split(",") if pid]


def family(pid: int) -> list[int]:
    """The process and all that descends from it."""
    found = [pid]
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += family(int(child))
    except OSError:
        pass  # it has just ended
    return found


def cpu(pids: Iterable[int]) -> float:
    """Seconds of processor time used so far."""
    return sum(_ticks(each) for pid in pids for each in family(pid)) / TICK


def memory(pids: Iterable[int]) -> int:
    """Kilobytes, shared pages divided among those who share them."""
    return sum(_pss(each) for pid in pids for each in family(pid))


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
