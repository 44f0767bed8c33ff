"""OCPP 1.6: answer -> CALLRESULT payload. Only what 1.6 has words and room for goes out."""

from typing import Any, assert_never

from csms.domain import facts
from csms.protocol import times

_STATUSES = frozenset({"Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"})
MAX_ID_TAG = 20


def payload(answer: facts.Answer) -> dict[str, Any]:
    """The payload that says this."""
    match answer:
        case facts.BootAnswer():
            return {"status": answer.status, "currentTime": times.write(answer.now), "interval": answer.interval_s}
        case facts.HeartbeatAnswer():
            return {"currentTime": times.write(answer.now)}
        case facts.AuthorizeAnswer():
            return {"idTagInfo": _info(answer.info)}
        case facts.StartAnswer():
            info = _info(answer.info) if answer.info else {"status": "Invalid"}
            return {"transactionId": int(answer.transaction_id), "idTagInfo": info}
        case facts.StopAnswer():
            return {"idTagInfo": _info(answer.info)} if answer.info else {}
        case facts.DataAnswer():
            return {"status": answer.status, **({} if answer.data is None else {"data": answer.data})}
        case facts.EventAnswer() | facts.VatAnswer() | facts.NeedsAnswer() | facts.ScheduleAnswer():
            return {}
        case facts.Acknowledged():
            return {}
        case facts.SigningAnswer() | facts.CertificateStatusAnswer():
            raise AssertionError("these have rows of their own")
        case _:
            assert_never(answer)


def status(word: str) -> str:
    """An authorization status in 1.6: the words that only 2.x has (NoCredit, NotAtThisTime, ...) are Invalid."""
    return word if word in _STATUSES else "Invalid"


def _info(info: facts.TokenInfo) -> dict[str, Any]:
    """A group of more characters than an idTag has cannot be told."""
    told: dict[str, Any] = {"status": status(info.status)}
    if info.expires_at is not None:
        told["expiryDate"] = times.write(info.expires_at)
    if info.group_id is not None and len(info.group_id) <= MAX_ID_TAG:
        told["parentIdTag"] = info.group_id
    return told
