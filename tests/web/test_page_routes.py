"""The page over HTTP: how to get in, what it may do, how its files are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from sanspanne.web.bundle import Bundle
from sanspanne.web.pages import web_app
from sanspanne.web.session import Sessions

BASE = "http://127.0.0.1:8080"
SESSIONS = Sessions("a-token-that-is-as-long-as-a-real-one-would-be", 8080)
STATUS: dict[str, Any] = {"ready": True, "onboard": {"state": "fetching", "fraction": 0.25}}


@pytest.fixture
def stranger() -> Iterator[TestClient]:
    """A browser that has never been here."""
    with TestClient(web_app(SESSIONS, lambda: STATUS), base_url=BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture
def guest(stranger: TestClient) -> TestClient:
    """A browser that has opened the printed address."""
    stranger.get(SESSIONS.address(BASE))
    return stranger


def test_the_printed_address_lets_in_and_leaves_the_address_bar(stranger: TestClient) -> None:
    """The token becomes a cookie that scripts cannot read and other sites cannot use."""
    response = stranger.get(SESSIONS.address(BASE))
    assert (response.status_code, response.headers["location"]) == (303, "/")
    cookie = response.headers["set-cookie"].lower()
    assert cookie.startswith("sanspanne-8080=")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}


def test_the_cookie_is_secure_where_the_page_is(stranger: TestClient) -> None:
    """Behind TLS the cookie never travels without it."""
    cookie = stranger.get(SESSIONS.address("https://127.0.0.1:8080")).headers["set-cookie"].lower()
    assert "secure" in cookie


def test_with_the_cookie_the_page_opens(guest: TestClient) -> None:
    """After the printed address, the plain one is enough."""
    response = guest.get("/")
    assert response.status_code == 200
    assert 'id="question"' in response.text


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=wrong", "/?token=%00%ff"])
def test_without_the_right_token_the_page_stays_shut(stranger: TestClient, path: str) -> None:
    """A stranger gets 401, no cookie, and a sentence that says how to get in."""
    response = stranger.get(path)
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert "sanspanne serve" in response.text
    assert 'id="question"' not in response.text


@pytest.mark.parametrize(("language", "words"), [("fr-FR,fr", "adresse entière"), ("en", "whole address")])
def test_the_note_speaks_the_browsers_language(stranger: TestClient, language: str, words: str) -> None:
    """A stranger is told in French or English, and the page says which it is."""
    text = stranger.get("/", headers={"accept-language": language}).text
    assert words in text
    assert f'<html lang="{language[:2]}">' in text


def test_nothing_of_the_address_is_repeated_on_the_page(stranger: TestClient) -> None:
    """A link cannot put its own words, or markup, on our page."""
    assert "evil" not in stranger.get("/?token=<script>evil</script>").text
    assert "evil" not in stranger.get("/evil<script>").text


def test_the_status_is_for_the_page_only(stranger: TestClient) -> None:
    """Without the cookie /session says nothing but how to get one; with it, what /readyz says."""
    assert stranger.get("/session").status_code == 401
    assert "fraction" not in stranger.get("/session").text
    stranger.get(SESSIONS.address(BASE))
    assert stranger.get("/session").json() == STATUS


def test_every_response_keeps_to_itself(guest: TestClient) -> None:
    """No response lets a foreign script run, be framed, be sniffed, or tell other sites where we were."""
    for path in ("/", "/session", "/nowhere", SESSIONS.address(BASE), f"{Bundle.load().root}/page.js"):
        headers = guest.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_pages_are_fresh_and_files_are_kept(guest: TestClient) -> None:
    """A page is never kept; its files are for ever, because another version has another address."""
    page = guest.get("/")
    assert page.headers["cache-control"] == "no-store"
    for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
        response = guest.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]


def test_another_version_has_another_address() -> None:
    """A changed file changes the address of all of them."""
    bundle = Bundle.load()
    changed = dict(bundle.assets, **{"page.js": bundle.assets["page.css"]})
    assert Bundle(changed).root != bundle.root


@pytest.mark.parametrize("path", ["/nowhere", "/assets/0000/page.js", "{root}/nothing.js", "{root}/..%2fsession.py"])
def test_what_is_not_there_is_404(guest: TestClient, path: str) -> None:
    """An unknown address, an old version or a way out of the folder gives a short page."""
    response = guest.get(path.format(root=Bundle.load().root))
    assert response.status_code == 404
    assert "Nothing here" in response.text


def test_modules_have_the_type_that_browsers_insist_on(guest: TestClient) -> None:
    """A module served with another type would not run."""
    response = guest.get(f"{Bundle.load().root}/page.js")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"


def test_admin_is_for_who_has_the_cookie(stranger: TestClient) -> None:
    """Page and state show a stranger nothing; a guest gets both, under the page's policy, and they are never stored."""
    assert stranger.get("/admin").status_code == stranger.get("/admin/state").status_code == 401
    app = web_app(SESSIONS, lambda: STATUS, lambda: {"requests": {"offered": 3}})
    with TestClient(app, base_url=BASE, follow_redirects=False) as guest:
        assert "offered" not in guest.get("/admin/state").text
        guest.get(SESSIONS.address(BASE))
        page, state = guest.get("/admin"), guest.get("/admin/state")
    assert 'id="books"' in page.text
    assert state.json() == {"requests": {"offered": 3}}
    for response in (page, state):
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in response.headers["content-security-policy"]
