"""Who calls the service, and with what: the parts that made-up documents are put together from."""

from __future__ import annotations

import random
from typing import Any, Final

NAMES: Final = [
    ("Åse", "Østergård"),
    ("Bjørn", "Sørensen"),
    ("Chloé", "Lefèvre"),
    ("Dinesh", "Ramanathan"),
    ("Elif", "Çelik"),
    ("Frederik", "Holm"),
    ("Grzegorz", "Brzęczyszczykiewicz"),
    ("Hanna", "Müller"),
    ("Ióanna", "Παπαδοπούλου"),
    ("Jun", "山田"),
    ("Karen", "Nielsen"),
    ("Lars", "Kjær"),
]
UNIVERSITIES: Final = ["sdu.dk", "aau.dk", "ku.dk", "au.dk", "dtu.dk"]
PROJECTS: Final = ["cancer-genomics", "deic-interactive", "plasma-flow", "sprogteknologi", "arktis"]
PRODUCTS: Final = ["u1-standard-1", "u1-standard-8", "u1-gpu-2", "u1-fat-4", "u1-cephfs"]
APPLICATIONS: Final = [
    ("jupyter", "3.2.1"),
    ("rstudio", "1.4"),
    ("figlet", "1.0.0"),
    ("matlab", "2021a"),
    ("terminal-ubuntu", "0.9"),
    ("openfoam", "8"),
]
FOLDERS: Final = ["data", "thesis", "Members' Files", "målinger 2020", "raw/run.17", "🧬 sekvenser"]
FILES: Final = ["report.ipynb", "genes.csv", "notes.md", "modèle.onnx", "reads.fastq.gz", "map.tif"]
LABELS: Final = [
    "ucloud.dk/stack-name",
    "ucloud.dk/stack-instance",
    "ucloud.dk",
    "team",
    "cost(center)",
]
SENTENCES: Final = [
    "Please add a budget",
    "Ser fint ud 👍",
    "We need GPUs to train a model of protein folding, for about half a year.",
    "Kan vi få lidt mere plads? Målingerne fra i år fylder 4 TB.",
    "",
]
AGENTS: Final = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:78.0) Gecko/20100101 Firefox/78.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
    "ktor-client",
    None,
]


def username(rng: random.Random) -> str:
    """A user's name on the service: first and last name and a number."""
    first, last = rng.choice(NAMES)
    return f"{first}{last}#{rng.randrange(1, 9999):04d}"


def owner(rng: random.Random) -> str:
    """Who a wallet belongs to: a user or a project."""
    return username(rng) if rng.random() < 0.5 else rng.choice(PROJECTS)


def file_path(rng: random.Random) -> str:
    """A file somewhere in somebody's home or project."""
    home = f"home/{username(rng)}" if rng.random() < 0.6 else f"projects/{rng.choice(PROJECTS)}"
    return f"/{home}/{rng.choice(FOLDERS)}/{rng.choice(FILES)}"


def application(rng: random.Random) -> dict[str, Any]:
    """An application's name and version."""
    name, version = rng.choice(APPLICATIONS)
    return {"name": name, "version": version}


def product(rng: random.Random) -> dict[str, Any]:
    """A reference to a product."""
    name = rng.choice(PRODUCTS)
    return {"id": name, "category": name.rstrip("-12345678"), "provider": "ucloud"}


def duration(rng: random.Random) -> dict[str, Any]:
    """A span of time."""
    return {"hours": rng.randrange(72), "minutes": rng.choice([0, 0, 15, 30]), "seconds": 0}


def maybe(rng: random.Random, value: Any, likely: float = 0.5) -> Any:
    """``value``, or null."""
    return value if rng.random() < likely else None


def some(rng: random.Random, pool: list[Any], most: int) -> list[Any]:
    """At most ``most`` of ``pool``, in any order; sometimes none."""
    return rng.sample(pool, rng.randrange(min(most, len(pool)) + 1))


def token(rng: random.Random) -> dict[str, Any]:
    """The security token of a caller."""
    first, last = rng.choice(NAMES)
    issued = 1_560_000_000_000 + rng.randrange(100_000_000_000)
    university = rng.choice(UNIVERSITIES)
    return {
        "principal": {
            "username": f"{first}{last}#{rng.randrange(1, 9999):04d}",
            "role": rng.choice(["USER", "USER", "USER", "ADMIN", "SERVICE"]),
            "firstName": first,
            "lastName": last,
            "email": maybe(rng, f"user{rng.randrange(9999)}@{university}", 0.8),
            "twoFactorAuthentication": rng.random() < 0.4,
            "principalType": rng.choice(["password", "wayf"]),
            "serviceAgreementAccepted": True,
            "organization": maybe(rng, university),
        },
        "scopes": ["all:write"] if rng.random() < 0.8 else ["files:read", "jobs:write"],
        "issuedAt": issued,
        "expiresAt": issued + 600_000,
        "publicSessionReference": f"{rng.getrandbits(64):016x}",
        "extendedBy": maybe(rng, "_app-orchestrator", 0.1),
        "extendedByChain": [],
    }
