"""How loud findings are: levels follow from effects, by what a project allows.

Effects are facts and stay as they are, whatever a policy makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from ucaudit.config import Config, DefaultReading, Loudness, Policy, RuleLevel
from ucaudit.diff.model import Diff, Effect, Finding
from ucaudit.errors import InputError

Direction = Literal["backward", "forward"]
DIRECTIONS: Final[tuple[Direction, ...]] = ("backward", "forward")
_LOUDNESS: Final[dict[RuleLevel, int]] = {"error": 0, "warning": 1, "info": 2, "off": 3}
# Errors whatever the policy guards: only their own level makes them quieter.
_ALWAYS: Final = frozenset({"redaction-removed"})


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """What one call has to keep.

    Attributes:
        policy: Which directions must not break.
        unknown: What an effect counts as that could not be decided.
        required_with_default: Whether a field breaks that is required now and has a default.
        levels: Rules whose level does not follow from effects.
    """

    policy: Policy = "full"
    unknown: Loudness = "warning"
    required_with_default: DefaultReading = "breaks"
    levels: Mapping[str, RuleLevel] = field(default_factory=dict)

    @property
    def guards(self) -> tuple[Direction, ...]:
        """The directions that must not break."""
        kept = self.policy.removesuffix("_transitive")
        return tuple(d for d in DIRECTIONS if kept in ("full", d))

    @property
    def transitive(self) -> bool:
        """Whether they must not break with any released version either."""
        return self.policy.endswith("_transitive")

    def counted(self, finding: Finding) -> dict[Direction, Effect]:
        """The effects of a finding that count: all but those that a default makes up for."""
        return {
            direction: "ok" if self._forgives(finding, direction) else effect
            for direction, effect in _directions(finding)
        }

    def _forgives(self, finding: Finding, direction: Direction) -> bool:
        if self.required_with_default == "breaks" or not finding.filled:
            return False
        # Old callers send requests, old services answer; the other way round forward.
        senders = {
            "old" if (place.part == "request") == (direction == "backward") else "new"
            for place in finding.occurrences
        }
        return senders <= finding.filled

    def level(self, finding: Finding) -> RuleLevel:
        """How loud a finding is for this call: an error is what the policy forbids."""
        if finding.rule in self.levels:
            return self.levels[finding.rule]
        effects = self.counted(finding)
        levels: list[RuleLevel] = ["info"]
        if finding.rule in _ALWAYS:
            levels.append("error")
        if finding.effects.index == "reindex":
            levels.append("warning")
        for direction, effect in effects.items():
            if effect == "unknown" and self.unknown != "error":
                levels.append(self.unknown)
            elif effect != "ok":
                levels.append("error" if direction in self.guards else "warning")
        return min(levels, key=_LOUDNESS.__getitem__)


def _directions(finding: Finding) -> Iterator[tuple[Direction, Effect]]:
    yield "backward", finding.effects.backward
    yield "forward", finding.effects.forward


@dataclass(frozen=True, slots=True)
class Policies:
    """What the calls of a project have to keep.

    Attributes:
        general: What holds where no override matches.
        overrides: Glob on call names to what is otherwise there. All that match apply in the order
            in which they are written: a later one goes before an earlier one, key by key.
    """

    general: CallPolicy = field(default_factory=CallPolicy)
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config) -> Policies:
        """The policies of a configuration.

        Raises:
            InputError: If a level is given to a rule that does not exist.
        """
        _check_rules(config.levels, "levels")
        for glob, settings in config.calls.items():
            _check_rules(settings.get("levels", {}), f'calls."{glob}".levels')
        general = CallPolicy(
            config.policy, config.unknown, config.required_with_default, config.levels
        )
        return cls(general, config.calls)

    def of_call(self, name: str) -> CallPolicy:
        """What the call of that name has to keep."""
        policy = self.general
        for glob, settings in self.overrides.items():
            if fnmatchcase(name, glob):
                levels = {**policy.levels, **settings.get("levels", {})}
                policy = replace(policy, **{**settings, "levels": levels})
        return policy


def _check_rules(levels: Mapping[str, RuleLevel], place: str) -> None:
    if not levels:
        return
    from ucaudit.diff.rules import find_rule  # noqa: PLC0415  (most projects name no rule)

    for name in levels:
        try:
            find_rule(name)
        except InputError as error:
            error.where = f"tool.ucaudit.{place}.{name}"
            raise


def apply_policy(diff: Diff, policies: Policies) -> None:
    """Sets the level of each finding and puts the loudest first.

    A cause that reaches several calls is as loud as in the one where it is loudest. What is off is
    counted instead of listed; the effects of calls stay what they are.
    """
    reached = _policies_by_finding(diff, policies)
    listed, off = [], set()
    for finding in diff.findings:
        policy_of = reached.get(finding.id, [policies.general])
        level = min((p.level(finding) for p in policy_of), key=_LOUDNESS.__getitem__)
        if level == "off":
            off.add(finding.id)
        else:
            finding.level = level
            listed.append(finding)
    diff.findings = sorted(listed, key=_order)
    if off:
        diff.off += len(off)
        for call in diff.calls:
            call.findings = [key for key in call.findings if key not in off]


def _policies_by_finding(diff: Diff, policies: Policies) -> dict[str, list[CallPolicy]]:
    """The different policies of the calls that a finding reaches; nothing if all are the same."""
    found: dict[str, list[CallPolicy]] = {}
    if policies.overrides:
        for call in diff.calls:
            policy = policies.of_call(call.call)
            for key in call.findings:
                known = found.setdefault(key, [])
                if policy not in known:
                    known.append(policy)
    return found


def _order(finding: Finding) -> tuple[int, str, str, str, str]:
    return _LOUDNESS[finding.level], finding.owner, finding.pointer, finding.rule, finding.id
