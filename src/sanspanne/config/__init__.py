"""The configuration: where it comes from (`load`), what it may say (`sections`), and what makes sense (`validate`).

Every error is a `ConfigError` whose message names the file and the setting, says what was expected and shows a right
example. Nothing here opens a connection or reads a secret: `sanspanne.secrets` does, when the service is built.
"""

from sanspanne.config.kinds import KIND_NAMES
from sanspanne.config.load import find, from_environment, load, parse
from sanspanne.config.sections import (
    ClocksConfig,
    Config,
    KeyConfig,
    ModelConfig,
    OnboardConfig,
    ProbesConfig,
    ProviderConfig,
    ServerConfig,
)

__all__ = [
    "KIND_NAMES",
    "ClocksConfig",
    "Config",
    "KeyConfig",
    "ModelConfig",
    "OnboardConfig",
    "ProbesConfig",
    "ProviderConfig",
    "ServerConfig",
    "find",
    "from_environment",
    "load",
    "parse",
]
