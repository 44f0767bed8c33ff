"""From one security profile to another (rule 57): what may be ordered, step by step."""

from datetime import UTC, datetime

import pytest

from actors.chargers.profiles import DOWNGRADE, Profiles
from actors.recording import journal
from csms.domain import events, inventory, security, variables
from csms.storage.records import Append, Entry, New
from csms.storage.reference import chargers
from tests.actors.node import Watched


@pytest.fixture
async def profiles(node: Watched) -> Profiles:
    """CP-01's, which has profile 3."""
    changed = await node.write(chargers.change, "CP-01", {"security_profile": 3})
    return Profiles(node.services, "CP-01", changed.profile)


async def tells(node: Watched, value: str) -> None:
    """The charger told whether it may go down."""
    put = {DOWNGRADE: {"attributes": {"Actual": {"value": value}}}}
    told = events.InventoryChanged(changes=(inventory.Change(kind=variables.KIND, put=put),))
    entry = Entry(events.charger_stream("CP-01"), None, (New(told),))
    await journal.append(node.services.journal, Append(entries=(entry,), at=datetime.now(UTC)))


@pytest.mark.parametrize(("value", "may"), [(None, False), ("false", False), ("true", True), ("TRUE", True)])
async def test_rule_57_down_from_3_to_2_where_the_charger_allows_it(
    node: Watched, profiles: Profiles, value: str | None, may: bool
) -> None:
    if value is not None:
        await tells(node, value)
    assert (await profiles.objection(2, "2.1") is None) is may
    assert await profiles.objection(2, "2.0.1") is not None
    assert await profiles.objection(1, "2.1") is not None


async def test_rule_57_each_step_is_stored_before_the_next(node: Watched, profiles: Profiles) -> None:
    async def stored() -> security.Profile:
        return (await node.read(chargers.get, "CP-01")).profile

    before = (await node.read(chargers.get, "CP-01")).revision
    await profiles.offer(2)
    assert await stored() == security.Profile(3, 2)
    await profiles.answered(2, "timeout")
    assert await stored() == security.Profile(3, 2), "nobody knows whether it will try"
    await profiles.used(3)
    assert await stored() == security.Profile(3, 2), "it has not yet"
    assert (await node.read(chargers.get, "CP-01")).revision == before
    await profiles.used(2)
    assert await stored() == security.Profile(2)
    assert (await node.read(chargers.get, "CP-01")).revision == before + 1, "that is a change that people see"
    await profiles.offer(3)
    await profiles.answered(3, "rejected")
    assert await stored() == security.Profile(2)


async def test_an_operator_who_sets_a_profile_ends_the_move(node: Watched, profiles: Profiles) -> None:
    await profiles.offer(2)
    changed = await node.write(chargers.change, "CP-01", {"security_profile": 3})
    assert changed.profile == security.Profile(3)
