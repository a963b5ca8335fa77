"""May this request come in at all? Asked before anything else, of every path.

On loopback too: a page of another site, open in the same browser, can send requests to 127.0.0.1. What it cannot do is
choose the `Host` (DNS rebinding shows its own name there), leave out `Origin`, or post JSON without asking first; and there is
no CORS here that would say yes to its question.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Protocol

from sanspanne.config import ServerConfig
from sanspanne.errors import CallerError
from sanspanne.server.exchange import Exchange

FORWARDED = ("forwarded", "x-forwarded", "x-real-ip", "x-client-ip", "x-original-", "true-client-ip", "cf-connecting-")
HOST = re.compile(r"(?:\[([^]]*)\]|([^:]*))(?::\d*)?")
OTHER_SITES = ("cross-site", "same-site")  # the same site: another port of this machine, another name of the domain
LOCAL_KEY = "local"
PAGE_KEY = "page"


class Keyring(Protocol):
    """The keys that callers may show."""

    @property
    def required(self) -> bool:
        """Whether a caller without a key is turned away."""
        ...

    def find(self, secret: str) -> str | None:
        """The name of the key with this secret."""
        ...


class Sessions(Protocol):
    """The browsers that have opened the page with its token."""

    def accepts(self, cookie_header: str | None) -> bool:
        """Whether this `Cookie` header is one of theirs."""
        ...


class Guard:
    """The checks that need no body. Each raises `CallerError` with a sentence that says what would be accepted."""

    def __init__(self, config: ServerConfig, keyring: Keyring, sessions: Sessions | None = None) -> None:
        self._names = frozenset(name.lower().strip("[]") for name in (config.host, *config.hosts))
        self._proxies = tuple(ipaddress.ip_network(proxy, strict=False) for proxy in config.trusted_proxies)
        self._keyring = keyring
        self._sessions = sessions

    def check(self, exchange: Exchange) -> None:
        """Raise `CallerError` unless the request was sent to us, by us or by a program, and as it says."""
        headers = exchange.headers
        self._check_host(headers.get("host"), exchange.scope.get("server"))
        if "origin" in headers or "sec-fetch-site" in headers:
            _check_origin(exchange)
        self._check_forwarded(headers, exchange.scope.get("client"))
        if exchange.method == "POST":
            _check_json(headers.get("content-type", ""))

    def caller(self, exchange: Exchange) -> str:
        """The name of the key that the caller has shown. Raises `CallerError` (401) when one is needed and none fits."""
        secret = _secret(exchange.headers)
        name = self._keyring.find(secret) if secret else None
        if name is not None:
            return name
        if (
            self._sessions is not None
            and "cookie" in exchange.headers
            and self._sessions.accepts(exchange.headers["cookie"])
        ):
            return PAGE_KEY
        if self._keyring.required:
            raise _unauthenticated(secret)
        return LOCAL_KEY

    def _check_host(self, host: str | None, server: tuple[str, int] | None) -> None:
        name = host_name(host or "")
        if name in self._names or names_this_machine(name):
            return
        if server is not None and name == _plain(server[0]):  # an address cannot be rebound, only a name can
            return
        raise _forbidden(
            f"This server does not answer to the name {name[:80]!r}. Ask it by a loopback name such as localhost, or have its"
            ' operator add the name to server.hosts, e.g. hosts = ["chat.example.org"].'
        )

    def _check_forwarded(self, headers: Iterable[str], client: tuple[str, int] | None) -> None:
        found = next((name for name in headers if name == "via" or name.startswith(FORWARDED)), None)
        if found is None or self._is_trusted(client):
            return
        raise _forbidden(
            f"The header {found[:40]!r} says that this request was forwarded, but the address it came from is not in"
            ' server.trusted_proxies. If the proxy is yours, add it there, e.g. trusted_proxies = ["127.0.0.1"].'
        )

    def _is_trusted(self, client: tuple[str, int] | None) -> bool:
        if client is None or not self._proxies:
            return False
        address = ipaddress.ip_address(_plain(client[0]))
        return any(address in proxy for proxy in self._proxies)


def host_name(host: str) -> str:
    """The name in a `Host` header, in lower case, without its port; an IPv6 address without its brackets."""
    parts = HOST.fullmatch(host)
    return host.lower() if parts is None else (parts[1] or parts[2]).lower().removesuffix(".")


def names_this_machine(name: str) -> bool:
    """Whether `name` is a name or an address of this machine for itself."""
    if name in ("127.0.0.1", "localhost") or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _plain(address: str) -> str:
    """An address as people write it: without a zone, and IPv4 as IPv4 where one socket listens for both."""
    return address.partition("%")[0].removeprefix("::ffff:")


def _check_origin(exchange: Exchange) -> None:
    headers = exchange.headers
    origin = headers.get("origin")
    own = headers.get("host", "").lower()
    foreign = origin is not None and origin.lower() not in (f"http://{own}", f"https://{own}")
    if foreign or (headers.get("sec-fetch-site") in OTHER_SITES and not _is_link(exchange)):
        raise _forbidden(
            "A web page of another origin may not use this server. Call it from a program, or from the page that it serves itself."
        )


def _is_link(exchange: Exchange) -> bool:
    """A link that was followed from another site to one of our pages shows that site nothing."""
    headers = exchange.headers
    is_page = exchange.method == "GET" and not exchange.path.startswith(("/v1", "/admin"))
    return is_page and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _check_json(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise CallerError(
            415,
            "invalid_request",
            "A POST to this server carries JSON and says so: send the header 'content-type: application/json'.",
            should_retry=False,
        )


def _secret(headers: dict[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key") or headers.get("x-goog-api-key") or ""


def _unauthenticated(secret: str) -> CallerError:
    what = (
        "The API key is not one of this server's." if secret else "This server asks for an API key and none was sent."
    )
    hint = " Send 'authorization: Bearer KEY' or 'x-api-key: KEY'; `sanspanne keys create` makes a key."
    return CallerError(401, "authentication", what + hint, code="invalid_api_key", should_retry=False)


def _forbidden(message: str) -> CallerError:
    return CallerError(403, "permission", message, should_retry=False)
