"""The payloads that the others are tested with: the good ones are good, and each bad one has its one fault."""

from typing import Any

import pytest

from csms.protocol import schemas
from tests.conformance import actions, payloads

_KINDS = {"extra": "unknown_field"}


@pytest.mark.parametrize("folder", ["v16", "v201", "v21"])
def test_payloads_are_what_they_are_said_to_be(folder: str) -> None:
    validators = schemas.Schemas(folder)
    listed = {action.name for action in actions.EVERY if action.folder == folder}
    for name in sorted(listed):
        _judge(payloads.request(folder, name), lambda payload, name=name: validators.request_faults(name, payload))
        if f"{name}Response" in validators._names:
            _judge(
                payloads.response(folder, name), lambda payload, name=name: validators.response_faults(name, payload)
            )


def _judge(schema: payloads.Schema, faults: Any) -> None:
    assert faults(payloads.most(schema)) == ()
    assert faults(payloads.least(schema)) == ()
    for case in payloads.invalid(schema):
        assert {fault.kind for fault in faults(case.payload)} == {_KINDS.get(case.kind, case.kind)}, case


def test_every_kind_of_fault_is_tried() -> None:
    cases = payloads.invalid(payloads.request("v21", "SetDERControl"))
    assert {case.kind for case in cases} == {"missing", "type", "length", "value", "extra", "items"}


def test_the_same_payloads_are_made_every_time() -> None:
    schema = payloads.request("v201", "TransactionEvent")
    assert payloads.invalid(schema) == payloads.invalid(schema)
