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
