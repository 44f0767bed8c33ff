"""A process of its own that appends as fast as it can and prints what was acknowledged, until it is killed."""

import itertools
import os
import sys
from pathlib import Path

from csms.storage.log import Append, Entry, Log, New
from tests.csms.storage.support import NOW, noted


def main(directory: Path) -> None:
    """Append batches to four streams for ever."""
    with Log.open(directory) as log:
        for batch in itertools.count():
            ids = [os.urandom(8) for _ in range(8)]
            appends = [
                Append(entries=(Entry(f"stream-{number % 4}", None, (New(noted(str(batch)), given),)),), at=NOW)
                for number, given in enumerate(ids)
            ]
            log.append_batch(appends)
            os.write(1, b"".join(given.hex().encode() + b"\n" for given in ids))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
