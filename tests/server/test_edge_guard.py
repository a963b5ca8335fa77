"""What may come in at all."""

from __future__ import annotations

import pytest
from scripted_edge import Keys, Served, parse, request, serving

from sanspanne.config import ServerConfig


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8080", "127.8.9.10", "[::1]:8080", "chat.localhost", "LOCALHOST:1"]
)
async def test_loopback_names_are_answered(served: Served, host: str) -> None:
    """Every name that this machine has for itself is answered."""
    status, _, _ = await served.chat(host=host)
    assert status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "a, localhost"]
)
async def test_rebound_name_reaches_nothing(served: Served, host: str) -> None:
    """A request under a name that was rebound to loopback is refused, whatever its path, and opens no answer."""
    for method, path in [("POST", "/v1/chat/completions"), ("GET", "/healthz"), ("GET", "/"), ("GET", "/metrics")]:
        status, _, body = await served.ask(method, path, b"{}" if method == "POST" else b"", host=host)
        assert status == 403
        assert b"server.hosts" in body
    assert not served.answers.opened


@pytest.mark.parametrize(
    "host", ["localhost:evil.example", "[::1].evil.example", "localhost:80:80", "localhost,evil.example"]
)
async def test_a_host_that_only_begins_well_reaches_nothing(served: Served, host: str) -> None:
    """A loopback name with something behind it that is no port is another name."""
    status, _, _ = await served.chat(host=host)
    assert status == 403


async def test_fetch_from_another_port_of_this_machine_is_refused(served: Served) -> None:
    """A page on another port is of the same site and of another origin: its reads are refused as well."""
    status, _, _ = await served.ask("GET", "/v1/models", sec_fetch_site="same-site", sec_fetch_mode="no-cors")
    assert status == 403


async def test_missing_host_is_refused(served: Served) -> None:
    """A request without a Host header is refused."""
    status, _, _ = await served.chat(host=None)
    assert status == 403


async def test_configured_host_is_answered() -> None:
    """A name in server.hosts is answered."""
    async with serving(ServerConfig(hosts=("chat.example.org",))) as served:
        status, _, _ = await served.chat(host="chat.example.org")
    assert status == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1:1"]
)
async def test_other_origins_reach_nothing(served: Served, origin: str) -> None:
    """A page of another origin, another port of this machine too, is refused and told nothing by CORS."""
    status, headers, _ = await served.chat(origin=origin)
    assert status == 403
    assert not [name for name in headers if name.startswith("access-control")]
    assert not served.answers.opened


async def test_own_origin_is_answered(served: Served) -> None:
    """The page that we serve ourselves may ask."""
    status, _, _ = await served.chat(origin=served.url)
    assert status == 200


async def test_cross_site_fetch_is_refused(served: Served) -> None:
    """What the browser itself calls cross-site is refused even without an Origin."""
    status, _, _ = await served.ask("GET", "/v1/models", sec_fetch_site="cross-site", sec_fetch_mode="navigate")
    assert status == 403


async def test_links_from_other_sites_open_pages() -> None:
    """A link that a person follows from another site opens a page; a frame on that site does not."""
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    async with serving(pages=_page) as served:
        followed, _, body = await served.ask("GET", "/status", **link, sec_fetch_dest="document")
        framed, _, _ = await served.ask("GET", "/status", **link, sec_fetch_dest="iframe")
    assert (followed, body, framed) == (200, b"page", 403)


@pytest.mark.parametrize(
    "name", ["x_forwarded_for", "x_forwarded_host", "forwarded", "x_real_ip", "via", "cf_connecting_ip"]
)
async def test_forwarded_request_is_refused(served: Served, name: str) -> None:
    """A forwarded request from an address that is no trusted proxy is refused with the setting that would allow it."""
    status, _, body = await served.chat(**{name: "10.1.2.3"})
    assert status == 403
    assert b"trusted_proxies" in body


async def test_trusted_proxy_may_forward() -> None:
    """A proxy in server.trusted_proxies may forward requests."""
    async with serving(ServerConfig(trusted_proxies=("127.0.0.0/8",))) as served:
        status, _, _ = await served.chat(x_forwarded_for="10.1.2.3")
    assert status == 200


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", None]
)
async def test_form_post_is_refused(served: Served, kind: str | None) -> None:
    """A POST that a form could send is refused: only JSON is read."""
    status, _, body = await served.chat(content_type=kind)
    assert status == 415
    assert b"application/json" in body
    assert not served.answers.opened


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"authorization": "Bearer s3cret"}, "app"),
        ({"authorization": "bearer  s3cret"}, "app"),
        ({"x_api_key": "s3cret"}, "app"),
        ({"x_goog_api_key": "s3cret"}, "app"),
        ({"cookie": "page=open"}, "page"),
    ],
)
async def test_key_or_session_opens(headers: dict[str, str], name: str) -> None:
    """The key in any of the three headers of the SDKs, or the page's session, is let in under its own name."""
    async with serving(keys=Keys({"s3cret": "app"}, required=True)) as served:
        status, _, _ = await served.chat(**headers)
        assert served.answers.opened[0][1].key == name
    assert status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic s3cret"}, {"cookie": "page=shut"}]
)
async def test_no_key_is_turned_away(headers: dict[str, str]) -> None:
    """Without a right key there is 401 in the words of the path, the key is not repeated, and no answer is opened."""
    async with serving(keys=Keys({"s3cret": "app"}, required=True)) as served:
        status, _, body = await served.chat("/v1/messages", **headers)
        assert not served.answers.opened
    assert status == 401
    assert b'"said_by":"messages"' in body
    assert b"wrong" not in body


async def test_health_needs_no_key() -> None:
    """Whether the process lives and takes traffic is told without a key; the metrics are not."""
    async with serving(keys=Keys(required=True)) as served:
        statuses = [(await served.ask("GET", path))[0] for path in ("/healthz", "/readyz", "/metrics")]
    assert statuses == [200, 503, 401]


async def test_any_key_is_fine_where_none_is_asked_for(served: Served) -> None:
    """Without configured keys the made-up key that an SDK insists on is ignored."""
    status, _, _ = await served.chat(authorization="Bearer made-up")
    assert status == 200
    assert served.answers.opened[0][1].key == "local"


async def test_refusal_comes_before_the_body(served: Served) -> None:
    """A refused request is answered at once although its body never comes, and the connection is closed."""
    head = request("POST", "/v1/messages", host="evil.example", content_length="1000000")
    status, headers, _ = parse(await served.send(head))
    assert status == 403
    assert headers["connection"] == "close"


async def test_refusals_are_counted() -> None:
    """Whoever counts is told the status of each request that never became an answer."""
    statuses: list[int] = []
    async with serving(keys=Keys(required=True), refused=statuses.append) as served:
        await served.chat()
        await served.chat(host="evil.example")
        await served.ask("GET", "/v1/nothing")
    assert statuses == [401, 403, 404]


async def _page(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"page"})  # type: ignore[operator]
