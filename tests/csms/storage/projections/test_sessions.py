"""The rows of sessions: a sample writes little, and the row is right all the same."""

from pathlib import Path

import pytest

from csms.domain import events
from csms.storage.log import Log
from tests.csms.storage.support import NOW, Teller, differences, sampled, started


@pytest.mark.parametrize(
    "samples",
    [
        (sampled(1500),),
        (sampled(1500), sampled(1600)),
        (events.MeterSampled(readings=(), suspect=("clock",)),),
        (events.MeterSampled(readings=(), suspect=("clock",)), sampled(1600)),
        (sampled(1500), events.ConnectorStatusNoted(status="Charging", noted_at=NOW)),
    ],
    ids=["one", "two", "suspect", "after a suspect one", "together with a status"],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_sample_leaves_the_row_that_the_log_folds_to(
    log: Log, teller: Teller, directory: Path, samples: tuple[events.AnyEvent, ...], together: bool
) -> None:
    teller.tell("s1", started("CP-01"))
    for each in [samples] if together else [(sample,) for sample in samples]:
        teller.tell("s1", *each, seconds=60)
    assert differences(directory) == []
