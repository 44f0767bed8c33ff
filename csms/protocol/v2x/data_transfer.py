"""OCPP 2.x data transfer: vendors' own messages. Their data may be any JSON; here it is text."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, facts
from csms.protocol import fields, jsontext, versions


def _report(report: fields.Fields) -> facts.DataReport:
    data = report.payload.get("data")
    return facts.DataReport(
        vendor_id=report.words("vendorId"),
        message_id=report.text("messageId"),
        data=data if data is None or isinstance(data, str) else jsontext.encode(data),
        suspect=report.suspect,
    )


def _answer(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.DataAnswer)
    return {"status": answer.status, **({} if answer.data is None else {"data": answer.data})}


def _transfer(command: commands.DataTransfer) -> dict[str, Any]:
    named = {"vendorId": command.vendor_id, "messageId": command.message_id, "data": command.data}
    return {name: value for name, value in named.items() if value is not None}


INCOMING: Mapping[str, versions.Incoming] = {"DataTransfer": versions.Incoming(_report, _answer)}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.DataTransfer: versions.Outgoing("DataTransfer", _transfer)
}
