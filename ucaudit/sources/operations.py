"""The parts of an OpenAPI operation as schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.sources.bundle import Bundle
from ucaudit.sources.files import Files, Place

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PLACES: Final = ("path", "query", "header", "cookie")
# These headers belong to the request as such; OpenAPI ignores them as parameters.
_NO_PARAMETERS: Final = frozenset({"accept", "content-type", "authorization"})
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_SUCCESS: Final = re.compile(r"2(?:[0-9][0-9]|XX)\Z", re.IGNORECASE)
BODY: Final = "body"


def invalid(place: Place, why: str) -> InputError:
    """The error that the document is not as OpenAPI wants it."""
    return InputError(
        "openapi-invalid",
        "The OpenAPI document is not valid.",
        where=str(place),
        why=why,
        fix="Mend the document; https://spec.openapis.org describes the form.",
    )


class Reader:
    """Reads requests and responses.

    Args:
        files: Where the document and what it refers to are.
        bundle: Takes the schemas.
    """

    def __init__(self, files: Files, bundle: Bundle) -> None:
        self.files = files
        self._bundle = bundle

    def object(self, value: Json, place: Place) -> JsonObject:
        """``value``, if it is an object.

        Raises:
            InputError: If it is none.
        """
        if not isinstance(value, dict):
            raise invalid(place, f"an object is expected, not {value!r:.60}")
        return value

    def follow(self, value: Json, place: Place) -> tuple[JsonObject, Place]:
        """The object at ``place``, or that its ``$ref`` leads to, and where that stands.

        Raises:
            InputError: If it is no object, or refers to nothing or to itself.
        """
        seen = [place]
        while "$ref" in self.object(value, place):
            place = self.files.resolve(value["$ref"], place.below("$ref"))
            if place in seen:
                raise InputError(
                    "ref-cycle",
                    "The reference leads back to itself without describing anything.",
                    where=str(seen[0]),
                    why=" → ".join(f"#{p.pointer}" for p in (*seen, place)),
                    fix="Let one of them say what it is.",
                )
            seen.append(place)
            value = self.files.at(place)
        return value, place

    def request(self, operation: Place, item: Place) -> JsonObject:
        """The request: parameters by name, and the body."""
        fields: JsonObject = {}
        required: list[str] = []
        for parameter, place in self._parameters(operation, item):
            name = _free(parameter["name"], parameter["in"], fields)
            fields[name] = self._parameter(parameter, place)
            if parameter["in"] == "path" or parameter.get("required") is True:
                required.append(name)
        written = self.files.at(operation).get("requestBody")
        if written is not None:
            body, place = self.follow(written, operation.below("requestBody"))
            fields[BODY] = self._content(body, place)
            if body.get("required") is True:
                required.append(BODY)
        schema: JsonObject = {"type": "object", "properties": fields}
        if required:
            schema["required"] = required
        return {**schema, "$defs": self._bundle.definitions}

    def response(self, operation: Place) -> JsonObject | None:
        """The body of the first success; ``None`` if none has a body."""
        at = operation.below("responses")
        responses = self.object(self.files.at(operation).get("responses", {}), at)
        successes = sorted(code for code in responses if _SUCCESS.match(code))
        for code in successes or [code for code in responses if code == "default"]:
            response, place = self.follow(responses[code], at.below(code))
            if self.object(response.get("content", {}), place.below("content")):
                return self._with_definitions(self._content(response, place))
        return None

    def whole(self, schema: Json, place: Place) -> JsonObject:
        """A schema that stands for itself, with the definitions."""
        return self._with_definitions(self._bundle.add(schema, place))

    def _with_definitions(self, schema: Json) -> JsonObject:
        if not isinstance(schema, dict):
            schema = {} if schema is True else {"not": {}}
        return {**schema, "$defs": self._bundle.definitions}

    def _parameters(self, operation: Place, item: Place) -> Iterable[tuple[JsonObject, Place]]:
        """Parameters of the path, overridden by those of the operation; by place, then as written.

        The order of places decides who keeps a name that several places use.
        """
        found: dict[tuple[str, str], tuple[JsonObject, Place]] = {}
        for owner in (item, operation):
            at = owner.below("parameters")
            written = self.files.at(owner).get("parameters", [])
            if not isinstance(written, list):
                raise invalid(at, "a list of parameters is expected")
            for index, value in enumerate(written):
                parameter, place = self.follow(value, at.below(index))
                name, where = parameter.get("name"), parameter.get("in")
                if not isinstance(name, str) or not name:
                    raise invalid(place.below("name"), "a parameter needs a name")
                if where not in _PLACES:
                    raise invalid(place.below("in"), f"a parameter is in one of {_PLACES}")
                if where != "header" or name.lower() not in _NO_PARAMETERS:
                    found[str(where), name] = parameter, place
        return sorted(found.values(), key=lambda entry: _PLACES.index(entry[0]["in"]))

    def _parameter(self, parameter: JsonObject, place: Place) -> Json:
        if "content" in parameter:
            schema = self._content(parameter, place)
        else:
            schema = self._bundle.add(parameter.get("schema", {}), place.below("schema"))
        if not isinstance(schema, dict):
            return schema
        own: JsonObject = {
            key: parameter[key] for key in ("description", "x-audit") if key in parameter
        }
        if parameter.get("deprecated") is True:
            own["deprecated"] = True
        return {**schema, **own}

    def _content(self, owner: JsonObject, place: Place) -> Json:
        """The schema of the media type that is read."""
        at = place.below("content")
        content = self.object(owner.get("content", {}), at)
        if not content:
            return {}
        name = min(content, key=_rank)
        media = self.object(content[name], at.below(name))
        return self._bundle.add(media.get("schema", {}), at.below(name, "schema"))


def _rank(media_type: str) -> tuple[int, str]:
    plain = media_type.partition(";")[0].strip().lower()
    if plain == "application/json":
        return 0, media_type
    if plain.endswith(("+json", "/json")):
        return 1, media_type
    if plain in _FORMS:
        return 2 + _FORMS.index(plain), media_type
    return 5 if "*" in plain else 4, media_type


def _free(name: str, where: str, fields: JsonObject) -> str:
    """``name``, with its place where another parameter, or the body, has the name already."""
    while name in fields or name == BODY:
        name = f"{name}_{where}"
    return name
