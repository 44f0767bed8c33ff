"""`csms actor restart NAME`."""

from tests.api.cli.support import Csms, Server


def test_without_a_server_there_is_no_actor(csms: Csms) -> None:
    ran = csms.tried("actor", "restart", "chargers/CP-01")
    assert ran.code == 1
    assert "no server answers" in ran.err


def test_the_servers_word_comes_through(csms: Csms, server: Server) -> None:
    ran = csms.tried("actor", "restart", "chargers/CP-99")
    assert ran.code == 1
    assert "'chargers/CP-99': GET /api/v1/actors has their names" in ran.err
    server.stop()
