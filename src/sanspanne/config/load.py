"""Where the configuration comes from: a file, or the keys in the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sanspanne.config.kinds import KINDS, kind_named
from sanspanne.config.sections import Config, ModelConfig, ProviderConfig
from sanspanne.config.shape import deviations
from sanspanne.config.validate import mistakes
from sanspanne.errors import ConfigError

FILE_NAME = "sanspanne.toml"
PATHS = {"keys": ("secret_file", "webhook_secret_file"), "providers": ("key_file",)}


def find(config_path: Path | None, cwd: Path, environ: Mapping[str, str]) -> Config:
    """The file that was named; without one `sanspanne.toml` in `cwd`; without that the keys in the environment."""
    if config_path is not None:
        return load(cwd / config_path)
    usual = cwd / FILE_NAME
    return load(usual) if usual.exists() else from_environment(environ)


def load(path: Path) -> Config:
    """The configuration in a TOML file. Raises `ConfigError` with one line for each mistake."""
    return parse(_document(path), source=path.name, folder=path.parent)


def parse(document: dict[str, Any], *, source: str = FILE_NAME, folder: Path | None = None) -> Config:
    """The configuration in a document that was read from `source`. Paths in it are relative to `folder`."""
    _refuse(deviations(document, Config), source)
    config = msgspec.convert(document if folder is None else _anchored(document, folder), Config)
    _refuse(mistakes(config), source)
    return config if config.models else _with_auto(config)


def from_environment(environ: Mapping[str, str]) -> Config:
    """Without a file: a provider for each key that is there, and `auto`, the chain over all of them."""
    providers = {}
    for kind in KINDS:
        found = next((name for name in kind.key_envs if environ.get(name, "").strip()), None)
        if found:
            providers[kind.name] = ProviderConfig(kind=kind.name, key_env=found)
    return _with_auto(Config(providers=providers))


def _with_auto(config: Config) -> Config:
    usual = {name: kind_named(provider.kind).default_model for name, provider in config.providers.items()}
    chain = [f"{name}/{model}" for name, model in usual.items() if model]
    if config.onboard.enabled:
        chain.append("onboard")
    if not chain:
        return config
    auto = ModelConfig(chain=tuple(chain), onboard=config.onboard.enabled)
    return msgspec.structs.replace(config, models={"auto": auto})


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError:
        raise ConfigError(
            f"There is no file {path}. Expected a configuration in TOML. For example: sanspanne serve --config {FILE_NAME}"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}). Expected a file. For example: {FILE_NAME}"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text in UTF-8. A line of it looks like this: port = 8080") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply. A line of it looks like this: port = 8080") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. A line of it looks like this: port = 8080") from None


def _refuse(sentences: Any, source: str) -> None:
    found = [f"{source}: {sentence}" for sentence in sentences]
    if found:
        raise ConfigError("\n".join(found))


def _anchored(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    anchored = {name: dict(table) for name, table in document.items()}
    for section, names in PATHS.items():
        tables = anchored.get(section, {})
        anchored[section] = {name: _joined(table, names, folder) for name, table in tables.items()}
    if "onboard" in anchored:
        anchored["onboard"] = _joined(anchored["onboard"], ("path",), folder)
    return anchored


def _joined(table: dict[str, Any], names: tuple[str, ...], folder: Path) -> dict[str, Any]:
    return {key: str(folder / _at_home(value)) if key in names else value for key, value in table.items()}


def _at_home(path: str) -> Path:
    return Path(path).expanduser() if path.startswith("~/") else Path(path)
