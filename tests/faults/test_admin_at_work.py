"""The books of a served process: `/metrics`, `/admin/state`, the ledger and the log tell of the same requests."""

import json
import re

import httpx
from served_process import ServedProcess

from sanspanne.ledger import reading
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore
from sanspanne.testing import Answer, Fail, ScriptedProvider
from sanspanne.web.session import Sessions

BODY = {"model": "auto", "messages": [{"role": "user", "content": "Why is the sky blue, secret-3d?"}]}


async def test_all_books_tell_the_same(tmp_path, stack):
    """An answer and two refusals are in all of them, with the same reasons; none holds a word of the question."""
    provider = await stack.enter_async_context(
        ScriptedProvider("openai", script=[Answer("It scatters."), Fail("invalid")])
    )
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}))
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, follow_redirects=True))
    for status in (200, 400):
        assert (await client.post("/v1/chat/completions", json=BODY)).status_code == status
    assert (await client.post("/v1/messages", json={})).status_code == 400
    metrics = (await client.get("/metrics")).text
    ended = dict(
        re.findall(r'^sanspanne_request_outcomes_total\{.*reason="(\w+)"\} ([1-9]\S*)$', metrics, re.MULTILINE)
    )
    assert ended == {"primary": "1.0", "provider_refused": "1.0", "unreadable": "1.0"}
    assert "sanspanne_requests_total 3.0" in metrics
    assert (await client.get("/admin/state")).status_code == 401
    await client.get(Sessions.load(tmp_path / "data", server.port).address(server.url))
    state = await client.get("/admin/state")
    assert {one["reason"] for one in state.json()["requests"]["ended"]} == ended.keys()
    assert state.json()["requests"]["agree"]
    [target] = state.json()["targets"]
    assert (target["target"], target["standing"], target["in_flight"]) == ("a/gpt-4o", "usable", 0)
    assert [one["reason"] for one in state.json()["recent"]] == ["unreadable", "provider_refused", "primary"]
    assert "secret-3d" not in state.text
    await server.stop()
    accounts = reading.latest(tmp_path / "data", lambda: SqliteLedgerStore(Database(tmp_path / "data")), 9)
    assert [account.answer.reason for account in accounts] == ["provider_refused", "primary"]
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith(b'{"time"')]
    assert [line["reason"] for line in lines if "answer" in line] == ["primary", "provider_refused"]
