"""When to ping and when to give up (rule 16)."""

from csms.gateway import liveness
from csms.gateway.liveness import Verdict


def judge(
    silent_for: float = 0, since_ping: float = 0, ping_interval: float = 30, offline_after: float = 90
) -> Verdict:
    return liveness.judge(
        silent_for=silent_for, since_ping=since_ping, ping_interval=ping_interval, offline_after=offline_after
    )


def test_rule_16_a_ping_is_due_after_the_interval() -> None:
    assert judge(since_ping=29.9) is Verdict.FINE
    assert judge(since_ping=30) is Verdict.PING


def test_rule_16_silence_beyond_the_limit_is_the_end() -> None:
    assert judge(silent_for=89.9) is Verdict.FINE
    assert judge(silent_for=90, since_ping=30) is Verdict.GONE


def test_rule_16_interval_0_never_pings_and_limit_0_never_gives_up() -> None:
    assert judge(since_ping=1e9, ping_interval=0) is Verdict.FINE
    assert judge(silent_for=1e9, offline_after=0) is Verdict.FINE
