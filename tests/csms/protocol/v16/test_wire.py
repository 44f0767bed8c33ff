"""Frames as clients of different makers write them: every one is understood, none is suspect."""

import pytest

from csms.domain import facts
from csms.protocol import frames
from tests.csms.protocol.support import V16, heard

SIGNED = '{\\"signedMeterData\\":\\"T0NNRnx7fQ==\\",\\"encodingMethod\\":\\"OCMF\\"}'

FRAMES = {
    # an asyncio library: spaces after commas, model before vendor, times without fractions
    '[2, "07bc5462", "BootNotification", {"chargePointModel": "M", "chargePointVendor": "V"}]': facts.Boot,
    '[2,"749e","StartTransaction",{"connectorId":1,"idTag":"T","meterStart":0,"timestamp":"2026-11-21T09:12:03Z"}]': (
        facts.TransactionStart
    ),
    '[2,"e410","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-11-21T09:12:03Z","sampledValue":'
    '[{"value":"100","unit":"Wh","measurand":"Energy.Active.Import.Register","context":"Sample.Periodic"}]}],'
    '"transactionId":17}]': facts.MeterReport,
    '[2,"867b","StopTransaction",{"meterStop":300,"timestamp":"2026-11-21T09:12:03Z","transactionId":17,'
    '"reason":"Local","idTag":"T"}]': facts.TransactionStop,
    # a strict JavaScript client: milliseconds, the fewest fields
    '[2,"fb35","MeterValues",{"connectorId":1,"transactionId":18,"meterValue":[{"timestamp":"2026-11-21T09:12:07.409Z",'
    '"sampledValue":[{"value":"10"}]}]}]': facts.MeterReport,
    '[2,"5e54","StopTransaction",{"transactionId":18,"meterStop":10,"timestamp":"2026-11-21T09:12:07.412Z"}]': (
        facts.TransactionStop
    ),
    # a simulator: empty strings for what it does not have, connector 0
    '[2,"6a7b","BootNotification",{"chargePointVendor":"CLI-Vendor","chargePointModel":"CLI-Model","iccid":"",'
    '"chargePointSerialNumber":"CLI-001","chargeBoxSerialNumber":"CLI-001","imsi":"","meterType":""}]': facts.Boot,
    '[2,"d352","StatusNotification",{"connectorId":0,"errorCode":"NoError","status":"Available"}]': facts.StatusReport,
    # a virtual charger: float noise in kWh, signed data
    '[2,"b8c5","MeterValues",{"connectorId":1,"transactionId":29,"meterValue":[{"timestamp":"2026-11-21T09:26:57.732Z",'
    '"sampledValue":[{"value":"0.15003999999999998","measurand":"Energy.Active.Import.Register","unit":"kWh"}]}]}]': (
        facts.MeterReport
    ),
    '[2,"2061","StopTransaction",{"meterStop":223,"timestamp":"2026-11-21T09:27:05.085Z","transactionId":29,'
    f'"transactionData":[{{"timestamp":"2026-11-21T09:27:05.085Z","sampledValue":[{{"value":"{SIGNED}",'
    '"format":"SignedData","context":"Transaction.End"}]}]}]': facts.TransactionStop,
    '[2,"13e0","Heartbeat",{}]': facts.Heartbeat,
    '[2,"b1f2","Authorize",{"idTag":"TAG1"}]': facts.Authorize,
}


@pytest.mark.parametrize(("text", "kind"), FRAMES.items())
def test_each_frame_is_understood(text: str, kind: type[facts.Fact]) -> None:
    fact = heard(text)
    assert isinstance(fact, kind)
    assert fact.suspect == ()


def test_an_answer_is_understood() -> None:
    assert V16.parse('[3,"c32bd672",{"status":"Accepted"}]') == frames.CallResult("c32bd672", {"status": "Accepted"})
