"""Every action of both versions has its row."""

from csms.protocol import v2x, versions
from tests.csms.protocol.v2x.support import BOTH


@BOTH
def test_a_server_may_call_what_the_schemas_have_and_chargers_do_not_call(version: versions.Version) -> None:
    only_chargers = version.validators.actions - set(version.calls)
    assert only_chargers >= v2x.FROM_CHARGER - {"DataTransfer"}
    assert set(version.calls) <= version.validators.actions
    assert set(version.calls) >= v2x.FROM_SERVER


@BOTH
def test_no_row_is_of_an_action_without_a_schema(version: versions.Version) -> None:
    assert set(version.incoming) <= version.validators.actions
    assert {row.action for row in version.outgoing.values()} <= set(version.calls)
