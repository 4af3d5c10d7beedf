"""Where the configuration is found and what it may say."""

from __future__ import annotations

import pytest

from ucaudit.config import Config, load_config
from ucaudit.errors import InputError


def test_the_nearest_configuration_counts(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.ucaudit]\nprefix = "logs_"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert load_config(start=inner) == Config(root=tmp_path, prefix="logs_")
    (tmp_path / "a" / "ucaudit.toml").write_text('schemas = "x"\nshards = 2\n')
    config = load_config(start=inner)
    assert (config.root, config.shards) == (tmp_path / "a", 2)
    assert config.schemas_path == tmp_path / "a" / "x"
    assert config.naming.prefix == "http_logs_"


def test_without_configuration_the_defaults_hold(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load_config(start=tmp_path) == Config(root=tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense = 1", "known keys are"),
        ("prefix = 3", "not a string"),
        ("shards = 0", "too small"),
        ("shards = true", "not a number"),
        ('policy = "sideways"', "backward, forward, full"),
        ("prefix = [", "ucaudit.toml"),
        ('unknown = "breaks"', "error, warning, info"),
        ('unknown_fields = "open"', "ignored, literal"),
        ("required_with_default = true", "not a string"),
        ('levels = "off"', "not a table"),
        ('levels = {a-rule = "loud"}', "error, warning, info, off"),
        ("levels = {a-rule = 1}", "error, warning, info, off"),
        ("calls = []", "not a table"),
        ('calls = {"a.*" = "full"}', "not a table"),
        ('calls."a.*".policy = "sideways"', "full_transitive"),
        ('calls."a.*".prefix = "x"', "levels, policy, required_with_default, unknown"),
        ('calls."a.*".levels.a-rule = "loud"', "error, warning, info, off"),
    ],
)
def test_wrong_configuration_is_one_clear_error(tmp_path, text, why):
    path = tmp_path / "ucaudit.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_config(path)
    error = caught.value
    assert why in f"{error.why} {error.where}"
    assert error.fix


def test_a_missing_configuration_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_config(tmp_path / "ucaudit.toml")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('polcy = "full"', "tool.ucaudit.polcy"),
        ('levels = {a-rule = "loud"}', "tool.ucaudit.levels.a-rule"),
        ('calls.x.policy = "sideways"', "tool.ucaudit.calls.x.policy"),
        ('calls."a.*".policy = "sideways"', 'tool.ucaudit.calls."a.*".policy'),
        ('calls."a.*".levels.a-rule = "loud"', 'tool.ucaudit.calls."a.*".levels.a-rule'),
    ],
)
def test_a_wrong_key_is_named_as_the_file_has_it(tmp_path, text, key):
    (tmp_path / "pyproject.toml").write_text(f"[tool.ucaudit]\n{text}\n")
    with pytest.raises(InputError) as caught:
        load_config(start=tmp_path)
    assert f" {key} " in caught.value.what
    (tmp_path / "ucaudit.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_config(start=tmp_path)
    assert f" {key.removeprefix('tool.ucaudit.')} " in caught.value.what


def test_what_a_project_guards_and_allows(tmp_path):
    path = tmp_path / "ucaudit.toml"
    path.write_text(
        """
policy = "backward_transitive"
unknown = "error"
required_with_default = "ok"
unknown_fields = "literal"
levels = {default-changed = "off"}
[calls."files.*"]
policy = "full"
levels = {call-removed = "info"}
"""
    )
    config = load_config(path)
    assert (config.policy, config.unknown) == ("backward_transitive", "error")
    assert (config.required_with_default, config.unknown_fields) == ("ok", "literal")
    assert config.levels == {"default-changed": "off"}
    assert config.calls == {"files.*": {"policy": "full", "levels": {"call-removed": "info"}}}
