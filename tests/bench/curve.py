"""A curve as SVG, of our own few lines: cost and latency against load, side by side."""

from collections.abc import Mapping, Sequence
from math import log10

Points = Sequence[tuple[float, float]]
COLOURS = ("#0b6e4f", "#c2410c", "#1d4ed8", "#7c3aed")
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 420, 300, 60, 40, 50
STYLE = "text{font:12px sans-serif;fill:#555}line{stroke:#999}polyline{fill:none;stroke-width:2}"


def svg(panels: Mapping[str, Mapping[str, Points]], across: str) -> str:
    """One panel for each title, in it a line for each name. Both axes are logarithmic."""
    width = WIDTH * len(panels)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" role="img">']
    parts.append(f'<style>{STYLE}</style><rect width="{width}" height="{HEIGHT}" fill="#fff"/>')
    for number, (title, lines) in enumerate(panels.items()):
        parts.append(f'<g transform="translate({number * WIDTH} 0)">{_panel(title, lines, across)}</g>')
    return "\n".join((*parts, "</svg>\n"))


class _Axis:
    """From a value to a place between two places."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = min(values), max(values)
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        span = log10(self.high / self.low) or 1
        return round(self.start + (self.end - self.start) * log10(value / self.low) / span, 1)


def _panel(title: str, lines: Mapping[str, Points], across: str) -> str:
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    x, y = _Axis(xs, LEFT, WIDTH - 20), _Axis(ys, HEIGHT - BOTTOM, TOP)
    parts = [f'<text x="{LEFT}" y="20">{title}</text>']
    parts.append(f'<line x1="{LEFT}" y1="{y.start}" x2="{x.end}" y2="{y.start}"/>')
    parts.append(f'<line x1="{LEFT}" y1="{y.start}" x2="{LEFT}" y2="{y.end}"/>')
    parts += [
        f'<text x="{x(value)}" y="{y.start + 16}" text-anchor="middle">{value:g}</text>'
        for value in sorted(set(xs))
    ]
    parts += [
        f'<text x="{LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{_short(value)}</text>'
        for value in (y.low, (y.low * y.high) ** 0.5, y.high)
    ]
    parts.append(f'<text x="{(LEFT + x.end) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{across}</text>')
    for colour, (name, points) in zip(COLOURS, lines.items(), strict=False):
        parts.append(_line(colour, name, [(x(one), y(other)) for one, other in points]))
    return "".join(parts)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _line(colour: str, name: str, points: Points) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    label = f'<text x="{x - 4}" y="{y - 6}" text-anchor="end" style="fill:{colour}">{name}</text>'
    return f'<polyline points="{path}" stroke="{colour}"/>{label}'
