"""An engine that only answers, so that starting and ending can be tested in a second."""

from __future__ import annotations

import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ucaudit.sandbox.java import Java

_SERVER = f"""#!{sys.executable}
import http.server, json, os, pathlib, sys
home = pathlib.Path(os.environ["ES_PATH_CONF"])
settings = dict(line.split(": ", 1) for line in (home / "elasticsearch.yml").open())
port = int(json.loads(settings["http.port"]))
trouble = pathlib.Path(__file__).with_name("trouble")
if trouble.exists():
    sys.exit(trouble.read_text())
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{{"timed_out": false}}')
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@dataclass(frozen=True)
class FakeEngine:
    distribution: Path
    cache: Path

    def fails_with(self, output: str) -> None:
        """The engine writes ``output`` instead of starting."""
        (self.distribution / "bin" / "trouble").write_text(output)


@pytest.fixture
def fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    distribution = tmp_path / "distribution"
    for name in ("bin", "config", "modules"):
        (distribution / name).mkdir(parents=True)
    (distribution / "config" / "jvm.options").write_text(
        "-XX:+UseG1GC\n# 20-:--add-modules=jdk.incubator.vector\n"
        "20-:--add-modules=jdk.incubator.vector\n"
    )
    command = distribution / "bin" / "elasticsearch"
    command.write_text(_SERVER)
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    cache = tmp_path / "cache"
    monkeypatch.setenv("UCAUDIT_CACHE_DIR", str(cache))
    # Run as ourselves: the folder of a test is closed to others.
    monkeypatch.setattr("ucaudit.sandbox.engine.engine_account", lambda: None)
    monkeypatch.setattr("ucaudit.sandbox.engine.unpacked", lambda *_: distribution)
    java = Java(tmp_path / "java", "21.0.8", 21)
    monkeypatch.setattr("ucaudit.sandbox.engine.find_java", lambda *_: java)
    return FakeEngine(distribution, cache)
