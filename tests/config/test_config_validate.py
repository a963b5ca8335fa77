"""What a configuration may say: each mistake is told, and what is right passes."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.config import KIND_NAMES, Config, parse
from sanspanne.config.kinds import KINDS
from sanspanne.config.shape import example_line, section_of
from sanspanne.errors import ConfigError
from sanspanne.providers import catalogue

OPENAI = '[providers.openai]\nkind = "openai"\n'
KEY = '[keys.app]\nsecret_env = "APP_KEY"\n'
WEBHOOK = 'webhook = "https://app.example.org/answered?team=1"\n'


def fault(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(tomllib.loads(text))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[server]\nhost = ""', "server.host must be an address or a host name"),
        ('[server]\nhosts = ["https://x"]', 'server.hosts has "https://x"'),
        ('[server]\ntrusted_proxies = ["10.0.0.0/99"]', "neither an address nor a network"),
        ("[keys.app]", "exactly one of secret_env, secret_file and sha256"),
        ('[keys.app]\nsecret_env = "A"\nsecret_file = "b"', "exactly one of"),
        ('[keys.app]\nsecret_env = "not a name"', "must be the name of an environment variable"),
        ('[keys.app]\nsha256 = "abc"', "64 hexadecimal digits"),
        ('[keys."a b"]\nsecret_env = "A"', 'keys."a b" must be named with letters'),
        (
            '[providers.x]\nkind = "opanai"',
            'is not a kind of provider; did you mean openai? For example: kind = "openai"',
        ),
        ('[providers.x]\nkind = "zzzzz"', "the kinds are openai, anthropic"),
        ('[providers.x]\nkind = "onboard"', "the name onboard and the kind onboard belong together"),
        ('[providers.onboard]\nkind = "llama"', "the name onboard and the kind onboard belong together"),
        ('[providers."a/b"]\nkind = "llama"', "must be named with letters"),
        (OPENAI + 'key_env = "A"\nkey_file = "b"', "key_env or key_file, not both"),
        ('[providers.groq]\nkind = "openai-compatible"', "must have base_url"),
        ('[providers.x]\nkind = "anthropic"\nbackground = true', "providers.x.background is for the kind openai alone"),
        (OPENAI + 'base_url = "ftp://x"', "must be an http or https address"),
        (OPENAI + 'base_url = "api.openai.com/v1"', "must be an http or https address"),
        (OPENAI + 'base_url = "http://[::1"', "is not an address"),
        (OPENAI + 'base_url = "http://x:port"', "is not an address"),
        (OPENAI + 'base_url = "https://me:pw@x/v1"', "must not contain a user name or a password: use key_env"),
        (OPENAI + 'base_url = "https://x/v1?key=1"', "must not contain ? or #"),
        ('[providers.a]\nkind = "anthropic"\nbase_url = "https://api.anthropic.com/v1/"', "must not end with /v1"),
        ("[models.gpt]\nchain = []", "models.gpt.chain is empty"),
        ('[models."my gpt"]\nchain = ["onboard"]', '"my gpt" cannot be a name'),
        ('[models.""]\nchain = ["onboard"]', '"" cannot be a name'),
        ('[models.onboard]\nchain = ["onboard"]', '"onboard" cannot be a name'),
        ('[models.gpt]\nchain = ["gpt-4o"]', 'must have "provider/model" or "onboard"'),
        ('[models.gpt]\nchain = ["openai/"]', 'must have "provider/model" or "onboard"'),
        (OPENAI + '[models.gpt]\nchain = ["opnai/gpt-4o"]', "there is no provider opnai; did you mean openai/gpt-4o?"),
        ('[models.gpt]\nchain = ["xx/gpt-4o"]', "there is no provider xx; configured are: none."),
        (OPENAI + '[models.gpt]\nchain = ["openai/a", "openai/a"]', 'names "openai/a" twice'),
        (OPENAI + '[models.gpt]\nchain = ["onboard", "openai/a"]', "must be the last one"),
        ('[models.gpt]\nchain = ["onboard"]\nonboard = false', "switches it off"),
        ('[models.gpt]\nchain = ["onboard"]\n[onboard]\nenabled = false', "onboard.enabled = false switches it off"),
        ("[probes]\nevery_min = 9", "probes.every_min must not be greater than probes.every_max"),
        ('[onboard]\nmirror = "x"', "onboard.mirror must be an http or https address"),
        ('[onboard]\nmirror = ""', "onboard.mirror is empty"),
        ('[keys.app]\nclass = "agents"', 'keys.app.class is a text, but must be "interactive", "agent" or "batch"'),
        ("[quotas]\nstreams = 0", "quotas.streams is the number 0, but must be a whole number from 1"),
        ("[quotas]\ndollars_per_day = 0", "quotas.dollars_per_day is the number 0, but must be a number from 0.01"),
        ("[quotas]\ndollars_per_month = 5\n[ledger]\nkeep_days = 30", "ledger.keep_days must be 31 or more"),
        (KEY + 'webhook = "ftp://app.example.org"', "keys.app.webhook must be an http or https address"),
        (KEY + 'webhook = "https://me:hunter2@app.example.org"', "password: use webhook_secret_env"),
        (KEY + 'webhook_secret_env = "X"', "keys.app has a secret for a webhook, but no webhook"),
        (KEY + WEBHOOK + 'webhook_secret_env = "not a name"', "must be the name of an environment variable"),
        (KEY + WEBHOOK + 'webhook_secret_env = "X"\nwebhook_secret_file = "y"', "not both"),
    ],
)
def test_mistake_is_told(text: str, expected: str) -> None:
    """Each thing that makes no sense is refused with a sentence that says what does."""
    assert expected in fault(text)


def test_password_in_an_address_is_not_shown() -> None:
    """The error about credentials in an address does not repeat them."""
    assert "hunter2" not in fault(OPENAI + 'base_url = "https://me:hunter2@x/v1"')


@pytest.mark.parametrize(
    "text",
    [
        '[server]\nhost = "::1"\nhosts = ["chat.example.org"]\ntrusted_proxies = ["10.0.0.0/8", "::1"]',
        '[providers.llama]\nkind = "llama"\n[models."llama3.2:1b"]\nchain = ["llama/hf.co/x/y:Q4"]\nonboard = false',
        '[providers.groq]\nkind = "openai-compatible"\nbase_url = "https://api.groq.com/openai/v1"',
        OPENAI + "background = true",
        KEY + WEBHOOK + 'class = "batch"\nrequests_per_minute = 60\ndollars_per_month = 20\nwebhook_secret_env = "X"',
        "[quotas]\ntokens_per_day = 1_000_000\ndollars_per_day = 0.5",
        OPENAI + '[models."openai/gpt-4o"]\nchain = ["openai/gpt-4o", "onboard"]',
    ],
)
def test_what_is_right_passes(text: str) -> None:
    """Names and addresses that are unusual but right are accepted."""
    assert parse(tomllib.loads(text))


def test_kinds_agree_with_the_providers() -> None:
    """The kinds that a configuration may name are those that there are, and a hosted one has its usual key and model."""
    assert set(KIND_NAMES) == set(catalogue.KINDS)
    for kind in KINDS:
        hosted = catalogue.KINDS[kind.name].default_base_url.startswith("https://")
        assert (bool(kind.key_envs), bool(kind.default_model)) == (hosted, hosted)


def test_every_setting_has_a_right_example() -> None:
    """The example that an error shows for a setting is TOML that the setting itself accepts."""
    from msgspec import convert
    from msgspec.structs import fields

    for section in filter(None, map(section_of, fields(Config))):
        for field in fields(section):
            ((name, value),) = tomllib.loads(example_line(field)).items()
            assert name == field.encode_name
            convert(value, field.type)


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
sections = st.sampled_from([*Config.__struct_fields__, "other"])
settings = st.sampled_from(
    ["kind", "base_url", "chain", "port", "host", "onboard", "sha256", "mirror", "openai", "x y"]
)


@given(
    st.dictionaries(
        sections, values | st.dictionaries(settings, values | st.dictionaries(settings, values), max_size=4), max_size=3
    )
)
def test_any_document_is_a_configuration_or_a_sentence(document: dict[str, Any]) -> None:
    """Whatever is in a document, it is accepted or refused with sentences: nothing else is ever raised."""
    refusal = ""
    try:
        parse(document)
    except ConfigError as error:
        refusal = str(error)
    assert not refusal or refusal.startswith("sanspanne.toml: ")
