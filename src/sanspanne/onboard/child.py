"""The engine's own process: a crash, an illegal instruction or a leak in native code ends it, and not the service.

The supervisor runs this file as a program. One JSON line comes in on standard input (see `Orders`), one goes out on standard
output, `{"port": 12345}` or `{"error": "a sentence"}`; from then on the engine speaks HTTP on 127.0.0.1, to who has the key.
When standard input closes, the supervisor has gone or has had enough: the process ends.

Only the standard library and the engine are imported here: the rest of the package would be memory for nothing.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict
from urllib.parse import urlsplit

PR_SET_PDEATHSIG = 1


class Orders(TypedDict):
    """What the supervisor wants: `context` is in tokens per slot, `warm` the system prompts that the slots shall know."""

    parent: int
    path: str
    alias: str
    key: str
    slots: int
    context: int
    threads: int
    batch: int
    warm: list[str]
    template: dict[str, Any]


def main() -> None:
    """Read the orders, serve, and end with the supervisor."""
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # native code prints to standard output when it likes: reports go out on a descriptor of their own
    line = sys.stdin.readline()
    if not line:
        return
    orders: Orders = json.loads(line)
    _die_with(orders["parent"])
    threading.Thread(target=_end_when_closed, daemon=True).start()
    try:
        server = serve(orders)
        report: dict[str, Any] = {"port": urlsplit(server.listening_address).port}
    except Exception as error:
        report = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(report), file=reports, flush=True)
    if "error" in report:
        os._exit(1)
    threading.Event().wait()


def _die_with(parent: int) -> None:
    """Be killed when the supervisor dies, whatever it dies of (Linux; elsewhere the closed pipe must do)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(0)


def _end_when_closed() -> None:
    """Wait for the end of standard input. No tidy end: native destructors may wait for a request that is being computed."""
    sys.stdin.read()
    os._exit(0)


def serve(orders: Orders) -> Any:
    """The running engine, with every slot warm."""
    os.nice(5)  # the gateway's own work comes first
    import xllamacpp

    server = xllamacpp.Server(parameters(xllamacpp.CommonParams(), orders))
    _warm(server, orders)
    return server


def parameters(params: Any, orders: Orders) -> Any:
    """The engine's settings. Each line that is not in the orders undoes a default that would harm here."""
    params.model.path = orders["path"]
    params.model_alias = {orders["alias"]}  # a set; without it answers would name the path on this machine
    params.n_parallel = orders["slots"]
    params.n_ctx = orders["slots"] * orders["context"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = orders["threads"]
    params.n_batch = params.n_ubatch = orders["batch"]  # a prompt can be abandoned only between two batches
    params.cache_ram_mib = 64  # default 8192
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys = [orders["key"]]  # default: everybody
    params.cors_origins = "http://127.0.0.1"  # default: every page, with credentials
    params.cors_origins_explicit = True
    params.cors_credentials = False
    params.ui = params.endpoint_slots = params.endpoint_props = False
    params.timeout_read = params.timeout_write = 120  # default 3600 s
    params.sampling.penalty_repeat = 1.1  # small models fall into loops
    params.default_template_kwargs = {name: json.dumps(value) for name, value in orders["template"].items()}
    params.verbosity = 0  # the log would hold prompts
    return params


def _warm(server: Any, orders: Orders) -> None:
    """Let every slot read a system prompt now, so that the first question pays for its own words only."""
    slots = [(slot, orders["warm"][slot % len(orders["warm"])]) for slot in range(orders["slots"]) if orders["warm"]]
    with ThreadPoolExecutor(max_workers=orders["slots"]) as pool:
        list(pool.map(lambda job: _read_once(server, *job), slots))


def _read_once(server: Any, slot: int, system: str) -> None:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": "."}]
    answer = server.handle_chat_completions(
        {"messages": messages, "max_tokens": 1, "id_slot": slot, "cache_prompt": True}
    )
    if "error" in answer:
        raise RuntimeError(answer["error"].get("message", "the engine did not answer its first question"))


if __name__ == "__main__":
    main()
