"""One self-contained page around the data of a report: no network, no framework.

What the page shows at once and what it shows of single calls travel apart, each compressed: the
second is unpacked when somebody opens a call. The page's own style and script are allowed by their
hashes, and nothing else is.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.report.words import count

_STYLES: Final = ("base.css", "lists.css", "call.css")
_SCRIPTS: Final = ("dom.js", "data.js", "findings.js", "calls.js", "call.js", "pages.js", "app.js")
_FAST: Final = 6


def render_page(document: JsonObject) -> str:
    """The page.

    Args:
        document: ``report_document``.
    """
    style, script = _joined(_STYLES), _joined(_SCRIPTS)
    overview = {key: value for key, value in document.items() if key != "details"}
    page = _environment().get_template("page.html.j2")
    return page.render(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        overview=_packed(overview),
        details=_packed(document["details"]),
        report=overview,
        headline=headline(document["summary"]),
    )


def headline(summary: JsonObject) -> str:
    """The verdict in one sentence."""
    if not summary["changed"]:
        return "Nothing changed"
    return f"{summary['changed']:,} of {count(summary['calls'], 'call')} changed"


def _packed(data: Json) -> str:
    """JSON, compressed and in letters that mean nothing to a browser."""
    return b64encode(gzip.compress(orjson.dumps(data), _FAST, mtime=0)).decode()


def _joined(names: tuple[str, ...]) -> str:
    folder = files("ucaudit.report.html") / "static"
    return "\n" + "".join((folder / name).read_text(encoding="utf-8") for name in names)


def _hash(text: str) -> str:
    """As a content security policy names an inline block."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ucaudit.report.html", "static"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
