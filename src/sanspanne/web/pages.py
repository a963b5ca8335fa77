"""The page's routes. Everything that a person sees of an answer comes from `/v1`, like any other caller's.

/?token=T    the printed address: sets the cookie, then goes on to `/`, so that the token leaves the address bar
/            the page, for who has the cookie; a note on how to get in for everybody else
/assets/*    its files, at addresses that change with their content
/admin       how everything stands, for who has the cookie; /admin/state is the same as JSON, or 401
/session     what `/readyz` says, for the page: always 200, so that waiting does not look like an error, or 401
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sanspanne.web.bundle import Bundle
from sanspanne.web.language import preferred
from sanspanne.web.session import COOKIE_SECONDS, Sessions

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
SAFE_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
FRESH = {**SAFE_HEADERS, "cache-control": "no-store"}
FOR_EVER = {**SAFE_HEADERS, "cache-control": "public, max-age=31536000, immutable"}

# Titles and sentences of the notes, by status and language.
NOTES = {
    401: {
        "en": (
            "This page needs its address",
            "Open the whole address that <code>sanspanne serve</code> printed when it started, with the part after "
            "<code>?token=</code>. From then on this browser is known.",
        ),
        "fr": (
            "Il manque l’adresse complète",
            "Ouvrez l’adresse entière que <code>sanspanne serve</code> a affichée au démarrage, avec ce qui suit "
            "<code>?token=</code>. Ensuite, ce navigateur sera reconnu.",
        ),
    },
    404: {
        "en": ("Nothing here", 'There is no page at this address. <a href="/">Go to the assistant</a>.'),
        "fr": ("Rien ici", 'Il n’y a pas de page à cette adresse. <a href="/">Aller à l’assistant</a>.'),
    },
}


Status = Callable[[], dict[str, Any]]


def web_app(sessions: Sessions, status: Status, overview: Status = dict) -> Starlette:
    """The pages, as an ASGI app. `status` gives the body of `/readyz`, JSON-able; it is called while the page waits.

    `overview` gives that of `/admin/state`; it is called every second while somebody looks at `/admin`.
    """
    pages = _Pages(sessions, status, overview, Bundle.load())
    routes = [
        Route("/", pages.home),
        Route("/session", pages.session),
        Route("/admin", pages.admin),
        Route("/admin/state", pages.state),
        Route("/assets/{version}/{name}", pages.asset),
    ]
    return Starlette(routes=routes, exception_handlers={404: pages.missing})


class _Pages:
    def __init__(self, sessions: Sessions, status: Status, overview: Status, bundle: Bundle) -> None:
        self._sessions = sessions
        self._status = status
        self._overview = overview
        self._bundle = bundle

    async def home(self, request: Request) -> Response:
        token = request.query_params.get("token")
        if token is not None and self._sessions.opens(token):
            return self._enter(request)
        if token is None:
            return self._page(request, "index.html")
        return self._note(request, 401)

    async def admin(self, request: Request) -> Response:
        return self._page(request, "admin.html")

    async def session(self, request: Request) -> Response:
        return self._told(request, self._status)

    async def state(self, request: Request) -> Response:
        return self._told(request, self._overview)

    async def asset(self, request: Request) -> Response:
        asset = self._bundle.assets.get(request.path_params["name"])
        if asset is None or request.path_params["version"] != self._bundle.version:
            return self._note(request, 404)
        return Response(asset.body, headers={**FOR_EVER, "content-type": asset.media_type})

    async def missing(self, request: Request, _: Exception) -> Response:
        return self._note(request, 404)

    def _page(self, request: Request, name: str) -> Response:
        if not self._known(request):
            return self._note(request, 401)
        page = self._bundle.page(name, language=_language(request))
        return HTMLResponse(page, headers={**FRESH, "vary": "accept-language, cookie"})

    def _told(self, request: Request, tell: Status) -> Response:
        known = self._known(request)
        body = tell() if known else {"error": {"message": "Open the address that `sanspanne serve` printed."}}
        return Response(msgspec.json.encode(body), 200 if known else 401, FRESH, "application/json")

    def _known(self, request: Request) -> bool:
        return self._sessions.accepts(request.headers.get("cookie"))

    def _enter(self, request: Request) -> Response:
        response = RedirectResponse("/", 303, FRESH)
        response.set_cookie(
            self._sessions.cookie_name,
            self._sessions.token,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    def _note(self, request: Request, status: int) -> Response:
        language = _language(request)
        title, sentence = NOTES[status][language]
        page = self._bundle.page("note.html", language=language, title=title, sentence=sentence)
        return HTMLResponse(page, status, {**FRESH, "vary": "accept-language"})


def _language(request: Request) -> str:
    return preferred(request.headers.get("accept-language", ""))
