"""OCPP 2.x authorization."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts
from csms.protocol import versions
from tests.csms.protocol.support import V21, V201
from tests.csms.protocol.v2x.support import BOTH, answered, ordered, refused, told


def authorize(value: str, kind: str = "ISO14443") -> dict[str, Any]:
    return {"idToken": {"idToken": value, "type": kind}}


@BOTH
@pytest.mark.parametrize("kind", ["Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"])
def test_rule_29_a_token_has_a_type(version: versions.Version, kind: str) -> None:
    assert told(facts.Authorize, version, "Authorize", authorize("TAG1", kind)).id_token == facts.IdToken("TAG1", kind)


@BOTH
def test_rule_29_no_authorization_comes_with_an_empty_token(version: versions.Version) -> None:
    assert told(facts.Authorize, version, "Authorize", authorize("", "NoAuthorization")).id_token.value == ""


def test_rule_29_tokens_have_36_characters_in_2_0_1_and_255_in_2_1() -> None:
    assert told(facts.Authorize, V201, "Authorize", authorize("x" * 36)).id_token.value == "x" * 36
    assert refused(V201, "Authorize", authorize("x" * 37)) == "PropertyConstraintViolation"
    assert told(facts.Authorize, V21, "Authorize", authorize("x" * 255)).id_token.value == "x" * 255
    assert refused(V21, "Authorize", authorize("x" * 256)) == "PropertyConstraintViolation"


def test_rule_29_only_2_1_knows_more_types() -> None:
    assert refused(V201, "Authorize", authorize("x", "DirectPayment")) == "PropertyConstraintViolation"
    assert told(facts.Authorize, V21, "Authorize", authorize("x", "DirectPayment")).id_token.type == "DirectPayment"


@BOTH
@pytest.mark.parametrize(
    "status",
    [
        "Accepted",
        "Blocked",
        "Expired",
        "Invalid",
        "NoCredit",
        "NotAllowedTypeEVSE",
        "NotAtThisLocation",
        "NotAtThisTime",
    ],
)
def test_rule_27_every_status_has_its_word(version: versions.Version, status: str) -> None:
    answer = answered(version, "Authorize", facts.AuthorizeAnswer(facts.TokenInfo(status)))
    assert answer == {"idTokenInfo": {"status": status}}


@BOTH
def test_rule_27_a_group_and_an_end_are_told(version: versions.Version) -> None:
    info = facts.TokenInfo("Accepted", datetime(2027, 1, 1, tzinfo=UTC), "FLEET")
    assert answered(version, "Authorize", facts.AuthorizeAnswer(info))["idTokenInfo"] == {
        "status": "Accepted",
        "cacheExpiryDateTime": "2027-01-01T00:00:00.000Z",
        "groupIdToken": {"idToken": "FLEET", "type": "Central"},
    }


@BOTH
def test_the_cache_is_cleared(version: versions.Version) -> None:
    assert ordered(version, commands.ClearCache()) == ("ClearCache", {})
