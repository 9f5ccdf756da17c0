"""Signing in and out, and coming in by an invitation link.

Knows: the forms, the cookie, and where to go afterwards (only ever a path of ours).
Refuses to know: passwords and codes beyond passing them on (`identity.signing_in`).
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from visavis_sdk.text import Text

from visavis_core.house import House, house_of
from visavis_core.identity.invitations import InvitationSpent
from visavis_core.identity.limits import network_of
from visavis_core.identity.signing_in import SignIn, SignInRefused
from visavis_core.web.rendering import language_of
from visavis_core.web.security import cookie_header, expire_cookie_header

__all__ = ["routes", "safe_path"]


async def show_login(request: Request) -> Response:
    if request.state.subject is not None:
        return RedirectResponse(safe_path(request.query_params.get("next", "/")), status_code=303)
    return _login_page(request, next_path=safe_path(request.query_params.get("next", "/")))


async def take_login(request: Request) -> Response:
    house = house_of(request)
    form = await request.form(max_files=0, max_fields=8)
    next_path = safe_path(_text(form, "next") or "/")
    login = _text(form, "login")
    try:
        sign_in = await house.signing_in.with_password(
            login, _text(form, "password"), client_address(request), replaces=request.state.token
        )
    except SignInRefused as refused:
        return _login_page(request, next_path=next_path, login=login, refused=refused)
    return _with_cookie(house, sign_in, RedirectResponse(_next_page(sign_in, next_path), status_code=303))


async def show_code(request: Request) -> Response:
    if await house_of(request).sessions.pending(request.state.token) is None:
        return RedirectResponse("/login", status_code=303)
    return _code_page(request, next_path=safe_path(request.query_params.get("next", "/")))


async def take_code(request: Request) -> Response:
    house = house_of(request)
    form = await request.form(max_files=0, max_fields=8)
    next_path = safe_path(_text(form, "next") or "/")
    try:
        sign_in = await house.signing_in.with_code(request.state.token, _text(form, "code"))
    except SignInRefused as refused:
        if refused.code == "login.expired":
            return _login_page(request, next_path=next_path, refused=refused)
        return _code_page(request, next_path=next_path, refused=refused)
    return _with_cookie(house, sign_in, RedirectResponse(_next_page(sign_in, next_path), status_code=303))


async def show_new_password(request: Request) -> Response:
    if await house_of(request).sessions.renewal(request.state.token) is None:
        return RedirectResponse("/login", status_code=303)
    return _new_password_page(request, next_path=safe_path(request.query_params.get("next", "/")))


async def take_new_password(request: Request) -> Response:
    house = house_of(request)
    form = await request.form(max_files=0, max_fields=8)
    next_path = safe_path(_text(form, "next") or "/")
    try:
        sign_in = await house.signing_in.with_new_password(
            request.state.token, _text(form, "password"), _text(form, "repeated")
        )
    except SignInRefused as refused:
        if refused.code == "login.expired":
            return _login_page(request, next_path=next_path, refused=refused)
        return _new_password_page(request, next_path=next_path, refused=refused)
    return _with_cookie(house, sign_in, RedirectResponse(next_path, status_code=303))


async def log_out(request: Request) -> Response:
    house = house_of(request)
    if request.state.token:
        await house.sessions.close(request.state.token)
    if request.state.subject is not None:
        house.rooms.doubt(request.state.subject.id)
    response = RedirectResponse("/login", status_code=303)
    response.headers.append("Set-Cookie", expire_cookie_header(house.deployment))
    # Pages are no-store already; photos the browser kept and drafts that a script kept go with the sign-in.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def show_invitation(request: Request) -> Response:
    """Looking at a link does not use it: messengers fetch links to preview them, and would burn them."""
    house = house_of(request)
    wait = house.limits.wait_for(("join.address", network_of(client_address(request))))
    if wait:
        return _join_page(request, status=429, problem="join.too_many")
    if not await house.invitations.is_open(request.path_params["token"]):
        return _join_page(request, status=410, problem="join.spent")
    return _join_page(request)


async def take_invitation(request: Request) -> Response:
    house = house_of(request)
    if house.limits.wait_for(("join.address", network_of(client_address(request)))):
        return _join_page(request, status=429, problem="join.too_many")
    try:
        token, act = await house.invitations.consume(request.path_params["token"], replaces=request.state.token)
    except InvitationSpent:
        return _join_page(request, status=410, problem="join.spent")
    return _with_cookie(house, SignIn(token=token), RedirectResponse(f"/acts/{act}/room", status_code=303))


def _next_page(sign_in: SignIn, next_path: str) -> str:
    step = "/login/code" if sign_in.needs_code else "/login/password" if sign_in.needs_password else ""
    return f"{step}?{urlencode({'next': next_path}, safe='/')}" if step else next_path


def safe_path(path: str) -> str:
    """A path of ours, or `/`. `//host`, `/\\host` and control characters would leave for another site."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if ours and len(path) <= 500 and " " not in path else "/"


def client_address(request: Request) -> str:
    """The peer, as the server sees it; uvicorn has replaced it by X-Forwarded-For from a trusted proxy only."""
    return request.client.host if request.client is not None else ""


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _with_cookie(house: House, sign_in: SignIn, response: Response) -> Response:
    response.headers.append("Set-Cookie", cookie_header(house.deployment, sign_in.token))
    return response


def _login_page(request: Request, *, next_path: str, login: str = "", refused: SignInRefused | None = None) -> Response:
    house = house_of(request)
    return _page(
        request,
        "login.html",
        refused,
        next_path=next_path,
        login=login,
        site=house.deployment.site.name,
        certification=house.deployment.site.certification,
        demo_people=house.demo_people,
    )


def _code_page(request: Request, *, next_path: str, refused: SignInRefused | None = None) -> Response:
    return _page(request, "login_code.html", refused, next_path=next_path)


def _new_password_page(request: Request, *, next_path: str, refused: SignInRefused | None = None) -> Response:
    return _page(request, "login_password.html", refused, next_path=next_path)


def _page(request: Request, template: str, refused: SignInRefused | None, **context: object) -> Response:
    words: Text | None = None if refused is None else refused.message
    status = 200 if refused is None else 429 if refused.retry_after else 401
    message = "" if words is None else words.in_language(language_of(request))
    response = house_of(request).renderer.page(request, template, status=status, problem=message, **context)
    if refused is not None and refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def _join_page(request: Request, *, status: int = 200, problem: str = "") -> Response:
    return house_of(request).renderer.page(
        request,
        "login_join.html",
        status=status,
        problem_key=problem,
        site=house_of(request).deployment.site.name,
        action=request.url.path,
    )


routes: list[BaseRoute] = [
    Route("/login", show_login, methods=["GET"], name="login"),
    Route("/login", take_login, methods=["POST"]),
    Route("/login/code", show_code, methods=["GET"], name="login_code"),
    Route("/login/code", take_code, methods=["POST"]),
    Route("/login/password", show_new_password, methods=["GET"], name="login_password"),
    Route("/login/password", take_new_password, methods=["POST"]),
    Route("/logout", log_out, methods=["POST"], name="logout"),
    Route("/join/{token}", show_invitation, methods=["GET"], name="join"),
    Route("/join/{token}", take_invitation, methods=["POST"]),
]
