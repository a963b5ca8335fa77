"""Work that ends when the caller leaves.

ASGI tells of a caller who has gone only to those who ask, and a send to him fails in silence: without somebody who asks, a
provider would go on answering nobody. So one task per request does nothing but ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from sanspanne.server.exchange import CallerLeft, Exchange


async def while_attached(exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
    """Run `work`; cancel it at once when the caller leaves, and raise `CallerLeft`. The body must have been read."""
    worker = asyncio.current_task()
    assert worker is not None
    watcher = asyncio.create_task(_watch(exchange, worker))
    try:
        await work
    except asyncio.CancelledError:
        if not exchange.left:
            raise
        worker.uncancel()
        raise CallerLeft from None
    finally:
        watcher.cancel()


async def _watch(exchange: Exchange, worker: asyncio.Task[Any]) -> None:
    while (await exchange.receive())["type"] != "http.disconnect":
        pass
    if not exchange.complete:  # the server says "disconnect" after a whole response too
        exchange.leave()
        worker.cancel()
