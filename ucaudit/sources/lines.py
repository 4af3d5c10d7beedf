"""Lines of places in JSON and YAML texts, by JSON pointer; of messages in protobuf, by name."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ucaudit.schema.document import unescape

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_OBJECT: Final = -1


def line_in_json(text: str, pointer: str) -> int:
    """Line, from 1, of the key or entry at ``pointer``, or of the last place on the way there."""
    wanted = [unescape(token) for token in pointer.split("/")[1:]]
    offset = _offset(text, wanted) if wanted else 0
    return text.count("\n", 0, offset) + 1


def _offset(text: str, wanted: list[str]) -> int:
    """Looks at each piece once; containers that lead nowhere are passed over."""
    stack: list[int] = []
    found = matched = 0
    is_key = False
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece in ("}", "]", ","):
            # What was found so far ends here: the next one is not in it.
            if len(stack) <= matched + (piece != ","):
                return found
            if piece != ",":
                stack.pop()
            elif stack[-1] != _OBJECT:
                stack[-1] += 1
            is_key = bool(stack) and stack[-1] == _OBJECT and piece == ","
            continue
        if piece == ":":
            continue
        if len(stack) == matched + 1 and (is_key or stack[-1] != _OBJECT):
            name = json.loads(piece) if is_key else str(stack[-1])
            if name == wanted[matched]:
                found, matched = match.start(), matched + 1
                if matched == len(wanted):
                    return found
        is_key = piece == "{"
        if piece in ("{", "["):
            stack.append(_OBJECT if is_key else 0)
    return found


def line_in_yaml(text: str, pointer: str) -> int:
    """The same in YAML."""
    import yaml  # noqa: PLC0415  (most projects have no YAML)

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    node = yaml.compose(text, Loader=loader)
    line: int = 0 if node is None else node.start_mark.line
    for token in map(unescape, pointer.split("/")[1:]):
        if isinstance(node, yaml.MappingNode):
            pairs = ((k, v) for k, v in node.value if str(k.value) == token)
            at, node = next(pairs, (None, None))
        elif isinstance(node, yaml.SequenceNode) and token.isdecimal():
            at = node = node.value[int(token)] if int(token) < len(node.value) else None
        else:
            break
        if at is None:
            break
        line = at.start_mark.line
    return line + 1


def line_in_proto(text: str, message: str, field: str | None = None) -> int:
    """Line, from 1, of a message or of a field of it, in the text of a ``.proto`` file.

    Args:
        text: The text.
        message: Name of the message, perhaps with its package.
        field: Name of the field, as it is written or as JSON has it.
    """
    name = re.escape(message.rpartition(".")[2])
    found = re.search(rf"\b(?:message|rpc|enum)\s+{name}\b", text)
    if found is None:
        return 1
    at = found.start()
    if field is not None:
        # JSON has jobPort where the file has job_port.
        spelled = re.sub("[A-Z]", lambda capital: f"_?{capital[0]}", field)
        pattern = rf"(?i)\b{spelled}\s*=\s*[0-9]"
        inside = re.search(pattern, text[at : _end_of_block(text, at)])
        at += inside.start() if inside is not None else 0
    return text.count("\n", 0, at) + 1


def _end_of_block(text: str, start: int) -> int:
    depth = 0
    for brace in re.finditer("[{}]", text[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.end()
    return len(text)
