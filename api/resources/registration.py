"""POST /drivers/register: an account that a driver makes. POST /me/email: another address, once it is confirmed."""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from actors import tree
from api import errors, origin, views, wanted
from api.asking import Asking
from api.caller import Caller
from api.resources.password_reset import Asked
from csms.config import kinds
from csms.storage.reference import drivers, users

ASKED = "A mail is on its way to this address. Open the link in it to go on."


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants to charge here. The password is chosen with the link, by whoever reads the address's mails."""

    email: users.Email
    name: Annotated[str, Meta(max_length=255)] = ""
    language: drivers.Language | None = None


class NewAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another address, and your password once more."""

    email: users.Email
    password: Annotated[str, Meta(max_length=1000)]


@post("/drivers/register", status_code=HTTPStatus.ACCEPTED, responses=views.answer(Asked, {"detail": ASKED}, 202))
async def register(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    asking: wanted.Asking,
    authenticator: wanted.Authenticator,
    data: Annotated[
        Registration,
        Body(examples=[Example(value={"email": "asha@example.com", "name": "Asha Rao", "language": "hi"})]),
    ],
) -> dict[str, str]:
    """Make yourself an account to charge with. The answer is the same for an address that has one."""
    require_open(node)
    await ask(asking, data, origin.client_address(request, authenticator.trusted))
    return {"detail": ASKED}


@post("/me/email", status_code=HTTPStatus.ACCEPTED, responses=views.answer(Asked, {"detail": ASKED}, 202))
async def change_own_address(
    request: Request[Caller, Any, Any],
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    asking: wanted.Asking,
    authenticator: wanted.Authenticator,
    data: Annotated[
        NewAddress, Body(examples=[Example(value={"email": "asha@example.org", "password": "correct horse battery"})])
    ],
) -> dict[str, str]:
    """Sign in with another address: a mail goes there, and the address counts once its link was opened."""
    source = origin.of_sign_in(request, authenticator.trusted)
    user = await sign_in.confirm(caller, data.password, source)
    await ask_address(asking, user, data.email, source.address)
    return {"detail": ASKED}


async def ask(asking: Asking, data: Registration, source: str) -> None:
    """Have the mail sent; `source` is the address that asks. Raises ApiError."""
    await asking.ask("registration", data.email, source, {"name": data.name, "language": data.language})


async def ask_address(asking: Asking, user: users.User, email: str, source: str) -> None:
    """Have a link mailed to another address of somebody who has just said the password again. Raises ApiError."""
    if user.password is None:
        raise errors.Conflict("You sign in elsewhere, with the address that you have there.", code="no_password")
    await asking.ask("address", email, source, {"user_id": user.id, "language": None})


def require_open(node: tree.Node) -> None:
    """Raises Forbidden where drivers do not make accounts themselves."""
    if node.settings.driver_registration is kinds.Registration.CLOSED:
        raise errors.Forbidden("Accounts are made by the staff here: ask for one.", code="registration_closed")


HANDLERS = [register, change_own_address]
