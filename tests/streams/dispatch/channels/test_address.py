import pytest

from streams.dispatch.channels.address import is_allowed, is_loopback_host


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # carriers' NAT
        "127.0.0.1",
        "169.254.169.254",  # cloud metadata
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",  # NAT64
        "2002:a00:1::",  # 6to4 of 10.0.0.1
    ],
)
def test_no_way_into_the_private_network(address: str) -> None:
    assert not is_allowed(address, loopback=False, private=False)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::808:808"])
def test_public_addresses_are_open(address: str) -> None:
    assert is_allowed(address, loopback=False, private=False)


def test_this_machine_is_open_only_to_a_target_that_names_it() -> None:
    assert is_allowed("127.0.0.1", loopback=True, private=False)
    assert not is_allowed("10.0.0.1", loopback=True, private=False)
    assert not is_loopback_host("localhost.hooks.example")


def test_operators_may_open_the_private_network_but_nothing_that_is_no_host() -> None:
    assert is_allowed("10.0.0.1", loopback=False, private=True)
    assert not is_allowed("224.0.0.1", loopback=False, private=True)
    assert not is_allowed("0.0.0.0", loopback=False, private=True)
