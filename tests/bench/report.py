"""The last run, in words: the table with its verdicts, what everybody did, the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.curve import svg
from tests.bench.stage import FAULTS, Row
from tests.bench.table import FIGURES, Figure, Rows

README = Path(__file__).parent / "README.md"
CURVE = Path(__file__).parent / "load.svg"
MARK = "## Last run\n"
SHOWN = {
    "msgs_per_s": "messages/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "server_us": "server µs/message",
    "infra_us": "PostgreSQL + Redis µs/message",
    "kb_per_socket": "KB/socket",
}


@dataclass
class Report:
    machine: Mapping[str, str]
    groups: dict[str, Rows] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    curve: dict[str, dict[float, Row]] = field(default_factory=dict)

    def verdicts(self) -> list[str]:
        """A line for each figure of the table."""
        lines = ["| measure | must be | is | |", "|---|---|---|---|"]
        for figure in FIGURES:
            found = self._found(figure)
            if found is None:
                lines.append(f"| {figure.what} | {figure.limit} | – | not measured |")
            else:
                verdict = "holds" if figure.holds(found) else "**misses**"
                lines.append(f"| {figure.what} | {figure.limit} | {found:.3g} {figure.unit} | {verdict} |")
        return lines

    def text(self) -> str:
        """The section of the README."""
        parts = [MARK, "\n".join(f"{name}: {value}  " for name, value in self.machine.items())]
        parts += [f"**{reason}**" for reason in self.skipped]
        parts.append("\n".join(self.verdicts()))
        if self.curve:
            parts.append("![server CPU per message and p99 against messages a second](load.svg)")
        parts += [f"**{name}**\n\n{_rows(rows)}" for name, rows in self.groups.items()]
        return "\n\n".join(parts) + "\n"

    def keep(self) -> None:
        """Write it into the README, and the curve beside it."""
        before = README.read_text().partition(MARK)[0].rstrip()
        README.write_text(f"{before}\n\n{self.text()}")
        if self.curve:
            CURVE.write_text(self._drawing())

    def _found(self, figure: Figure) -> float | None:
        try:
            return figure.value(self.groups[figure.group])
        except KeyError:
            return None

    def _drawing(self) -> str:
        def lines(figure: str) -> dict[str, list[tuple[float, float]]]:
            return {
                name: [(rate, max(row[figure], 0.1)) for rate, row in sorted(rows.items())]
                for name, rows in self.curve.items()
            }

        panels = {"server µs per message": lines("server_us"), "p99, ms": lines("p99_ms")}
        return svg(panels, "messages a second")


def _rows(rows: Rows) -> str:
    """What everybody did; columns that nobody has are left out, faults are named where there are some."""
    names = dict.fromkeys(name for row in rows.values() for name in row)
    shown = [name for name in names if name in SHOWN] or list(names)
    heads = [SHOWN.get(name, name.replace("_", " ")) for name in shown]
    lines = [f"| | {' | '.join(heads)} | |", "|---" * (len(shown) + 2) + "|"]
    for name, row in rows.items():
        cells = " | ".join(f"{row[each]:g}" if each in row else "–" for each in shown)
        lines.append(f"| {name} | {cells} | {_faults(row)} |")
    return "\n".join(lines)


def _faults(row: Row) -> str:
    return ", ".join(f"{row[name]:g} {name}" for name in FAULTS if row.get(name))
