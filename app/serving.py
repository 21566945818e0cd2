"""Running the server: one process, or several that share a socket over Redis and PostgreSQL."""

import logging
import os
from importlib import import_module

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.settings import Settings, load
from realtime.server import server_config

HOST = "127.0.0.1"


def run_server(settings: Settings) -> None:
    """Serve until stopped. Everything is loopback: a proxy with TLS stands in front of a real shop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.environ["PORT"] = str(settings.port)
    config = server_config(
        "app.serving:application", HOST, settings.port, factory=True, log_level="warning", proxy_headers=True
    )
    if settings.web_concurrency == 1:
        print_address(settings)
        uvicorn.Server(config).run()
        return
    config.workers = settings.web_concurrency
    print_address(settings)
    socket = config.bind_socket()
    Multiprocess(config, sockets=[socket]).run()


def application() -> object:
    """What each server process runs."""
    return import_module("app.main").create_app(load())


def print_address(settings: Settings) -> None:
    logging.getLogger("orderline").info("serving %s on %s:%s", settings.public_url, HOST, settings.port)
