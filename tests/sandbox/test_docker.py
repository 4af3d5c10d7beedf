"""What can be tested of containers without Docker."""

from __future__ import annotations

from pathlib import Path

import pytest

from ucaudit.errors import RefusedError
from ucaudit.sandbox import docker


class FakeContainer:
    """Stands in for testcontainers' DockerContainer."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.environment: dict[str, str] = {}
        self.ports: list[object] = []
        self.volumes: list[object] = []
        self.status = "running"
        self.id = "c0ffee"
        self.stopped: bool | None = None

    def with_env(self, key: str, value: str) -> None:
        self.environment[key] = value

    def with_exposed_ports(self, port: int) -> None:
        self.ports.append(port)

    def with_bind_ports(self, port: int, host: int) -> None:
        self.ports.append((port, host))

    def with_volume_mapping(self, volume: str, path: str, mode: str) -> None:
        self.volumes.append((volume, path, mode))

    def start(self) -> None:
        pass

    def get_container_host_ip(self) -> str:
        return "docker.example"

    def get_exposed_port(self, port: int) -> int:
        return 32768 if port == 9200 else 0

    def get_wrapped_container(self) -> FakeContainer:
        return self

    def reload(self) -> None:
        pass

    def get_logs(self) -> tuple[bytes, bytes]:
        return b"java.lang.IllegalStateException: no room\n", b""

    def stop(self, *, delete_volume: bool) -> None:
        self.stopped = delete_volume


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeContainer]:
    containers: list[FakeContainer] = []

    def make(image: str) -> FakeContainer:
        containers.append(FakeContainer(image))
        return containers[-1]

    monkeypatch.setattr("testcontainers.core.container.DockerContainer", make)
    monkeypatch.setattr(docker, "require_docker", lambda: None)
    return containers


def test_a_container_is_configured_started_and_removed(
    made: list[FakeContainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "answers", lambda *_, **__: True)
    with docker.DockerSandbox(heap="1g") as sandbox:
        assert sandbox.url == "http://docker.example:32768"
        assert sandbox.container_id == "c0ffee"
    (container,) = made
    assert container.image == "elasticsearch:9.1.10"
    assert container.environment["ES_JAVA_OPTS"] == "-Xms1g -Xmx1g"
    assert container.environment["discovery.type"] == "single-node"
    assert container.ports == [9200]
    assert container.stopped is True


def test_a_named_volume_stays(made: list[FakeContainer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "answers", lambda *_, **__: True)
    with docker.DockerSandbox(volume="kept"):
        pass
    assert made[0].volumes == [("kept", "/usr/share/elasticsearch/data", "rw")]
    assert made[0].stopped is False


def test_a_container_that_ends_gives_its_reason(
    made: list[FakeContainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "answers", lambda *_, **__: False)
    monkeypatch.setattr(FakeContainer, "reload", lambda self: setattr(self, "status", "exited"))
    with pytest.raises(RefusedError) as caught:
        docker.DockerSandbox().start()
    assert caught.value.why == "no room"
    assert made[0].stopped is True


def test_an_image_that_cannot_be_had_is_said(
    made: list[FakeContainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FakeContainer) -> None:
        message = "pull access denied\nmore"
        raise OSError(message)

    monkeypatch.setattr(FakeContainer, "start", refuse)
    with pytest.raises(RefusedError) as caught:
        docker.DockerSandbox().start()
    assert caught.value.name == "container-failed"
    assert caught.value.why == "pull access denied"


def test_without_docker_it_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    assert not docker.docker_answers()
    assert not docker.container_runs("c0ffee")
    with pytest.raises(RefusedError) as caught:
        docker.DockerSandbox().start()
    assert caught.value.name == "docker-unreachable"
