"""The questions behind tests/data/engine, and how a live engine is asked them in a few requests.

``accept_9.0.0.json``: what 34 kinds of fields make of 43 JSON values. ``putmapping_9.0.0.txt``:
which parameter of a live field PUT mapping can change. Both were measured on Elasticsearch 9.0.0.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch

FOLDER = Path(__file__).parents[1] / "data" / "engine"
SETTINGS = {
    "mapping.total_fields.limit": 4000,
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "analysis": {"analyzer": {"a1": {"type": "custom", "tokenizer": "standard"}}},
}

# The JSON of each value, as it stands in a document.
VALUES: dict[str, str] = {
    **{
        f"str {text}": json.dumps(text)
        for text in (
            "abc", "12", "1.5", "true", "True", "2020-01-02", "10.0.0.1", "NaN", "Infinity"
        )
    },
    "str empty": '""',
    "str space": '" 12 "',
    "str ISO ms Z": '"2020-01-02T03:04:05.123Z"',
    "str ISO +00:00 us": '"2020-01-02T03:04:05.123456+00:00"',
    "str ISO space": '"2020-01-02 03:04:05"',
    "str epoch ms": '"1577934245123"',
    "str 40k": json.dumps("x" * 40_000),
    **{f"int {number}": str(number) for number in (12, 1, -1, 300, 70000)},
    "int 3e9": "3000000000",
    "int 2^63-1": str(2**63 - 1),
    "int 2^63": str(2**63),
    "int 1e30": str(10**30),
    "float 1.5": "1.5",
    "float 12.0": "12.0",
    "float 1e400": "1e400",
    "float 1e39": "1e39",
    "float 1e5 exp": "1e5",
    "bool true": "true",
    "bool false": "false",
    **{
        literal: literal
        for literal in (
            "null", "[]", "[1,2]", '["a","b"]', "[1,null]", '[1,"x"]', "[[1],[2]]", "[{}]",
            '[{"a":1}]', "{}", '{"a":1}',
        )
    },
}  # fmt: skip

# The field of each kind; what is not here has the type that it is called.
FIELDS: dict[str, dict[str, Any]] = {
    "alias": {"type": "alias", "path": "z"},
    "boolean ign_malf": {"type": "boolean", "ignore_malformed": True},
    "date epoch_millis": {"type": "date", "format": "epoch_millis"},
    "date ign_malf": {"type": "date", "ignore_malformed": True},
    "double coerce=false": {"type": "double", "coerce": False},
    "kw ignore_above=256": {"type": "keyword", "ignore_above": 256},
    "long coerce=false": {"type": "long", "coerce": False},
    "long ign_malformed": {"type": "long", "ignore_malformed": True},
    "nested": {"type": "nested", "properties": {"a": {"type": "long"}}},
    "object": {"type": "object", "properties": {"a": {"type": "long"}}},
    "object dyn": {"type": "object", "dynamic": True},
    "object dyn=false": {"type": "object", "dynamic": False},
    "object enabled=false": {"type": "object", "enabled": False},
}
# What putmapping_9.0.0.txt cuts off.
_CUT = {
    '{"min": 0.001, "max": 0.1, "min_segment_': (
        '{"min": 0.001, "max": 0.1, "min_segment_size": 500}'
    ),
    '"strict_date_optional_time||epoch_second': '"strict_date_optional_time||epoch_second"',
}


def recorded_answers() -> dict[str, dict[str, str]]:
    """Kind of field to value to answer."""
    answers: dict[str, dict[str, str]] = {}
    content = json.loads((FOLDER / "accept_9.0.0.json").read_text(encoding="utf-8"))
    for key, answer in content.items():
        kind, _, value = key.partition("|")
        answers.setdefault(kind, {})[value] = answer
    return answers


def create_with(
    es: Elasticsearch, index: str, fields: dict[str, Any], **mapping: Any
) -> dict[str, str]:
    """Makes an index with those of ``fields`` that the engine has; the others, and why not."""
    refused: dict[str, str] = {}
    while True:
        kept = {name: field for name, field in fields.items() if name not in refused}
        properties = {name: {"type": "keyword"} for name in ("z", "z2")} | kept
        try:
            es.indices.create(
                index=index, settings=SETTINGS, mappings={**mapping, "properties": properties}
            )
        except BadRequestError as error:
            why = reason(error)
            names = [name for name in re.findall(r"\[(\w+)\]", why) if name in kept]
            if not names:
                raise
            refused[names[0]] = why
        else:
            return refused


def ask_all(es: Elasticsearch, prefix: str) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The engine's answers in the words of the recorded ones, and the kinds that it has not.

    A document a question, each with a field of its own: most in one index, all in one bulk.
    """
    kinds = list(recorded_answers())
    dynamic = [kind for kind in kinds if kind.startswith("UNMAPPED")]
    fields = {
        f"k{kinds.index(kind)}v{number}": FIELDS.get(kind, {"type": kind})
        for kind in kinds
        if kind not in dynamic
        for number in range(len(VALUES))
    }
    refused = create_with(es, f"{prefix}mapped", fields, dynamic="strict")
    missing = {kinds[int(name[1:].partition("v")[0])]: why for name, why in refused.items()}
    indices = dict.fromkeys(kinds, f"{prefix}mapped")
    for kind in dynamic:
        indices[kind] = f"{prefix}unmapped-{kind.partition('=')[2]}"
        try:
            create_with(es, indices[kind], {}, dynamic=kind.partition("=")[2])
        except BadRequestError as error:
            missing[kind] = reason(error)
    lines = []
    for number, kind in enumerate(kinds):
        if kind not in missing:
            for value, literal in enumerate(VALUES.values()):
                name = f"k{number}v{value}"
                target = {"_index": indices[kind], "_id": name}
                lines += [json.dumps({"index": target}), f'{{"{name}":{literal}}}']
    items = es.bulk(body="\n".join([*lines, ""]), refresh=True)["items"]
    results = {item["index"]["_id"]: item["index"] for item in items}
    mappings = {index: m["mappings"] for index, m in es.indices.get_mapping(
        index=f"{prefix}*").items()}  # fmt: skip
    answers = {}
    for number, kind in enumerate(kinds):
        if kind not in missing:
            names = {value: f"k{number}v{v}" for v, value in enumerate(VALUES)}
            hits = _hits(es, indices[kind], list(names.values()))
            answers[kind] = {
                value: _answer(name, results[name], hits.get(name), mappings[indices[kind]])
                for value, name in names.items()
            }
    return answers, missing


def _hits(es: Elasticsearch, index: str, names: list[str]) -> dict[str, Any]:
    exist = [{"exists": {"field": name, "_name": name}} for name in names]
    try:
        found = es.search(
            index=index,
            query={"bool": {"filter": {"ids": {"values": names}}, "should": exist}},
            fields=names + [f"{name}.*" for name in names],
            source=False,
            size=len(names),
        )
    except BadRequestError:
        # One value that the engine took and cannot show is enough.
        if len(names) == 1:
            return {names[0]: {"unreadable": True}}
        half = len(names) // 2
        return _hits(es, index, names[:half]) | _hits(es, index, names[half:])
    return {hit["_id"]: hit for hit in found["hits"]["hits"]}


def _answer(name: str, item: Any, hit: Any, mapping: Any) -> str:
    if "error" in item:
        return f"REJECT {item['status']}"
    if "unreadable" in hit:
        return "ok, and no search can show it"
    fields = hit.get("fields", {})
    own = {key: value for key, value in fields.items() if key.startswith(f"{name}.")}
    shown = fields.get(name) or ({_plain(name, k): v for k, v in own.items()} if own else None)
    text = (
        f"ok fields={json.dumps(shown)[:60]} exists={int(name in hit.get('matched_queries', ()))}"
    )
    if ignored := hit.get("_ignored"):
        text += f" _ignored={[_plain(name, field) for field in ignored]}"
    dynamic = mapping.get("dynamic")
    if dynamic in ("true", "runtime"):
        kinds = {"f": mapping.get("properties", {}).get(name)}
        text += f" map={json.dumps({k: v.get('type', 'object') for k, v in kinds.items() if v})}"
        runtime = {
            _plain(name, field): definition
            for field, definition in mapping.get("runtime", {}).items()
            if re.fullmatch(rf"{name}(\..*)?", field)
        }
        text += f" rt={json.dumps(runtime)}" if runtime else ""
    return text


def _plain(name: str, field: str) -> str:
    return "f" + field.removeprefix(name)


def reason(error: ApiError) -> str:
    """What an engine says of a request that it refuses."""
    return str(error.body["error"]["reason"]) if isinstance(error.body, dict) else str(error)


@dataclass(frozen=True, eq=False)
class ParameterChange:
    """A row of ``putmapping_9.0.0.txt``.

    Attributes:
        kind: Type of the field.
        parameter: What changes.
        old: What it was; ``None`` is not set.
        new: What it is to be.
        taken: Whether PUT mapping takes the change.
        taken_back: Whether it takes the way back; ``None`` where it was not asked.
        may_be_omitted: Whether it takes the definition without the parameter, when it is ``new``.
    """

    kind: str
    parameter: str
    old: Any
    new: Any
    taken: bool
    taken_back: bool | None
    may_be_omitted: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.parameter} {json.dumps(self.old)}->{json.dumps(self.new)}"


_ROW = re.compile(
    r"(?P<kind>\S+?)\s+(?P<parameter>\w+)\s+(?P<old>\S.*?)->(?P<new>.*?)\s*\| "
    r"(?P<taken>OK|NO).*?\| back:(?P<back>-|OK|NO).*?\| omit:(?P<omit>OK|NO)"
)


def recorded_changes() -> list[ParameterChange]:
    """The rows of types that the measured engine had."""
    rows = (FOLDER / "putmapping_9.0.0.txt").read_text(encoding="utf-8").splitlines()
    return [_change(row) for row in rows if "CREATE_A failed" not in row and row.strip()]


def _change(row: str) -> ParameterChange:
    match = _ROW.match(row)
    assert match, row
    new = _CUT.get(match["new"], match["new"])
    back = {"-": None, "OK": True, "NO": False}[match["back"]]
    return ParameterChange(
        match["kind"], match["parameter"], json.loads(match["old"]), json.loads(new),
        match["taken"] == "OK", back, match["omit"] == "OK",
    )  # fmt: skip
