"""What must hold: the runs of each group, and the figures with their limits that come of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench.stage import Row, Run

Rows = Mapping[str, Row]
WATCHERS, CROWD, LONG = 500, 2500, 1000
K32, ALONE, PACED = ("--k", "32"), ("--k", "1"), ("--rate", "1200")
IDLE = ("--k", "0")
# low enough that what goes on beside it is not what makes a queue
CHAT = ("--rate", "200")

GROUPS: dict[str, tuple[Run, ...]] = {
    "saturation": (
        Run("orderline", "orderline", K32),
        Run("socketio", "socketio", K32),
        Run("html", "orderline_html", K32),
        Run("inbox", "orderline", (*K32, "--inbox", "20")),
        Run("sqlite", "orderline_sqlite", K32),
        Run("channels", "channels", K32),
        Run("two", "orderline_two", ("--k", "64")),
        Run("watched", "orderline", ("--k", "8", "--watchers", str(WATCHERS))),
        Run("many", "orderline", K32, of=10_000),
        Run("floor", "floor", K32),
    ),
    "paced": (Run("orderline", "orderline", PACED), Run("socketio", "socketio", PACED)),
    "alone": (Run("orderline", "orderline", ALONE), Run("socketio", "socketio", ALONE)),
    "beside": (
        Run("quiet", "orderline", CHAT, long=LONG),
        Run("noise", "orderline", (*CHAT, "--inbox", "20", "--noise"), long=LONG),
        Run("flood", "orderline", (*CHAT, "--flood"), long=LONG),
    ),
    "idle": (
        Run("orderline", "orderline", IDLE, CROWD),
        Run("socketio", "socketio", IDLE, CROWD),
        Run("channels", "channels", IDLE, CROWD),
    ),
    "storm": (Run("orderline", "orderline", orders=CROWD, program="storm"),),
}
ONCE = frozenset({"idle", "storm"})  # long, and steady


def _ratio(figure: str, one: str = "orderline", other: str = "socketio") -> Callable[[Rows], float]:
    return lambda rows: rows[one][figure] / rows[other][figure]


def _whole(rows: Rows) -> float:
    one, other = (rows[name]["server_us"] + rows[name]["infra_us"] for name in ("orderline", "socketio"))
    return float(one / other)


def _delivery(rows: Rows) -> float:
    return float(rows["watched"]["server_us"] / WATCHERS / rows["orderline"]["server_us"])


def _of(figure: str, one: str = "orderline") -> Callable[[Rows], float]:
    return lambda rows: float(rows[one][figure])


@dataclass(frozen=True)
class Figure:
    """A figure of a group; it must be at most `bound`, or at least."""

    group: str
    what: str
    bound: float
    value: Callable[[Rows], float]
    unit: str = "×"
    at_least: bool = False

    def holds(self, found: float) -> bool:
        return found >= self.bound if self.at_least else found <= self.bound

    @property
    def limit(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}".strip()


LISTS = "Inbox, search, an order of 1,000 entries: the worst with 100,000 orders, of 1,000"
FIGURES = (
    Figure("saturation", "32 in flight: server CPU per message, of Socket.IO's", 1.0, _ratio("server_us")),
    Figure("saturation", "the same, all clients asking for HTML", 1.3, _ratio("server_us", "html")),
    Figure("saturation", "the same (JSON again), server + PostgreSQL + Redis", 0.8, _whole),
    Figure("paced", "1,200/s: server CPU per message, of Socket.IO's", 1.4, _ratio("server_us")),
    Figure("paced", "1,200/s: p99, of Socket.IO's", 1.0, _ratio("p99_ms")),
    Figure("alone", "one at a time: p50, of Socket.IO's", 2.0, _ratio("p50_ms")),
    Figure(
        "saturation",
        "20 members hold the Inbox: server CPU per message, of that without",
        1.3,
        _ratio("server_us", "inbox", "orderline"),
    ),
    Figure(
        "saturation",
        "embedded, SQLite synchronous=FULL: messages/s, of Channels' on PostgreSQL",
        4.0,
        _ratio("msgs_per_s", "sqlite", "channels"),
        at_least=True,
    ),
    Figure("idle", "5,000 idle sockets: memory each", 40, _of("kb_per_socket"), "KB"),
    Figure("storm", "5,000 sockets back at once, each 20 behind: all complete", 15, _of("complete_s"), "s"),
    Figure("storm", "log reads for it, per order", 1.2, _of("reads_per_order"), ""),
    Figure("storm", "refused meanwhile", 0, _of("refused"), ""),
    Figure(
        "saturation",
        "two processes, customer and team on different ones: CPU per message, of one's",
        1.5,
        _ratio("server_us", "two", "orderline"),
    ),
    Figure("saturation", "500 watch one order: CPU per delivery, of that per message", 0.15, _delivery),
    Figure(
        "saturation",
        "10,000 open orders: CPU per message, of that with 400",
        1.15,
        _ratio("server_us", "many", "orderline"),
    ),
    Figure(
        "beside",
        "p99 while 20 Inboxes, reading, typing and long histories go on, of that without",
        2.0,
        _ratio("p99_ms", "noise", "quiet"),
    ),
    Figure(
        "beside",
        "p99 of the others while one person floods with 2,000 messages/s, of that without",
        1.5,
        _ratio("p99_ms", "flood", "quiet"),
    ),
    Figure("lists sqlite", f"{LISTS} (SQLite)", 1.3, _of("ratio", "worst of the table's")),
    Figure(
        "lists sqlite", "queries more with 100,000 orders", 0, _of("more queries", "worst of the table's"), ""
    ),
    Figure("lists postgresql", f"{LISTS} (PostgreSQL)", 1.3, _of("ratio", "worst of the table's")),
    Figure(
        "lists postgresql",
        "queries more with 100,000 orders",
        0,
        _of("more queries", "worst of the table's"),
        "",
    ),
)
