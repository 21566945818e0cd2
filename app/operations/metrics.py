"""What is counted and measured. Everything here only adds to a number: it neither waits nor fails.

Metric objects and their labels are resolved when the module is loaded, so that a message costs no look-up by
label. Several processes of one `serve` write into files that they share (prometheus_client's multiprocess
mode, which `app.serving` switches on by SHARED before this is imported), and whichever of them is asked
answers for all. What the database knows of the whole deployment is read when somebody asks (`lag`).
"""

import os
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from app.entries import Entry
from app.errors import STATUS

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
REGISTRY: Final = CollectorRegistry()
KINDS: Final = (
    "placed", "message", "note", "label", "assigned", "status", "quote", "quote_decision", "payment",
    "payment_method", "subscription", "edit",
)  # fmt: skip
QUICK: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
CODES: Final = (
    "1000",
    "1001",
    "1003",
    "1005",
    "1006",
    "1009",
    "1011",
    "1012",
    "1013",
    "4401",
    "4403",
    "other",
)


disable_created_metrics()  # type: ignore[no-untyped-call] # a series for each series, and nobody reads them


def _counter(name: str, text: str, label: str, values: Iterable[str]) -> Mapping[str, Counter]:
    made = Counter(name, text, [label], registry=REGISTRY)
    return {value: made.labels(value) for value in values}


def _gauge(name: str, text: str, mode: str) -> Gauge:
    """`mode` says what several processes' values make: their sum, the largest, the smallest."""
    return Gauge(name, text, registry=REGISTRY, multiprocess_mode=mode)  # type: ignore[arg-type]


def _histogram(name: str, text: str, buckets: Iterable[float]) -> Histogram:
    return Histogram(name, text, registry=REGISTRY, buckets=tuple(buckets))


_entries = _counter("orderline_entries", "Timeline entries committed.", "kind", (*KINDS, "other"))
_refused = _counter("orderline_refused", "Verbs refused.", "code", STATUS)
_acknowledged = _histogram(
    "orderline_acknowledgement_seconds", "From a message's arrival to its commit, whichever door.", QUICK
)
_batch_size = _histogram("orderline_batch_size", "Messages in one transaction.", SIZES)
_batch_seconds = _histogram("orderline_batch_seconds", "How long such a transaction took.", QUICK)
_http = Histogram(
    "orderline_http_seconds", "Answers over HTTP.", ["status"], registry=REGISTRY, buckets=QUICK
)
_answers = {status: _http.labels(f"{status}xx") for status in range(1, 6)}

SOCKETS: Final = _gauge("orderline_sockets", "Open sockets.", "livesum")
STREAMS: Final = _gauge(
    "orderline_streams", "Orders that somebody follows, for each side and process.", "livesum"
)
BEHIND: Final = _gauge("orderline_hub_behind_entries", "Entries known to exist but not yet read.", "livesum")
BUS_UP: Final = _gauge(
    "orderline_bus_up", "Whether processes hear each other (0: one of them does not).", "livemin"
)
LOOP_LAG: Final = _gauge("orderline_loop_lag_seconds", "How late the slowest event loop woke up.", "livemax")
_opened = Counter("orderline_sockets_opened", "Sockets that were let in.", registry=REGISTRY)
_closed = _counter("orderline_sockets_closed", "Sockets that ended, by close code.", "code", CODES)
_turned_away = _counter(
    "orderline_sockets_refused", "Handshakes over a limit.", "limit", ("address", "person")
)

if SHARED not in os.environ:  # memory and CPU of one process say nothing about several
    ProcessCollector(registry=REGISTRY)


def batch(size: int, seconds: float) -> None:
    """So many messages were committed together."""
    _batch_size.observe(size)
    _batch_seconds.observe(seconds)


def acknowledged(seconds: float) -> None:
    """A message was committed so long after it came in."""
    _acknowledged.observe(seconds)


def committed(entries: Iterable[Entry]) -> None:
    """These entries were written."""
    for entry in entries:
        (_entries.get(entry.kind) or _entries["other"]).inc()


def refused(code: str) -> None:
    """A verb was refused."""
    _refused[code].inc()


def answered(status: int, seconds: float) -> None:
    """A request over HTTP was answered."""
    _answers[status // 100].observe(seconds)


def opened() -> None:
    """A socket was let in."""
    _opened.inc()


def closed(code: int) -> None:
    """A socket ended."""
    (_closed.get(str(code)) or _closed["other"]).inc()


def turned_away(limit: str) -> None:
    """A handshake was over the limit of its "address" or "person"."""
    _turned_away[limit].inc()
