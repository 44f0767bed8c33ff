"""How far somebody is who pays without an account, in one word and a sentence. Pure; used by the payer's page."""

from collections.abc import Mapping
from typing import Any

PHASES = {
    "paying": ("Waiting for your payment", "Confirm it on the payment page. Nothing is taken before you have charged."),
    "starting": ("Starting", "The charger is being told to start."),
    "plug_in": ("Plug in your car", "Charging starts as soon as the cable is plugged in."),
    "charging": ("Charging", ""),
    "idle": ("Charging is complete", "Your car takes no more energy. Unplug it: time after charging may cost."),
    "unplug": ("Charging has ended", "Unplug the cable. The receipt follows when the connector is free."),
    "settling": ("Making your receipt", "It takes a moment."),
    "paid": ("Thank you", "This is what was taken. The rest of what was held is released."),
    "given_back": ("Thank you", "A part of it was given back to you."),
    "all_back": ("Thank you", "It was given back to you."),
    "not_charged": ("You have not been charged", ""),
}
"""Title and what it means."""
FAILURES = {
    "The card was declined.": "Your card was refused. Nothing was taken: try another one.",
    "The payer did not confirm it.": "The payment was not confirmed.",
    "The payer did not confirm it in time.": "The payment was not confirmed in time.",
    "The charger did not take the order to start.": "The charger did not answer in time.",
    "The session costs nothing.": "No energy was taken, so there is nothing to pay.",
    "The session is free.": "Charging was free.",
    "the charger did not start a transaction in time": "No car was plugged in within the time limit.",
    "the charger is offline": "The charger has lost its connection to us.",
    "the charger's connection was lost": "The charger has lost its connection to us.",
}
"""How what is on record begins -> what a payer is told of it."""
UNKNOWN = "The charger could not start. Perhaps somebody else was quicker, or it needs to be looked at."
RELEASED = "The %(amount)s that were held on your card are released. Your bank may take some days to show it."
WORDS = (
    *(text for texts in PHASES.values() for text in texts if text),
    *dict.fromkeys(FAILURES.values()),
    UNKNOWN,
    RELEASED,
)
"""For translators."""
GOES_ON = frozenset({"paying", "starting", "plug_in", "charging", "idle", "unplug", "settling"})
"""Something will change by itself."""


def phase(payment: Mapping[str, Any], session: Mapping[str, Any] | None) -> str:
    """How far it is, by the views of the payment and of its session."""
    match payment["status"]:
        case "created" | "requires_action":
            return "paying"
        case "authorised":
            return "starting"
        case "session_bound":
            return _of_session(session)
        case "capture_pending":
            return "settling"
        case "partially_refunded":
            return "given_back"
        case "refunded":
            return "all_back"
        case "captured":
            return "paid"
        case _:
            return "not_charged"


def why(payment: Mapping[str, Any], session: Mapping[str, Any] | None) -> str:
    """Why nothing was charged, in English."""
    failure = None if session is None else session.get("failure")
    for told in (failure, payment["reason"]):
        for begin, text in FAILURES.items():
            if told and told.startswith(begin):
                return text
    return UNKNOWN


def _of_session(session: Mapping[str, Any] | None) -> str:
    if session is None or session["status"] == "pending":
        return "plug_in"
    if session["status"] == "active":
        return "charging" if session["idle_since"] is None else "idle"
    return "unplug" if session["status"] == "finishing" else "settling"
