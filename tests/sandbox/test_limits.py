"""Ports and memory: what is checked before anything is started."""

from __future__ import annotations

import socket

import pytest

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox.memory import available_bytes, heap_bytes, require_memory
from ucaudit.sandbox.process import free_ports, require_port


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(RefusedError) as caught:
            require_port(port)
    assert caught.value.name == "port-taken"
    assert caught.value.where == f"127.0.0.1:{port}"
    require_port(port)


def test_free_ports_differ() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        require_port(port)


@pytest.mark.parametrize(
    ("heap", "size"),
    [("512m", 512 << 20), ("1g", 1 << 30), ("2G", 2 << 30), ("262144k", 256 << 20)],
)
def test_heap_sizes(heap: str, size: int) -> None:
    assert heap_bytes(heap) == size


@pytest.mark.parametrize("heap", ["", "512", "m", "1.5g", "-1g", "512mb", "64m", "1t"])
def test_what_is_not_a_heap(heap: str) -> None:
    with pytest.raises(InputError) as caught:
        heap_bytes(heap)
    assert caught.value.name == "heap-invalid"


def test_a_heap_that_does_not_fit() -> None:
    require_memory("512m", available=1 << 30)
    with pytest.raises(RefusedError) as caught:
        require_memory("1g", available=1 << 30)
    assert caught.value.name == "memory-short"
    assert "1024 MB are available" in (caught.value.why or "")


def test_available_memory_is_a_number() -> None:
    assert available_bytes() > 0
