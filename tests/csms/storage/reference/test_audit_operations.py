"""Who revoked a certificate, wrote a template, began or ended a campaign or a bulk change: recorded with the change."""

from datetime import timedelta
from typing import Any

from csms.domain import campaign, selection
from csms.storage import staging
from csms.storage.log import Log
from csms.storage.reference import campaigns, certificates, firmware, jobs, templates
from tests.csms.storage.reference.test_audit import told
from tests.csms.storage.support import NOW


def test_who_revoked_a_certificate_is_recorded_and_that_it_was_signed_is_not(log: Log) -> None:
    ends_at, about = NOW + timedelta(days=30), {"serial_number": "abc", "common_name": "SN", "chain": "PEM"}
    log.write(lambda conn: certificates.issue(conn, "CP-01", "charger", at=NOW, ends_at=ends_at, **about))
    for by in ("u1", "u2"):
        log.change(lambda conn: certificates.revoke(conn, "0ABC", "key_compromise", NOW), by)
    [revoked] = told(log)
    assert (revoked["kind"], revoked["id"], revoked["by"]) == ("certificate", "abc", "u1")
    assert (revoked["before"]["status"], revoked["after"]["status"]) == ("issued", "revoked")
    assert revoked["after"]["reason"] == "key_compromise"


def test_a_template_is_recorded_as_it_was_and_is(log: Log) -> None:
    fields = {"name": "ACME meters", "settings": {"MeterValueSampleInterval": "60"}}
    made, _ = log.change(lambda conn: templates.add(conn, fields), "u1")
    log.change(lambda conn: templates.change(conn, made.id, {"settings": {"MeterValueSampleInterval": "30"}}), "u2")
    log.change(lambda conn: templates.remove(conn, made.id), "u3")
    added, changed, removed = told(log)
    assert [each["by"] for each in (added, changed, removed)] == ["u1", "u2", "u3"]
    assert added["after"]["settings"] == {"MeterValueSampleInterval": "60"}
    assert (changed["before"], changed["after"]) == (
        {"settings": {"MeterValueSampleInterval": "60"}},
        {"settings": {"MeterValueSampleInterval": "30"}},
    )
    assert (removed["before"]["name"], removed["after"]) == ("ACME meters", {})


def test_a_campaign_s_turns_are_recorded(log: Log) -> None:
    fields = {"vendor": "ACME", "model": "F", "version": "2", "sha256": "0" * 64, "url": "https://example.com/f.bin"}
    what = log.write(firmware.add, fields, NOW)
    about: dict[str, Any] = {
        "name": "April",
        "firmware_id": what.id,
        "chosen": selection.Selection(),
        "plan": campaign.Plan(),
    }
    parts = [campaigns.Part(charger_id="CP-01")]
    made, _ = log.change(lambda conn: campaigns.add(conn, parts=parts, by="u1", now=NOW, **about), "u1")
    log.change(lambda conn: campaigns.pause(conn, made, "u2"), "u2")
    log.write(campaigns.became, made, campaign.PAUSED, "too many failed", NOW)
    log.change(lambda conn: campaigns.cancel(conn, made, "u3", NOW), "u3")
    turns = [(each["by"], each["after"]["status"]) for each in told(log) if each["kind"] == "campaign"]
    assert turns == [("u1", "running"), ("u2", "paused"), ("u3", "cancelled")]


def test_a_bulk_change_is_recorded_without_secrets_and_what_the_system_does_by_itself_is_not(log: Log) -> None:
    parts = {"CP-01": {"HeartbeatInterval": "60", "AuthorizationKey": "s3cret"}, "CP-02": {"HeartbeatInterval": "60"}}
    about: dict[str, Any] = {"kind": "apply", "template_id": None, "now": NOW}
    made, _ = log.change(lambda conn: jobs.add(conn, parts, by="u1", **about), "u1")
    log.write(lambda conn: jobs.add(conn, parts, by=staging.SYSTEM, **about))
    log.change(lambda conn: jobs.cancel(conn, made, NOW), "u2")
    begun, over = told(log)
    assert (begun["by"], begun["id"], begun["after"]["chargers"]) == ("u1", made, 2)
    assert begun["after"]["settings"]["HeartbeatInterval"] == "60"
    assert "s3cret" not in str(begun)
    assert (over["by"], over["after"]["status"]) == ("u2", "cancelled")
