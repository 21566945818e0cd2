"""Running the server: one process, or several that share a socket over Redis and PostgreSQL.

uvicorn's parent starts a child anew that has died or has not answered its ping for 15 s; a thread answers
those, so a stuck event loop is for `app.operations.watchdog` to notice.
"""

import gc
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.operations import logs
from app.operations.metrics import SHARED
from app.rendering import prepare
from app.settings import Settings, load
from realtime.server import server_config

HOST = "127.0.0.1"


def run_server(settings: Settings) -> None:
    """Serve until stopped. Everything is loopback: a proxy with TLS stands in front of a real shop."""
    logs.configure(settings)
    os.environ["PORT"] = str(settings.port)
    config = server_config(
        "app.serving:application",
        HOST,
        settings.port,
        factory=True,
        log_config=None,
        access_log=False,
        proxy_headers=True,
    )
    print_address(settings)
    if settings.web_concurrency == 1:
        uvicorn.Server(config).run()
    else:
        _run_several(config, settings)


def application() -> object:
    """What each server process runs."""
    settings = load()
    logs.configure(settings)  # a child of uvicorn's begins without any
    app = import_module("app.main").create_app(settings, watchdog=True)
    prepare()
    # What was imported lives as long as the process, and sockets make few cycles: to look for garbage among
    # all of it, every few hundred messages, is what the slowest of them would wait for. What is new is looked
    # at 5,000 at a time, since 20,000 took 12 ms.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 5, 800)
    return app


def print_address(settings: Settings) -> None:
    logging.getLogger("orderline").info("serving %s on %s:%s", settings.public_url, HOST, settings.port)


def _run_several(config: uvicorn.Config, settings: Settings) -> None:
    config.workers = settings.web_concurrency
    # It answers once it has read its code: on a busy machine that alone may take uvicorn's own 5 s.
    config.timeout_worker_healthcheck = 15
    socket = config.bind_socket()
    with _figures_together(settings):
        Multiprocess(config, sockets=[socket]).run()


@contextmanager
def _figures_together(settings: Settings) -> Iterator[None]:
    """A folder in which the children count together, if anybody reads it: it costs a little each message."""
    if settings.metrics_port is None and settings.metrics_token is None:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="orderline-metrics-", ignore_cleanup_errors=True) as shared:
        os.environ[SHARED] = shared
        yield
