"""What `/readyz` tells everybody, and what a reload accepts."""

import pytest

from sanspanne.app import Service
from sanspanne.config import parse
from sanspanne.errors import ConfigError, CredentialFailure
from sanspanne.routing.chains import parse_target


async def test_what_a_provider_says_of_our_account_is_not_told_to_everybody(tmp_path):
    """`/readyz` asks for no key: it says that a target is left out, and the operator's log says why."""
    config = parse({"providers": {"openai": {"kind": "openai", "key_env": "KEY"}}, "onboard": {"enabled": False}})
    service = Service(config, data_dir=tmp_path, environ={"KEY": "any"})
    service.standings.on_suspension = lambda target, reason: None  # nobody probes here
    try:
        service.standings.failed(parse_target("openai/gpt-4o"), CredentialFailure("Acme's account owes 12 dollars."))
        targets = service.readiness()["targets"]
    finally:
        await service.stop()
    assert targets == {"openai/gpt-4o": "left out: our own access was refused; the log says why"}


async def test_a_reload_refuses_what_the_next_start_would_refuse(tmp_path):
    """A model on board that the catalogue lacks is said at the reload, and the running configuration stays."""
    service = Service(parse({"onboard": {"enabled": False}}), data_dir=tmp_path, environ={})
    before = service.wiring
    try:
        with pytest.raises(ConfigError, match="nope"):
            service.reconfigure(parse({"onboard": {"model": "nope"}}))
    finally:
        await service.stop()
    assert service.wiring is before
