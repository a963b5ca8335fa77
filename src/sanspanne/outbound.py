"""The one way out to addresses that users configure: a public address, once, quickly, and not for long.

    name --resolved once--> addresses --all of them public, or allowed--> connect to one of these --> ask --> status, 64 kB at most

Who resolves twice can be shown a public address first and a private one then (DNS rebinding), so the address that was looked at
is the one that is connected to. Redirects are not followed. Messages name the host alone: the rest of an address may be a
secret.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from sanspanne.errors import SanspanneError
from sanspanne.providers.http1.connection import Connection
from sanspanne.providers.http1.origin import Place, place_of, request_bytes
from sanspanne.providers.transport import Call, TransportError

SECONDS = 10.0
MOST_BYTES = 64 * 1024

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

# public by the registries, and yet inside: what clouds tell their machines (Azure, Oracle), and ways to smuggle IPv4 in
INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "::/8", "2001::/32", "3fff::/20", "fec0::/10")
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class OutboundError(SanspanneError):
    """Nothing came back that is an answer. The message is a sentence, without the path of the address."""


class Reply(Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class Outbound:
    """Asks. `allow` gives the networks that may be asked although they are not public; `resolve` gives a name's addresses."""

    def __init__(
        self,
        allow: Callable[[], Sequence[str]] = lambda: (),
        resolve: Resolve | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._allow = allow
        self._resolve = resolve or _resolved
        self._seconds = seconds

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send `body`, once. Raises `OutboundError`."""
        try:
            place = place_of(url)
        except TransportError:
            raise OutboundError("the address is not a URL") from None
        host = place.origin.host
        try:
            async with asyncio.timeout(self._seconds):
                return await self._exchange(place, request_bytes(Call("POST", url, _with_close(headers), body), place))
        except TimeoutError:
            raise OutboundError(f"{host} did not answer within {self._seconds:.0f} s") from None
        except TransportError as error:
            raise OutboundError(f"{host}: {error}") from None
        except (OSError, UnicodeError) as error:
            raise OutboundError(f"{host}: no connection could be made ({_reason(error)})") from None

    async def _exchange(self, place: Place, request: bytes) -> Reply:
        origin, loop = place.origin, asyncio.get_running_loop()
        address = await self._address(origin.host, origin.port)
        _, connection = await loop.create_connection(
            lambda: Connection(loop),
            address,
            origin.port,
            ssl=_tls() if origin.secure else None,
            server_hostname=origin.host if origin.secure else None,
        )
        with closing(_Aborted(connection)):
            connection.ask(request)
            await connection.head()
            return Reply(connection.status, await _body(connection))

    async def _address(self, host: str, port: int) -> str:
        """The first of the host's addresses, if none of them is forbidden. Raises `OutboundError`."""
        addresses = await self._resolve(host, port)
        allowed = [ipaddress.ip_network(network, strict=False) for network in self._allow()]
        for text in addresses:
            if not may_be_asked(ipaddress.ip_address(text), allowed):
                raise OutboundError(
                    f"{host} is at {text}, which is not a public address; if it is meant, name it:"
                    f' [outbound] allow = ["{text.partition("%")[0]}"]'
                )
        if not addresses:
            raise OutboundError(f"{host} has no address")
        return addresses[0]


def may_be_asked(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is public, and no way to a private one, or stands in one of the `allowed` networks."""
    if any(address in network for network in allowed):
        return True
    inner = _inner(address)
    if inner is not None:
        return may_be_asked(inner, allowed)
    return address.is_global and not address.is_multicast and not any(address in network for network in INSIDE)


def _inner(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def _resolved(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


async def _body(connection: Connection) -> bytes:
    body = b""
    while piece := await connection.body(MOST_BYTES):
        body += piece
        if len(body) > MOST_BYTES:
            raise TransportError("protocol", f"the answer has more than {MOST_BYTES} bytes")
    return body


class _Aborted:
    """Drops the connection at the end."""

    def __init__(self, connection: Connection) -> None:
        self.close = connection.abort


def _with_close(headers: Mapping[str, str]) -> dict[str, str]:
    return {**headers, "connection": "close"}


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, ssl.SSLError):
        return "TLS failed"
    return "its name cannot be resolved" if isinstance(error, socket.gaierror | UnicodeError) else "it is not there"


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
