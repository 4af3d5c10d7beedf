"""Values that a producer may write, the awkward ones often; each drawn from a ``random.Random``."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import uuid
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Make = Callable[[Random], Any]

_LETTERS = "abcXYZ012 .,-_/éßü漢字\N{GRINNING FACE}\0\t\n\"\\'\u2028\ufeff\u0301"
_LONG = [("x", 8191), ("x", 8192), ("é", 9000), ("\N{GRINNING FACE}", 4096), ("y", 40_000)]
_PLAIN = ["", " ", "true", "12", "NaN", "2020-01-02", "a\0b", "10.0.0.1", "null", "1e400", "-0"]
# Keys of maps are data: anything but NUL, which the engine refuses in a flattened field.
_KEYS = ["", " ", ".", "a.b", ".a", "a.", "a..b", "/x/y", "1", "_id", "_source", "*", "__proto__"]
_WHOLE = [2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**70, -(2**70), 1.0, 1e3, 0, -0.0]
_OFFSETS = ["Z", "", "+00:00", "+01:00", "-11:30", "+14:00"]
_MOMENTS = ["2020-01-02t03:04:05z", "2016-12-31T23:59:60Z", "2020-01-02T03:04:05.123456789Z"]


def text(rng: Random) -> str:
    """A short string of any characters but half a surrogate pair."""
    letters = []
    for _ in range(rng.choice([0, 1, 1, 2, 3, 5, 12])):
        code = rng.choice([rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)])
        letters.append(rng.choice([rng.choice(_LETTERS), chr(code)]))
    return "".join(letters)


def string(rng: Random) -> str:
    """Any string; some are longer than a term of the index may be."""
    if rng.random() < 0.1:
        unit, count = rng.choice(_LONG)
        return unit * count
    return rng.choice([text(rng), rng.choice(_PLAIN)])


def integer(rng: Random) -> int | float:
    """A whole number of any size, in either spelling."""
    return rng.choice([rng.randint(-3, 300), rng.randint(-(2**63), 2**63 - 1), rng.choice(_WHOLE)])


def number(rng: Random) -> int | float:
    """A number that JSON can spell."""
    wide = rng.uniform(-1, 1) * 10.0 ** rng.randint(-320, 307)
    close = rng.choice([0.5, -1.25, 1e39, 5e-324, 1.7976931348623157e308])
    return rng.choice([wide, close, round(rng.uniform(-99, 99), 2), rng.randint(-5, 2**53), 2**70])


def boolean(rng: Random) -> bool:
    """True or false."""
    return rng.random() < 0.5


def scalar(rng: Random) -> Any:
    """A value that is no object, list or null."""
    return rng.choice([boolean, integer, number, string])(rng)


def key(rng: Random) -> str:
    """A key of a map."""
    if rng.random() < 0.5:
        return rng.choice(_KEYS)
    return text(rng).replace("\0", "")


def free(rng: Random, depth: int = 0) -> Any:
    """Any JSON value."""
    chance = rng.random()
    if depth > 2 or chance < 0.5:
        return scalar(rng) if chance > 0.1 else None
    inner = [free(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return inner if chance < 0.7 else {key(rng): value for value in inner}


def free_map(rng: Random) -> dict[str, Any]:
    """Any JSON object."""
    return {key(rng): free(rng, 1) for _ in range(rng.randint(0, 3))}


def free_list(rng: Random) -> list[Any]:
    """Any JSON list."""
    return [free(rng, 1) for _ in range(rng.randint(0, 3))]


def one_of(values: Sequence[Any]) -> Make:
    """One of some values."""
    return lambda rng: rng.choice(values)


def _moment(rng: Random) -> str:
    start = datetime.datetime(1, 1, 2)  # noqa: DTZ001  (the zone is spelled, or is none)
    moment = start + datetime.timedelta(
        days=rng.randrange(3_652_000), microseconds=rng.choice([0, rng.randrange(86_400_000_000)])
    )
    return rng.choice([moment.isoformat() + rng.choice(_OFFSETS)] * 3 + _MOMENTS[:1] + _MOMENTS)


def _ipv6(rng: Random) -> str:
    return rng.choice([str(ipaddress.IPv6Address(rng.getrandbits(128))), "::ffff:1.2.3.4", "::1"])


def _ipv4(rng: Random) -> str:
    return str(ipaddress.IPv4Address(rng.getrandbits(32)))


FORMATS: dict[str, Make] = {
    "date-time": _moment,
    "date": lambda rng: str(datetime.date.fromordinal(rng.randint(1, 3_652_000))),
    "time": lambda rng: str(datetime.time(rng.randrange(24), rng.randrange(60), rng.randrange(60))),
    "duration": one_of(["P1D", "PT1.5S", "P3Y6M4DT12H30M5S"]),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128))),
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "ipvanyaddress": lambda rng: rng.choice([_ipv4, _ipv6])(rng),
    "uri": one_of(["https://example.org/a?b=c#d", "urn:x:y", "file:///tmp/x"]),
    "byte": lambda rng: base64.b64encode(rng.randbytes(rng.randrange(60))).decode(),
    "password": text,
    "unheard-of": string,
}
