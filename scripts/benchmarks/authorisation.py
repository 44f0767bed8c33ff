"""How long a charger waits for the answer about a card, of a million: idle, and while MeterValues flow from others.

Cards are authorized, then begin a transaction; a tenth has limits a month, a tenth is in a group. Rounds of both
follow each other on one server, so that each is a ratio against the other of the same minute.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from typing import NamedTuple

from scripts.benchmarks import _fleet, _many, _servers, _turns
from scripts.benchmarks._charger import Charger

ASKING, CHARGING = 10, 200
LIMIT = 2


class Took(NamedTuple):
    """Milliseconds of the answers of a round, in order of length."""

    authorize: Sequence[float]
    start: Sequence[float]


def main() -> None:
    """Measure and print p50 and p99 in ms, and the ratio of busy to idle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=1_000_000)
    parser.add_argument("--cards", type=int, default=500, help="a round")
    parser.add_argument("--rate", type=float, default=1000, help="MeterValues a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="20,000 tokens, one round of 30 cards, 100 a second")
    given = parser.parse_args()
    tokens, cards, rounds = (20_000, 30, 1) if given.quick else (given.tokens, given.cards, given.rounds)
    rate = 100 if given.quick else given.rate
    dice = random.Random(1)
    with _servers.site(ASKING + CHARGING) as site:
        _many.tokens(site.data, tokens)
        with _servers.serving(site) as server:

            def measured(name: str) -> Took:
                return told(name, asyncio.run(asked(server, [dice.randrange(tokens) for _ in range(cards)])))

            measured("warming up")
            quiet, busy = [], []
            for _ in range(rounds):
                quiet.append(measured("idle"))
                with _fleet.elsewhere(server, ASKING, CHARGING, rate):
                    busy.append(measured("busy"))
    for action in Took._fields:
        for share in (50, 99):
            idle, loaded = (
                statistics.median(at(getattr(each, action), share) for each in some) for some in (quiet, busy)
            )
            print(f"{action} p{share}: idle {idle:.1f} ms, busy {loaded:.1f} ms, busy / idle: {loaded / idle:.2f}")
    print(f"(limit of authorize p99: {LIMIT})")


async def asked(server: _servers.Server, cards: Sequence[int]) -> Took:
    """Have these cards shown, one after the other."""
    chargers = await _fleet.arrive(server, range(ASKING))
    authorize, start = [], []
    for number, card in enumerate(cards):
        charger, token = chargers[number % ASKING], _many.id_token(card)
        begun = time.perf_counter()
        await accepted(charger, "Authorize", {"idTag": token})
        authorize.append((time.perf_counter() - begun) * 1000)
        payload = {"connectorId": 1, "idTag": token, "meterStart": 0, "timestamp": _turns.stamp()}
        begun = time.perf_counter()
        transaction = await accepted(charger, "StartTransaction", payload)
        start.append((time.perf_counter() - begun) * 1000)
        ended = {"transactionId": transaction, "meterStop": 10, "timestamp": _turns.stamp()}
        await charger.call("StopTransaction", ended)
    await _fleet.leave(chargers)
    return Took(sorted(authorize), sorted(start))


async def accepted(charger: Charger, action: str, payload: dict[str, object]) -> int:
    """The transaction's number, 0 for an authorization. Raises ConnectionError when the card may not charge."""
    answer = await charger.call(action, payload)
    if answer["idTagInfo"]["status"] != "Accepted":
        raise ConnectionError(f"{action} of {payload['idTag']}: {answer}")
    return int(answer.get("transactionId", 0))


def told(name: str, took: Took) -> Took:
    """The same, printed."""
    shown = (f"{action} p50 {at(each, 50):.1f} p99 {at(each, 99):.1f} ms" for action, each in took._asdict().items())
    print(f"{name}: {', '.join(shown)}", flush=True)
    return took


def at(took: Sequence[float], share: int) -> float:
    """What so many percent stayed below."""
    return took[len(took) * share // 100]


if __name__ == "__main__":
    main()
