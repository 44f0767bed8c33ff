"""Whatever a charger of any version sends as whatever action ends in a value: a fact, or the fault to answer with."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from csms.domain import facts
from csms.protocol import frames, jsontext, quirks, versions
from tests.conformance import payloads
from tests.conformance.actions import EVERY, Action
from tests.csms.protocol.support import patient
from tests.csms.protocol.test_frames import json_values

FROM_CHARGERS = [action for action in EVERY if action.direction != "server to charger"]
QUIRKS = st.sampled_from([quirks.STRICT, quirks.TOLERANT, frozenset(quirks.Quirk)])
SPOILT: st.SearchStrategy[Any] = json_values | st.sampled_from(
    [None, 2**63, -(2**31), 10**40, True, "", "NaN", "1e3", 7.5, 1e300, [], {}]
)


@patient
@given(action=st.sampled_from(FROM_CHARGERS), payload=json_values, allowed=QUIRKS)
def test_any_payload(action: Action, payload: Any, allowed: frozenset[quirks.Quirk]) -> None:
    _judge(action, json.dumps(payload), allowed)


@patient
@given(
    action=st.sampled_from(FROM_CHARGERS), steps=st.lists(st.integers(0, 40), max_size=6), value=SPOILT, allowed=QUIRKS
)
def test_a_good_payload_with_anything_in_one_place(
    action: Action, steps: list[int], value: Any, allowed: frozenset[quirks.Quirk]
) -> None:
    good = json.loads(jsontext.encode(payloads.most(payloads.request(action.folder, action.name))))
    _judge(action, json.dumps(_spoilt(good, steps, value)), allowed)


def _spoilt(payload: Any, steps: list[int], value: Any) -> Any:
    """The payload with `value` at the place that these steps lead to."""
    if steps and isinstance(payload, dict) and payload:
        name = sorted(payload)[steps[0] % len(payload)]
        return {**payload, name: _spoilt(payload[name], steps[1:], value)}
    if steps and isinstance(payload, list) and payload:
        return [_spoilt(payload[0], steps[1:], value), *payload[1:]]
    return value


def _judge(action: Action, payload: str, allowed: frozenset[quirks.Quirk]) -> None:
    kind = frames.SEND if action.direction.endswith("SEND") else frames.CALL
    text = f'[{kind},"7","{action.name}",{payload}]'
    message = action.version.parse(text)
    if isinstance(message, frames.Send):
        found = action.version.said(message, text, allowed)
    else:
        assert isinstance(message, frames.Call)
        found = action.version.fact(message, text, allowed)
    assert isinstance(found, facts.Fact | versions.CallFault)
