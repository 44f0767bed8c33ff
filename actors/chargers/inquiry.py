"""Inquiry: asks a 2.x charger what became of transactions of which events are missing (rules 42, 44). One object each.

The charger actor sets the alarm and sends the order. Each transaction is asked about once, and again, at a pace, only
while the charger says that it still keeps events of it.
"""

from __future__ import annotations

from typing import Any

from actors.chargers.transaction_events import TransactionEvents
from csms.domain import commands
from csms.domain.session import Session

ACTION = "GetTransactionStatus"
SECONDS = 10.0
"""How long what is missing may still come by itself; and between two questions."""
AGAIN_SECONDS = 60.0
"""Between two questions about the same transaction."""


class Inquiry:
    """What is to be asked, and what was."""

    def __init__(self, transactions: TransactionEvents) -> None:
        self._transactions = transactions
        self._asked: set[str] = set()
        self._waiting = False

    def due(self) -> float | None:
        """In how many seconds `order` is to be called; None = it is known already, or nothing is unclear."""
        if self._waiting:
            return None
        wait = min((self._wait(state.id) for state in self._transactions.unclear() if self._may(state)), default=None)
        self._waiting = wait is not None
        return wait

    def order(self) -> commands.Raw | None:
        """The next question, if there still is one."""
        self._waiting = False
        for state in sorted(filter(self._may, self._transactions.unclear()), key=lambda each: each.id in self._asked):
            self._asked.add(state.id)
            return commands.Raw(action=ACTION, payload={"transactionId": state.transaction_id})
        return None

    async def answered(self, command: commands.AnyCommand, response: dict[str, Any]) -> None:
        """An order was answered; one that was no such question says nothing here."""
        match command, response:
            case commands.Raw(action="GetTransactionStatus", payload={"transactionId": str(named)}), {
                "messagesInQueue": bool(in_queue)
            }:
                ongoing = response.get("ongoingIndicator")
                ongoing = ongoing if isinstance(ongoing, bool) else None
                await self._transactions.queue_told(named, in_queue=in_queue, ongoing=ongoing)

    def _may(self, state: Session) -> bool:
        return state.id not in self._asked or (state.ledger is not None and bool(state.ledger.in_queue))

    def _wait(self, session_id: str) -> float:
        return AGAIN_SECONDS if session_id in self._asked else SECONDS
