"""The way out to configured addresses: none but public ones, once resolved, once asked, bounded, and silent about secrets."""

import asyncio
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.outbound import MOST_BYTES, Outbound, OutboundError, may_be_asked

FORBIDDEN = """
127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1
100.100.100.200 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255 168.63.129.16 192.88.99.1
::1 :: ::7f00:1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 3fff::1 100::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1
2002:7f00:1:: 2002:a9fe:a9fe:: 2001:0:4136:e378:8000:63bf:3fff:fdd2
"""
PUBLIC = """
8.8.8.8 1.1.1.1 93.184.216.34 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450:4007::1 ::ffff:8.8.8.8 64:ff9b::808:808
"""


@pytest.mark.parametrize("address", FORBIDDEN.split())
def test_what_may_not_be_asked(address):
    """Loopback, private, link-local, shared, multicast, reserved and metadata addresses, also dressed up as IPv6."""
    assert not may_be_asked(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_what_may_be_asked(address):
    """Public addresses."""
    assert may_be_asked(ipaddress.ip_address(address))


def test_what_is_allowed_by_name():
    """A network that the operator names may be asked, its neighbours may not."""
    allowed = [ipaddress.ip_network("10.1.2.0/24"), ipaddress.ip_network("fd00::/64")]
    assert may_be_asked(ipaddress.ip_address("10.1.2.3"), allowed)
    assert may_be_asked(ipaddress.ip_address("fd00::7"), allowed)
    assert may_be_asked(ipaddress.ip_address("::ffff:10.1.2.3"), allowed)
    assert not may_be_asked(ipaddress.ip_address("10.1.3.3"), allowed)
    assert not may_be_asked(ipaddress.ip_address("fd00:1::7"), allowed)


@given(st.ip_addresses(v=4))
def test_no_dress_makes_it_public(address):
    """An IPv4 address that may not be asked may not be asked as IPv6 either, in any of the usual dresses."""
    dressed = [
        ipaddress.IPv6Address(f"::ffff:{address}"),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address)),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("2002::")) + (int(address) << 80)),
    ]
    if not may_be_asked(address):
        assert not any(may_be_asked(one) for one in dressed)


class Answering:
    """A server that answers with these bytes, or with nothing; counts who connected."""

    def __init__(self, data=b"HTTP/1.1 204 No\r\n\r\n", hangs=False):
        self.data, self.hangs, self.asked = data, hangs, []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info):
        self.server.close()

    async def _serve(self, reader, writer):
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        if self.hangs:
            await reader.read()
        else:
            writer.write(self.data)
            await reader.read()
        writer.close()


def leading_to(*answers):
    """A resolver that gives these, one after the other, and remembers how often it was asked."""
    calls = []

    async def resolve(host, port):
        calls.append(host)
        return answers[min(len(calls), len(answers)) - 1]

    resolve.calls = calls
    return resolve


def allowing(*networks, resolve=None, seconds=10.0):
    return Outbound(lambda: networks, resolve, seconds)


async def test_what_goes_out():
    """The address that was resolved is asked, under the name that was configured; the status comes back."""
    async with Answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok") as server:
        resolve = leading_to(["127.0.0.1"])
        out = allowing("127.0.0.0/8", resolve=resolve)
        reply = await out.post(f"http://app.example.org:{server.port}/told?token=1", {"x-a": "b"}, b"body")
    (head,) = server.asked
    assert (reply.status, reply.body) == (200, b"ok")
    assert head.startswith(b"POST /told?token=1 HTTP/1.1\r\n")
    assert f"host: app.example.org:{server.port}\r\n".encode() in head
    assert resolve.calls == ["app.example.org"]


async def test_a_name_that_changes_its_mind():
    """A name is resolved once: that it would lead elsewhere the second time helps nobody (DNS rebinding)."""
    async with Answering() as server:
        resolve = leading_to(["93.184.216.34"], ["127.0.0.1"])
        with pytest.raises(OutboundError):
            await Outbound(resolve=resolve, seconds=0.05).post(f"http://a.example:{server.port}/", {}, b"")
        assert (resolve.calls, server.asked) == (["a.example"], [])


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"]])
async def test_a_name_that_leads_inside(addresses):
    """One forbidden address among those of a name is enough; nobody is connected to, and the way to allow it is told."""
    async with Answering() as server:
        out = Outbound(resolve=leading_to(addresses))
        with pytest.raises(OutboundError, match=r'not a public address.*\[outbound\] allow = \["'):
            await out.post(f"http://app.example.org:{server.port}/hidden", {}, b"")
        assert server.asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:7f00:1]", "0"]
)
async def test_addresses_in_disguise(host):
    """However loopback is spelt, it is found out by what it leads to."""
    async with Answering() as server:
        with pytest.raises(OutboundError):
            await Outbound().post(f"http://{host}:{server.port}/", {}, b"")
        assert server.asked == []


async def test_a_redirect_is_not_followed():
    """A redirect is an answer like any other: whoever sends it does not choose whom we ask."""
    async with Answering(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n") as server:
        reply = await allowing("127.0.0.1").post(f"http://127.0.0.1:{server.port}/", {}, b"")
    assert reply.status == 302
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + b"x" * (MOST_BYTES + 1), "more than 65536 bytes"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, "more than 65536 bytes"),
        (b"220 smtp.example.org\r\n", "not HTTP"),
    ],
)
async def test_what_comes_back_is_bounded(data, why):
    """Too much of an answer, or none at all, is an error, and its path is not in the sentence."""
    async with Answering(data) as server:
        with pytest.raises(OutboundError, match=why) as told:
            await allowing("127.0.0.1").post(f"http://127.0.0.1:{server.port}/hidden", {}, b"")
    assert "hidden" not in str(told.value)


async def test_it_does_not_last():
    """Who connects and says nothing is given up after the time there is."""
    async with Answering(hangs=True) as server:
        with pytest.raises(OutboundError, match="did not answer within"):
            await allowing("127.0.0.1", seconds=0.05).post(f"http://127.0.0.1:{server.port}/hidden", {}, b"")


async def test_nobody_is_there():
    """A closed port, a name without address, no name, and no URL are told in a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(OutboundError, match="no connection"):
        await allowing("127.0.0.1").post(f"http://127.0.0.1:{port}/hidden", {}, b"")
    with pytest.raises(OutboundError, match="has no address"):
        await Outbound(resolve=leading_to([])).post("https://app.example.org/hidden", {}, b"")
    with pytest.raises(OutboundError, match="is not a URL"):
        await Outbound().post("https:///hidden", {}, b"")

    async def unknown(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(OutboundError, match="cannot be resolved"):
        await Outbound(resolve=unknown).post("https://app.example.org/hidden", {}, b"")


async def test_a_header_cannot_break_out():
    """A header with a line end is refused, and is not shown."""
    with pytest.raises(OutboundError) as told:
        await allowing("127.0.0.1").post("http://127.0.0.1:9/", {"x": "hidden\r\ny: z"}, b"")
    assert "hidden" not in str(told.value)
