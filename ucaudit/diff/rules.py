"""Every rule: what kind of change it names. A rule without its mirror needs a reason.

A test holds the table to its promises: names are unique, each mirror points back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change.

    Attributes:
        name: Stable kebab-case name.
        family: ``fields``, ``types``, ``enums``, ``unions``, ``constraints``, ``formats``,
            ``defaults``, ``openness``, ``calls``, ``audit`` or ``index``.
        summary: What changed, in a few words.
        mirror: The rule of the same change made backwards.
        safe_way: How to get there without breaking anyone.
    """

    name: str
    family: str
    summary: str
    mirror: str
    safe_way: str


_ADD_FIRST = "Add the new one beside the old, let both live for a release, then remove the old."
_OPTIONAL = "Make it optional first; require it once every caller sends it."
_READERS = "Teach every reader the new form before anyone sends it."
_NONE = "Safe as it is."

_TABLE: Final = (
    ("required-field-added", "fields", "a required field is new", "required-field-removed", _OPTIONAL),
    ("required-field-removed", "fields", "a required field is gone", "required-field-added", _OPTIONAL),
    ("optional-field-added", "fields", "an optional field is new", "optional-field-removed", _NONE),
    ("optional-field-removed", "fields", "an optional field is gone", "optional-field-added", _NONE),
    ("field-renamed", "fields", "a field has another name", "field-renamed", _ADD_FIRST),
    ("field-became-required", "fields", "a field must be present now", "field-became-optional", _OPTIONAL),
    ("field-became-optional", "fields", "a field may be absent now", "field-became-required", _READERS),
    ("nullable-added", "fields", "null is allowed now", "nullable-removed", _READERS),
    ("nullable-removed", "fields", "null is no longer allowed", "nullable-added", _READERS),
    ("type-changed", "types", "the type is another", "type-changed", _ADD_FIRST),
    ("type-widened", "types", "more types are allowed", "type-narrowed", _READERS),
    ("type-narrowed", "types", "fewer types are allowed", "type-widened", _ADD_FIRST),
    ("single-to-list", "types", "one value became a list", "list-to-single", _ADD_FIRST),
    ("list-to-single", "types", "a list became one value", "single-to-list", _ADD_FIRST),
    ("map-to-object", "types", "free keys became fixed fields", "object-to-map", _ADD_FIRST),
    ("object-to-map", "types", "fixed fields became free keys", "map-to-object", _ADD_FIRST),
    ("enum-value-added", "enums", "the enum has more values", "enum-value-removed", _READERS),
    ("enum-value-removed", "enums", "the enum has fewer values", "enum-value-added", _ADD_FIRST),
    ("enum-opened", "enums", "any value is allowed now", "enum-closed", _READERS),
    ("enum-closed", "enums", "only listed values are allowed now", "enum-opened", _ADD_FIRST),
    ("union-member-added", "unions", "the union has another member", "union-member-removed", _READERS),
    ("union-member-removed", "unions", "the union lost a member", "union-member-added", _ADD_FIRST),
    ("range-widened", "constraints", "more numbers are allowed", "range-narrowed", _READERS),
    ("range-narrowed", "constraints", "fewer numbers are allowed", "range-widened", _ADD_FIRST),
    ("range-changed", "constraints", "other numbers are allowed", "range-changed", _ADD_FIRST),
    ("size-widened", "constraints", "more sizes are allowed", "size-narrowed", _READERS),
    ("size-narrowed", "constraints", "fewer sizes are allowed", "size-widened", _ADD_FIRST),
    ("size-changed", "constraints", "other sizes are allowed", "size-changed", _ADD_FIRST),
    ("unique-items-added", "constraints", "items must differ now", "unique-items-removed", _ADD_FIRST),
    ("unique-items-removed", "constraints", "items may repeat now", "unique-items-added", _READERS),
    ("constraint-changed", "constraints", "a constraint is another", "constraint-changed", _ADD_FIRST),
    ("format-added", "formats", "the text has a format now", "format-removed", _ADD_FIRST),
    ("format-removed", "formats", "the text has no format any more", "format-added", _READERS),
    ("format-changed", "formats", "the format is another", "format-changed", _ADD_FIRST),
    ("default-changed", "defaults", "the default is another", "default-changed", _NONE),
    ("object-closed", "openness", "undeclared fields are refused now", "object-opened", _READERS),
    ("object-opened", "openness", "undeclared fields are accepted now", "object-closed", _NONE),
    ("other-fields-restricted", "openness", "undeclared fields are typed now", "other-fields-freed", _READERS),
    ("other-fields-freed", "openness", "undeclared fields are free now", "other-fields-restricted", _NONE),
    ("call-added", "calls", "the call is new", "call-removed", _NONE),
    ("call-removed", "calls", "the call is gone", "call-added", "Keep it until no caller is left."),
    ("call-renamed", "calls", "the call has another name", "call-renamed", "Serve both names for a release."),
    ("part-added", "calls", "a side of the call has a schema now", "part-removed", _NONE),
    ("part-removed", "calls", "a side of the call has no schema any more", "part-added", _NONE),
    ("redaction-added", "audit", "the value is no longer logged", "redaction-removed", _NONE),
    ("redaction-removed", "audit", "a value that was kept out is logged now", "redaction-added",
     "Keep the redaction, or have the decision accepted with its reason."),
    ("retention-changed", "audit", "documents are kept for another time", "retention-changed", _NONE),
    ("recording-added", "audit", "the response is logged now", "recording-removed", _NONE),
    ("recording-removed", "audit", "the response is no longer logged", "recording-added", _NONE),
    ("index-hint-changed", "index", "the field is to be indexed otherwise", "index-hint-changed", _NONE),
    ("mapping-changed", "index", "the compiled mapping is another", "mapping-changed", _NONE),
)  # fmt: skip

RULES: Final[dict[str, Rule]] = {row[0]: Rule(*row) for row in _TABLE}
"""Rules by name."""
