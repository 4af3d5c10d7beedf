"""Which index a writer writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ucaudit.errors import InputError
from ucaudit.history.baked import Baked, baked_in, baked_with, package_spec
from ucaudit.names import Naming

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path


def index_name(
    call: str,
    at: datetime | date,
    *,
    package: str | None = None,
    schemas: Path | str | None = None,
    allow_open: bool = False,
) -> str:
    """The index that a document of ``call`` of the time ``at`` belongs to.

    The generation is that of the newest released version in the recorded history that the writer
    was built with: what the build hook baked into a package, else the folder of the checkout.

    Args:
        call: Full name of the call.
        at: Time of the document, with a time zone; its day in UTC counts.
        package: The package that the history was baked into, which need not be imported; by
            default the one on the path that was built with the call. Where nothing is baked into
            it (an editable install), the configuration above its folder says where the history is.
        schemas: Folder of the recorded history, instead.
        allow_open: Whether an open version may start a generation (for development).

    Raises:
        InputError: If the call is not recorded, has no released version, or its open version starts
            a generation that has not been released; ``at`` has no time zone; there is no such
            package, or two of them disagree.
    """
    baked = None
    if schemas is None:
        baked = baked_in(package) if package is not None else baked_with(call)
    if baked is None:
        baked = _of_checkout(call, package, schemas)
    generation = _generation(call, baked, allow_open=allow_open)
    return Naming(baked.prefix).daily(call, generation, at)


def _of_checkout(call: str, package: str | None, schemas: Path | str | None) -> Baked:
    from pathlib import Path  # noqa: PLC0415  (what is baked needs none of these)

    from ucaudit.config import load_config  # noqa: PLC0415
    from ucaudit.history.baking import read_call  # noqa: PLC0415

    start = None
    if package is not None and schemas is None:
        start = Path(next(iter(package_spec(package).submodule_search_locations or ())))
    config = load_config(start=start)
    folder = Path(schemas) if schemas is not None else config.schemas_path
    return read_call(call, folder, config.prefix)


def _generation(call: str, baked: Baked, *, allow_open: bool) -> int:
    released, opened = baked.generations.get(call), baked.opened.get(call)
    if opened is not None and allow_open:
        return opened
    if released is None:
        raise InputError(
            "call-unreleased",
            f"The call {call!r} has no released version.",
            where=baked.place,
            fix="Run ucaudit lock and ucaudit release, and deploy the schemas with the service.",
        )
    if opened is not None:
        raise InputError(
            "generation-unreleased",
            f"The open version of {call!r} starts generation {opened}, which is not released.",
            where=baked.place,
            fix="Run ucaudit release before deploying, or pass allow_open=True in development.",
        )
    return released
