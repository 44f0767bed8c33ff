"""What people sign in with: the second step, their second factor, their password.

POST /login/second-factor
GET|POST /me/second-factor, POST /me/second-factor/confirm, POST /me/second-factor/off
POST /me/password
DELETE /users/{id}/second-factor
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import segno
from litestar import Request, delete, get, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from actors import tree
from api import errors, origin, views, wanted
from api.caller import Caller
from api.resources.accounts import Password
from csms import totp
from csms.storage.reference import second_factors, users

Text = Annotated[str, Meta(max_length=1000)]
Code = Annotated[str, Meta(max_length=100, description="Six digits of the app, or a recovery code.")]
QR_SCALE = 5


class SecondStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `challenge` that POST /login answered, and the code."""

    challenge: Text
    code: Code


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your password once more; null for those who have none here."""

    password: Text | None = None


class FirstCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the app shows."""

    code: Code


class Off(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your password once more, and a code."""

    code: Code
    password: Text | None = None


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your present password, and the next."""

    password: Text
    new_password: Password


class SecondFactor(views.View, frozen=True):
    """Whether a code is asked for at sign-in; `required`: your role has to have one."""

    on: bool
    on_since: datetime | None
    recovery_codes_left: int
    required: bool


class Enrolment(views.View, frozen=True):
    """What an authenticator app needs: the secret, or the URI, or the QR code of it (SVG). Shown this once."""

    secret: str
    uri: str
    qr_svg: str


class RecoveryCodes(views.View, frozen=True):
    """Ten codes for the day that the phone is gone, each good once. Shown this once."""

    recovery_codes: list[str]


SECOND_FACTOR = {"on": True, "on_since": views.AT, "recovery_codes_left": 10, "required": False}
ENROLMENT = {
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "uri": "otpauth://totp/CSMS:asha%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=CSMS",
    "qr_svg": "<svg>...</svg>",
}
RECOVERY_CODES = {"recovery_codes": ["k3v7-q2xm-aeio-22bb"]}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@post("/login/second-factor", status_code=HTTPStatus.OK, responses=views.answer(views.Login, views.LOGIN))
async def second_step(
    request: Request[Caller, Any, Any],
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
    data: Annotated[SecondStep, _body({"challenge": "a-long-random-text", "code": "123456"})],
) -> dict[str, Any]:
    """The second step of signing in, within five minutes. A code is good once."""
    source = origin.of_sign_in(request, authenticator.trusted)
    caller, end = await sign_in.second_step(data.challenge, data.code, source)
    return {"token": caller.secret, "expires_at": end, "user": caller.view()}


@get("/me/second-factor", responses=views.answer(SecondFactor, SECOND_FACTOR))
async def get_second_factor(node: wanted.Node, caller: wanted.Caller) -> dict[str, Any]:
    """Whether you have a second factor. A key has none."""
    return await state(node, caller)


@post("/me/second-factor", responses=views.answer(Enrolment, ENROLMENT, 201))
async def enrol_second_factor(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
    data: Annotated[Again, _body({"password": "correct horse battery"})],
) -> dict[str, Any]:
    """Begin with an authenticator app. It counts once it is confirmed."""
    user = await sign_in.confirm(caller, data.password, origin.of_sign_in(request, authenticator.trusted))
    return await enrolment(node, user)


@post("/me/second-factor/confirm", status_code=HTTPStatus.OK, responses=views.answer(RecoveryCodes, RECOVERY_CODES))
async def confirm_second_factor(
    node: wanted.Node, caller: wanted.Caller, data: Annotated[FirstCode, _body({"code": "123456"})]
) -> dict[str, Any]:
    """Switch it on with the first code. Your logins elsewhere end."""
    return {"recovery_codes": await confirmed(node, caller, data.code)}


@post("/me/second-factor/off", status_code=HTTPStatus.NO_CONTENT)
async def switch_off_second_factor(
    request: Request[Caller, Any, Any],
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
    data: Annotated[Off, _body({"password": "correct horse battery", "code": "123456"})],
) -> None:
    """Do without, or before you enrol another phone."""
    await sign_in.switch_off(caller, data.password, data.code, origin.of_sign_in(request, authenticator.trusted))


@post("/me/password", status_code=HTTPStatus.OK, responses=views.answer(views.Login, views.LOGIN))
async def change_own_password(
    request: Request[Caller, Any, Any],
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
    data: Annotated[NewPassword, _body({"password": "correct horse battery", "new_password": "staple correct horse"})],
) -> dict[str, Any]:
    """Change your password. All your logins end; the answer is a new one."""
    source = origin.of_sign_in(request, authenticator.trusted)
    caller, end = await sign_in.change_password(caller, data.password, data.new_password, source)
    return {"token": caller.secret, "expires_at": end, "user": caller.view()}


@delete("/users/{user_id:str}/second-factor")
async def reset_second_factor(node: wanted.Node, caller: wanted.Caller, user_id: wanted.UserId) -> None:
    """Take away the second factor of somebody who lost it; all their logins end. Your own takes a code."""
    if user_id == caller.id:
        raise errors.Conflict("This is your own: POST /api/v1/me/second-factor/off takes it away, with a code.")
    await node.write(second_factors.reset, user_id, caller.id)


async def state(node: tree.Node, caller: Caller) -> dict[str, Any]:
    """What GET shows."""
    found = await node.read(second_factors.find, caller.id)
    return {
        "on": found is not None,
        "on_since": None if found is None else found.on_since,
        "recovery_codes_left": 0 if found is None else found.recovery_codes,
        "required": caller.kind == "user" and caller.role in node.settings.require_second_factor,
    }


async def enrolment(node: tree.Node, user: users.User) -> dict[str, str]:
    """A fresh secret, as it is shown."""
    return shown(node, user, await node.write(second_factors.enrol, user.id))


def shown(node: tree.Node, user: users.User, secret: str) -> dict[str, str]:
    """A secret in all the ways that apps take it."""
    uri = totp.uri(secret, user.email, node.settings.operator_name)
    drawn = segno.make(uri, error="m", micro=False).svg_inline(scale=QR_SCALE, dark="#000", light="#fff")
    return {"secret": secret, "uri": uri, "qr_svg": drawn}


async def confirmed(node: tree.Node, caller: Caller, code: str) -> tuple[str, ...]:
    """The recovery codes of a second factor that is on from now. Raises Invalid for a wrong code."""
    made = await node.write(second_factors.switch_on, caller.id, code, datetime.now(UTC), caller.secret)
    if made is None:
        raise errors.Invalid(
            "This is not the code that the app should show now: look again, and set the clock of the phone right.",
            code="wrong_code",
        )
    return made


HANDLERS = [
    *(second_step, get_second_factor, enrol_second_factor, confirm_second_factor, switch_off_second_factor),
    *(change_own_password, reset_second_factor),
]
