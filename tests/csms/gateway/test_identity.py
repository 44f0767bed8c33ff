"""From a path to an identity (rule 7)."""

import pytest

from csms.gateway import errors, identity


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/ocpp/CP-01", "CP-01"),
        ("/ocpp/CP-01/", "CP-01"),
        ("/ocpp//CP-01//", "CP-01"),
        ("//ocpp/CP-01", "CP-01"),
        ("/OCPP/CP-01", "CP-01"),
        ("/ocpp/CP-01?version=1.6", "CP-01"),
        ("/ocpp/CP-01/?a=/b/c", "CP-01"),
        ("/ocpp/CP-01#part", "CP-01"),
        ("/ocpp/1.6/CP-01", "CP-01"),
        ("/ocpp/ocpp", "ocpp"),
        ("/ocpp/RDAM%20123", "RDAM 123"),
        ("/ocpp/Stra%C3%9Fe", "Straße"),
        ("/ocpp/a:b", "a:b"),
        ("/ocpp/a+b", "a+b"),
        ("ws://csms.example/ocpp/CP-01", "CP-01"),
        ("/ocpp/" + "x" * 255, "x" * 255),
    ],
)
def test_rule_7_the_last_segment_is_the_identity(target: str, expected: str) -> None:
    assert identity.from_path(target) == expected


@pytest.mark.parametrize(
    "target",
    [
        *("/", "", "/ocpp", "/ocpp/", "/ocpp?x=CP-01", "/CP-01", "/other/CP-01", "*"),
        *("/ocpp/a%2Fb", "/ocpp/%00", "/ocpp/a%0D%0Ab", "/ocpp/%FF%FE", "/ocpp/..", "/ocpp/%2e%2e", "/ocpp/%20"),
        "/ocpp/" + "x" * 256,
    ],
)
def test_a_path_that_names_no_charger_is_refused(target: str) -> None:
    with pytest.raises(errors.BadPath):
        identity.from_path(target)


@pytest.mark.parametrize(
    ("name", "subprotocol", "allowed"),
    [
        ("x" * 48, "ocpp2.0.1", True),
        ("x" * 49, "ocpp2.0.1", False),
        ("x" * 49, "ocpp2.1", False),
        ("a:b", "ocpp2.0.1", False),
        ("x" * 49, "ocpp1.6", True),
        ("a:b", "ocpp1.6", True),
    ],
)
def test_rule_7_ocpp_2_allows_48_characters_and_no_colon(name: str, subprotocol: str, allowed: bool) -> None:
    assert identity.allowed_in(name, subprotocol) is allowed
