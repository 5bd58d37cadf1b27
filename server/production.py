"""`kg serve`: Granian in front, started again by itself when a part of it is killed.

Granian because its HTTP side is Rust in a thread of its own: ten thousand idle or slow connections cost no Python, and its
RSGI interface tells of hang-ups, sends files and streams. Figures against other servers are in the README beside this file.
"""

import errno
import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from kg.errors import SettingsError, StoreError
from kg.settings import Settings
from server.front import load_door
from server.processes import ALLOCATION
from server.settings import Limits, read_limits

_LOG = logging.getLogger("server")
_HEAD_SECONDS = 10  # that a request's head may take, and that an idle connection stays open
_CONNECTIONS = 65536  # at once; more wait in the kernel
_STEADY = 10.0  # seconds after which a front that ended is no longer counted as one that cannot start
_MOST_FAILURES = 100  # fronts in a row that ended sooner


def serve(settings: Settings, limits: Limits | None = None) -> None:
    """Serve until SIGTERM or SIGINT; queries that run then get a few seconds to end.

    The program that calls it is begun again once, unless its environment has GLIBC_TUNABLES: call it before anything else.

    Raises:
        StoreError: the store is no folder.
        SettingsError: the port is taken or may not be opened.
    """
    if settings.store.startswith(("http://", "https://")):
        raise StoreError(
            f"{settings.store}: a SPARQL server answers queries itself; `kg serve` serves a folder"
        )
    limits = limits or read_limits()
    _begin_again()
    _log_to_stderr()
    address, port = _free_address(settings.host, settings.port)
    shown = f"[{address}]" if ":" in address else address
    _LOG.info("serving %s at http://%s:%s/", settings.store, shown, port)
    failures = 0
    while failures < _MOST_FAILURES:
        began = time.monotonic()
        if _run(address, port, partial(load_door, settings, limits), limits):
            return
        failures = failures + 1 if time.monotonic() - began < _STEADY else 1
        _LOG.error("the front has ended and is started again")
        time.sleep(min(2.0, 0.1 * failures))
    raise StoreError("the server's front ends again and again; the log above says why")


def _begin_again() -> None:
    """Have the front allocate as query processes do: its look-ups then take a tenth less.

    glibc reads this once, when a program begins, and Granian's worker is a fork of this one. What came through standard input
    or is typed cannot be begun again.
    """
    repeatable = hasattr(sys.modules["__main__"], "__file__") or "-c" in sys.orig_argv
    if "GLIBC_TUNABLES" not in os.environ and repeatable:
        os.execve(sys.executable, sys.orig_argv, os.environ | {"GLIBC_TUNABLES": ALLOCATION})  # noqa: S606 itself


def _run(address: str, port: int, loader: object, limits: Limits) -> bool:
    """Run Granian until it ends; whether somebody wanted that, and not a front that was killed twice in a row."""
    server = Server(
        "communique",
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        workers=1,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEAD_SECONDS * 1000),
        websockets=False,
        backlog=4096,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        respawn_interval=0.05,
        workers_kill_timeout=int(limits.stop_seconds) + 5,
        log_level=LogLevels.error,
    )
    try:
        server.serve(target_loader=cast(Callable[..., Callable[..., Any]], loader), wrap_loader=False)
    except SystemExit:
        if server.interrupt_signal:
            raise
    return server.interrupt_signal


def _free_address(host: str, port: int) -> tuple[str, int]:
    """The address to listen on; port 0 becomes a free one. Granian would share a port with who has it already."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            return str(address[0]), int(trial.getsockname()[1])
    except OSError as error:
        reason = (
            "is taken by another program"
            if error.errno == errno.EADDRINUSE
            else f"cannot be opened: {error.strerror}"
        )
        raise SettingsError(f"{host}:{port} {reason}; choose another with --host and --port") from error


def _log_to_stderr() -> None:
    logger = logging.getLogger("server")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
