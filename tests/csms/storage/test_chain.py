"""The chain's arithmetic, which must stay as it is for as long as there are logs that it was used for."""

from csms.storage import chain, checkpoints

EVENT = (b"identity", "Notified", 1, 1_772_355_600_000, "command", None, b"\x80")


def test_the_hashes_of_yesterday_are_those_of_today() -> None:
    begin = chain.genesis("session:s1")
    first = chain.link(begin, 1, *EVENT)
    assert begin.hex() == "1aadc95b3b57fb901ca0d1de55f514c4"
    assert first.hex() == "535b2a697ceca8a29036835c82ee053c"
    assert chain.link(first, 2, *EVENT).hex() == "adeb27907cbed5de219fe08ea2017228"
    assert checkpoints.begin(first).hexdigest() == "3887d1208e1f3b05c4cea0664aa94daa674596ea0f1ea62d7d6ee888ea61b36b"


def test_a_stream_cannot_pass_as_another() -> None:
    assert chain.genesis("session:s1") != chain.genesis("session:s2")


def test_what_moves_from_one_column_to_the_next_is_noticed() -> None:
    begin = chain.genesis("a")
    hashes = {
        chain.link(begin, 1, b"identity", "Notified", 1, 0, correlation, causation, b"\x80")
        for correlation, causation in [("ab", None), (None, "ab"), ("a", "b"), ("", "ab"), ("ab", "")]
    }
    assert len(hashes) == 5
