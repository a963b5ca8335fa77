"""Reading the configuration: where it comes from, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanspanne.config import Config, ProviderConfig, find, from_environment, load
from sanspanne.errors import ConfigError

WHOLE = """
[server]
port = 9000
hosts = ["chat.example.org"]
[keys.app]
secret_env = "APP_KEY"
[providers.openai]
kind = "openai"
key_env = "OPENAI_API_KEY"
[providers.llama]
kind = "llama"
base_url = "http://127.0.0.1:11434/v1"
[models.gpt]
chain = ["openai/gpt-4o", "llama/llama3.2", "onboard"]
[clocks]
gap = 15
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sanspanne.toml"
    path.write_text(text, "utf-8")
    return path


def fault(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    return str(caught.value)


def test_file_is_read_into_structs(tmp_path: Path) -> None:
    """A file that uses every kind of value arrives in the sections, with defaults for the rest."""
    config = load(written(tmp_path, WHOLE))
    assert (config.server.port, config.server.host, config.server.hosts) == (9000, "127.0.0.1", ("chat.example.org",))
    assert config.keys["app"].secret_env == "APP_KEY"
    assert config.providers["llama"].base_url == "http://127.0.0.1:11434/v1"
    assert config.models["gpt"].chain == ("openai/gpt-4o", "llama/llama3.2", "onboard")
    assert (config.clocks.gap, config.clocks.connect) == (15.0, 5.0)


def test_unknown_key_names_the_nearest_right_one(tmp_path: Path) -> None:
    """A slip of the pen is answered with the file, the path, the right name and a right line."""
    said = fault(tmp_path, '[providers.openai]\nkind = "openai"\nbase_ulr = "https://x"')
    assert said == (
        "sanspanne.toml: providers.openai.base_ulr is not a setting; did you mean base_url? "
        'For example: base_url = "https://api.openai.com/v1"'
    )


def test_unknown_key_that_resembles_nothing_lists_what_there_is(tmp_path: Path) -> None:
    """When no name is near, all that are known are named."""
    assert "those known here are chain, onboard, hedge" in fault(tmp_path, '[models.x]\nchain = ["onboard"]\nzzz = 1')


def test_unknown_section_names_the_nearest(tmp_path: Path) -> None:
    """A section with a wrong name is an error too, with the right head of a section."""
    assert "modles is not a setting; did you mean models? For example: [models.gpt]" in fault(tmp_path, "[modles.gpt]")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Who has made three mistakes is told three sentences, not one after another."""
    lines = fault(tmp_path, "[server]\nport = true\nprot = 1\n[clocks]\ngap = 0").splitlines()
    assert len(lines) == 3
    assert all(line.startswith("sanspanne.toml: ") for line in lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[server]\nport = "x"',
            "server.port is a text, but must be a whole number from 0 to 65535. For example: port = 8080",
        ),
        ("[server]\nport = 70000", "server.port is the number 70000, but must be a whole number from 0 to 65535."),
        ("[server]\nport = 80.5", "server.port is the number 80.5"),
        ("[clocks]\ngap = nan", "clocks.gap is the number nan, but must be a number from 0.05 to 3600 (seconds)."),
        ("[clocks]\ngap = inf", "clocks.gap is the number inf"),
        ("[clocks]\ngap = 2024-06-04", "clocks.gap is a date or a time"),
        ("[onboard]\nfetch = 1", "onboard.fetch is the number 1, but must be true or false. For example: fetch = true"),
        ("server = 1", "server is the number 1, but must be a section. For example: [server]"),
        ("providers = []", "providers is a list, but must hold named sections. For example: [providers.openai]"),
        ("[providers]\nopenai = 1", "providers.openai is the number 1, but must be a section."),
        (
            "[providers.openai]",
            'providers.openai lacks kind, which must be the kind of the provider. For example: kind = "openai"',
        ),
        ('[models.gpt]\nchain = "onboard"', "models.gpt.chain is a text, but must be a list"),
        ("[models.gpt]\nchain = [1]", "models.gpt.chain is a list, but must be a list of"),
        ('[models."gpt 4"]', 'models."gpt 4" lacks chain'),
    ],
)
def test_wrong_value_says_what_was_expected(tmp_path: Path, text: str, expected: str) -> None:
    """Every value of a wrong kind or size is told with its path, what it is, what it must be, and an example."""
    assert expected in fault(tmp_path, text)


def test_value_in_the_wrong_place_is_not_shown(tmp_path: Path) -> None:
    """A secret that was written where it does not belong is not repeated in the error."""
    for line in ('key = "sk-hidden"', 'base_url = ["sk-hidden"]', 'key_env = "sk-hidden"', 'key_file = ["sk-hidden"]'):
        assert "sk-hidden" not in fault(tmp_path, f'[providers.openai]\nkind = "openai"\n{line}')
    assert "sk-hidden" not in fault(tmp_path, '[keys.app]\nsha256 = "sk-hidden"')


@pytest.mark.parametrize("text", ["port = ", "= 1", "[server\n", "a = " + "[" * 5000])
def test_file_that_is_not_toml_is_told_with_a_right_line(tmp_path: Path, text: str) -> None:
    """Broken TOML, however broken, is one sentence with the place and a right line."""
    said = fault(tmp_path, text)
    assert "sanspanne.toml" in said
    assert "port = 8080" in said


def test_file_that_is_not_text(tmp_path: Path) -> None:
    """A file in another encoding is told as such."""
    path = tmp_path / "latin.toml"
    path.write_bytes(b"# caf\xe9")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        load(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A file that is not there, or is a folder, is told with the command that names one."""
    with pytest.raises(ConfigError, match=r"There is no file .*nowhere\.toml.*--config sanspanne\.toml"):
        load(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Paths in a file mean the same from whatever folder the program is started."""
    text = '[keys.app]\nsecret_file = "k"\n[providers.openai]\nkind = "openai"\nkey_file = "/o"\n[onboard]\npath = "m.gguf"'
    config = load(written(tmp_path, text))
    assert config.keys["app"].secret_file == str(tmp_path / "k")
    assert config.providers["openai"].key_file == "/o"
    assert config.onboard.path == str(tmp_path / "m.gguf")


def test_tilde_is_the_home_folder(tmp_path: Path) -> None:
    """A path that begins with ~/ lies in the user's home, not beside the file."""
    assert load(written(tmp_path, '[onboard]\npath = "~/m.gguf"')).onboard.path == str(Path.home() / "m.gguf")


def test_environment_makes_a_provider_for_each_key() -> None:
    """Without a file each key that is there gives a provider, and auto is the chain over all of them, closed on board."""
    config = from_environment({"ANTHROPIC_API_KEY": "x", "GOOGLE_API_KEY": "y", "MISTRAL_API_KEY": " "})
    assert config.providers == {
        "anthropic": ProviderConfig("anthropic", key_env="ANTHROPIC_API_KEY"),
        "gemini": ProviderConfig("gemini", key_env="GOOGLE_API_KEY"),
    }
    chain = config.models["auto"].chain
    assert [entry.partition("/")[0] for entry in chain] == ["anthropic", "gemini", "onboard"]


def test_environment_without_keys_leaves_the_model_on_board() -> None:
    """With no key at all the model on board answers alone."""
    config = from_environment({})
    assert config.providers == {}
    assert config.models["auto"].chain == ("onboard",)


def test_file_without_models_has_auto(tmp_path: Path) -> None:
    """A file that configures providers and no model gets auto over those of them that have a usual model."""
    text = '[providers.openai]\nkind = "openai"\n[providers.llama]\nkind = "llama"\n[onboard]\nenabled = false'
    assert load(written(tmp_path, text)).models["auto"].chain == ("openai/gpt-4o",)


def test_find_prefers_the_named_file_then_the_usual_one_then_the_environment(tmp_path: Path) -> None:
    """The rule of --config: what is named, else ./sanspanne.toml, else the keys in the environment."""
    environ = {"OPENAI_API_KEY": "x"}
    assert "openai" in find(None, tmp_path, environ).providers
    written(tmp_path, "[server]\nport = 1")
    assert find(None, tmp_path, environ).server.port == 1
    (tmp_path / "other.toml").write_text("[server]\nport = 2")
    assert find(Path("other.toml"), tmp_path, environ).server.port == 2


def test_empty_file_is_a_configuration(tmp_path: Path) -> None:
    """An empty file means all defaults; the environment's keys are not mixed into it."""
    config = load(written(tmp_path, ""))
    assert config.server == Config().server
    assert config.providers == {}
