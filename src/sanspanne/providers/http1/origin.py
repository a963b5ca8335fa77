"""Where a call goes: the origin to connect to, and the request as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from sanspanne.providers.transport import Call, TransportError

PORTS = {"http": 80, "https": 443}


class Origin(Struct, frozen=True):
    """A server: connections to it may serve any call to it. `host` is a name or an address, without brackets."""

    secure: bool
    host: str
    port: int


class Place(Struct, frozen=True):
    """A URL taken apart: its origin, the value of the `Host` header, and the target of the request line."""

    origin: Origin
    authority: str
    target: str


def place_of(url: str) -> Place:
    """Take a URL apart. Raises `TransportError` for one that no request can be sent to."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        host = (
            (parts.hostname or "").encode("idna").decode() if not (parts.hostname or "").isascii() else parts.hostname
        )
    except (ValueError, KeyError, UnicodeError):
        raise TransportError("protocol", "the address of the provider is not a URL") from None
    if not host:
        raise TransportError("protocol", "the address of the provider names no host")
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == PORTS[parts.scheme] else f"{shown}:{port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(Origin(parts.scheme == "https", host, port), authority, target)


def request_bytes(call: Call, place: Place) -> bytes:
    """The request on the wire. Raises `TransportError` for a header that would break out of its line."""
    lines = [f"{call.method} {place.target} HTTP/1.1", f"host: {place.authority}", *_lines(call.headers)]
    if call.body or call.method == "POST":
        lines.append(f"content-length: {len(call.body)}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise TransportError("protocol", "a header for the provider (such as its key) holds a line end")
    try:
        return head.encode("latin-1") + b"\r\n\r\n" + call.body
    except UnicodeEncodeError:
        raise TransportError("protocol", "a header for the provider (such as its key) is not plain text") from None


def _lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]
