"""Who may open the page: a token that `serve` prints in the address, and a cookie from then on.

Loopback alone is no proof of who asks: every program and every user of the machine can reach it. The token is kept in the
data folder, so that an open page survives a restart of the service.

The cookie holds the token itself. Browsers send a cookie to every port of its host, so its name carries the port (two
services on one machine do not overwrite each other's), and whoever runs a web server on the same host can read it: that
is someone who has been let onto this machine, and who still cannot use it from a page of another site (SameSite=Strict).
"""

from __future__ import annotations

import os
import secrets
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from sanspanne.errors import ConfigError

FILE_NAME = "page-token"
TOKEN_BYTES = 32
MIN_TOKEN_CHARS = 32
COOKIE_SECONDS = 30 * 24 * 3600


class Sessions:
    """The one token that opens the page of the service on `port`."""

    def __init__(self, token: str, port: int) -> None:
        self.token = token
        self.cookie_name = f"sanspanne-{port}"

    @classmethod
    def load(cls, data: Path, port: int) -> Sessions:
        """The token kept in the folder `data`, or a new one written there with mode 0600. Raises `ConfigError`."""
        path = data / FILE_NAME
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep(path)
            return cls(_read(path), port)
        except OSError as error:
            raise ConfigError(
                f"The page's token cannot be kept in {path}: {error.strerror}. Expected a folder that we may write to. "
                "For example: sanspanne serve --data ./data"
            ) from None

    def address(self, base: str) -> str:
        """The address that opens the page, e.g. for `http://127.0.0.1:8080`. It is a secret: print it, never log it."""
        return f"{base.rstrip('/')}/?token={self.token}"

    def opens(self, token: str) -> bool:
        """Whether `token`, taken from an address, is the right one."""
        return secrets.compare_digest(token.encode(), self.token.encode())

    def accepts(self, cookie_header: str | None) -> bool:
        """Whether a request with this `Cookie` header comes from a page that was opened with the token."""
        return self.opens(_cookie(cookie_header or "", self.cookie_name))


def _keep(path: Path) -> None:
    """See that there is a token which only the owner may read: a new file has its mode before it has its content."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(TOKEN_BYTES) + "\n")


def _read(path: Path) -> str:
    token = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(token) < MIN_TOKEN_CHARS or not token.isascii():
        raise ConfigError(
            f"{path} should hold the page's token, at least {MIN_TOKEN_CHARS} letters, digits, - or _. "
            f"Delete the file and start again: a new token is made, for example with `rm {path}`."
        )
    return token


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
