"""How a webhook knows us: Standard Webhooks' signature, and the secrets that can be used for it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webhook_receiver import SECRET, SECRET_TEXT

from sanspanne.config import parse
from sanspanne.errors import ConfigError
from sanspanne.webhooks.hook import Hook, hooks_of

URL = "https://app.example.org/told?token=hidden"


def configured(secret=SECRET_TEXT, **key):
    """The webhook of a configuration, whose secret stands in the environment."""
    section = {"secret_env": "APP_KEY", "webhook": URL, "webhook_secret_env": "HOOK", **key}
    return hooks_of(parse({"keys": {"app": section, "other": {"secret_env": "B"}}}), {"HOOK": secret})


def test_the_published_example():
    """The example in the specification's own libraries gives the signature that stands there."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = Hook(URL, secret).headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@given(st.binary(), st.binary(), st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_signature_is_for_one_message(one, other, now, then):
    """Another body or another time has another signature."""
    hook = Hook(URL, SECRET)
    same = hook.headers("a", now, one)["webhook-signature"] == hook.headers("a", then, other)["webhook-signature"]
    assert same == ((one, now) == (other, then))


def test_which_keys_have_one():
    """A key with an address and a secret has a webhook, from the environment or a file; others have none."""
    assert configured() == {"app": Hook(URL, SECRET)}


def test_a_secret_in_a_file(tmp_path):
    """The secret may stand in a file."""
    path = tmp_path / "hook"
    path.write_text(SECRET_TEXT + "\n")
    path.chmod(0o600)
    assert configured(webhook_secret_env=None, webhook_secret_file=str(path)) == {"app": Hook(URL, SECRET)}


@pytest.mark.parametrize(
    "secret", ["", "hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!", "whsec_" + "QUFB" * 30, SECRET_TEXT[6:]]
)
def test_a_secret_that_cannot_be_used(secret):
    """Missing, without its prefix, too short or no base64: a sentence with a right example, and without the secret."""
    with pytest.raises(ConfigError, match=r"For example: export (HOOK|APP_WEBHOOK_SECRET)=") as told:
        configured(secret)
    assert not secret or secret == "whsec_" or secret not in str(told.value)


def test_no_secret_at_all():
    """A webhook that could not know us is a mistake of the configuration."""
    with pytest.raises(ConfigError, match="webhook_secret_env"):
        configured(webhook_secret_env=None)


def test_what_may_be_shown():
    """Of an address nothing but the host is shown: what follows may be a secret."""
    assert Hook(URL, SECRET).host == "app.example.org"
