"""Which addresses a webhook may connect to."""

import ipaddress
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from aiohttp import AddrInfoType

# IPv4 inside IPv6 for networks without IPv4 (RFC 6052): the address behind it counts.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefusedError(OSError):
    """The target leads into the private network, and nobody allowed that."""


def is_loopback_host(host: str) -> bool:
    """Whether a host names this machine.

    >>> [is_loopback_host(host) for host in ("localhost", "127.0.0.1", "::1", "10.0.0.1")]
    [True, True, True, False]
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_allowed(address: str, *, loopback: bool, private: bool) -> bool:
    """Whether a connection to an IP address may be opened.

    Parameters
    ----------
    loopback
        The configured host itself is this machine.
    private
        Operators allowed private addresses for the channel.

    Examples
    --------
    >>> is_allowed("93.184.215.14", loopback=False, private=False)
    True
    >>> is_allowed("169.254.169.254", loopback=False, private=False)
    False
    >>> is_allowed("::ffff:10.0.0.1", loopback=False, private=False)
    False
    """
    found = _unwrapped(ipaddress.ip_address(address))
    if found.is_multicast or found.is_unspecified:
        return False
    return found.is_global or private or (loopback and found.is_loopback)


def guarded_sockets(host: str, *, private: bool) -> Callable[[AddrInfoType], socket.socket]:
    """Return a factory of sockets that refuses addresses which `host` must not lead to.

    It sees the address that the connection is opened to, after the name was resolved, so that a
    name which changes its address between check and use gains nothing.
    """
    loopback = is_loopback_host(host)

    def make(found: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = found
        if not is_allowed(str(address[0]), loopback=loopback, private=private):
            # The same text for each address, so that the error keeps its class among many.
            msg = (
                f"{host} must lead to a public address; got a private, link-local or reserved "
                "one: set allow_private for the channel if that is meant"
            )
            raise AddressRefusedError(msg)
        return socket.socket(family, kind, protocol)

    return make


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
