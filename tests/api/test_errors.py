"""What is logged of what fails inside the server."""

import pytest

from api import errors


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/pay/s/q0Zr_secret/stop", "path=/pay/s/.../stop"),
        ("/pay/q/q0Zr_secret", "path=/pay/q/..."),
        ("/api/v1/sessions/s1", "path=/api/v1/sessions/s1"),
    ],
)
def test_a_path_that_is_a_permission_is_not_logged(path: str, logged: str, caplog: pytest.LogCaptureFixture) -> None:
    assert errors.translate(RuntimeError("broken"), path).status == 500
    [record] = caplog.records
    assert record.getMessage() == f"request_failed {logged}"
