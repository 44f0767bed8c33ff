"""An authenticator app for tests of a real server, whose clock cannot be stopped: its codes are good once each."""

from datetime import UTC, datetime, timedelta

import pyotp

from api import server
from csms.storage.reference import second_factors
from csms.totp import STEP_S


class Phone:
    """Shows codes. Two at a time: this step's, then that of the next, which the server still takes."""

    def __init__(self, secret: str) -> None:
        self._otp = pyotp.TOTP(secret)
        self._last = 0

    def code(self) -> str:
        """A code that was not used before."""
        self._last = max(self._last + 1, int(datetime.now(UTC).timestamp()) // STEP_S)
        return self._otp.generate_otp(self._last)


async def enrolled(serving: server.Serving, user_id: str) -> tuple[Phone, tuple[str, ...]]:
    """A phone that this user has confirmed an hour ago, and the recovery codes."""
    secret = await serving.node.write(second_factors.enrol, user_id)
    then = datetime.now(UTC) - timedelta(hours=1)
    codes = await serving.node.write(second_factors.switch_on, user_id, pyotp.TOTP(secret).at(then), then)
    assert codes is not None
    return Phone(secret), codes
