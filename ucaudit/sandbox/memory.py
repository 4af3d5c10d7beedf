"""Heap sizes, and whether this machine has room for one."""

from __future__ import annotations

import re
from pathlib import Path

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox.maven import extra_missing

# What Java takes beside its heap: code, metaspace, threads, and the launcher's own process.
OVERHEAD_BYTES = 350_000_000
_LEAST_HEAP = 128 << 20
_UNITS = {"k": 10, "m": 20, "g": 30}
_CONTROL_GROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


def heap_bytes(heap: str) -> int:
    """The size that a heap such as ``512m`` or ``2g`` stands for.

    Raises:
        InputError: If it cannot be read, or is too small to start with.
    """
    match = re.fullmatch(r"(\d+)([kmg])", heap.lower())
    size = int(match[1]) << _UNITS[match[2]] if match else 0
    if size < _LEAST_HEAP:
        raise InputError(
            "heap-invalid",
            f"The heap {heap!r} is not a size that Elasticsearch can start with.",
            fix="Give a number with m or g, at least 128m, such as 512m.",
        )
    return size


def require_memory(heap: str, available: int | None = None) -> None:
    """Checks that a heap fits into the memory that is left.

    Raises:
        InputError: If the heap cannot be read.
        RefusedError: If it does not fit.
    """
    needed = heap_bytes(heap) + OVERHEAD_BYTES
    left = available_bytes() if available is None else available
    if needed > left:
        raise RefusedError(
            "memory-short",
            f"There is not enough memory for a heap of {heap}.",
            why=f"with what Java needs beside it that is {needed >> 20} MB, "
            f"and {left >> 20} MB are available",
            fix="Choose a smaller one with --heap, or end other programs.",
        )


def available_bytes() -> int:
    """Memory that can be had without swapping, within the limit of our control group."""
    try:
        import psutil  # type: ignore[import-untyped]
    except ImportError as error:
        raise extra_missing(error) from error
    available = int(psutil.virtual_memory().available)
    for limit, used in _CONTROL_GROUPS:
        try:
            left = int(Path(limit).read_text()) - int(Path(used).read_text())
        except (OSError, ValueError):  # not Linux, another hierarchy, or "max"
            continue
        available = min(available, left)
    return available
