"""Fuzzing guided by coverage, for as long as one likes: needs atheris, which is no part of the environment.

    .tools/bin/uv run --with atheris python -m tests.chaos.guided frames|stored FOLDER -max_total_time=600

FOLDER gets the corpus, and with the next call all goes on from there. An input that makes a reader raise is written
into the working directory; what it found belongs into a test.
"""

import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["csms"]):
    from tests.chaos import fuzz


def main(name: str, folder: Path, *options: str) -> None:
    """Fuzz until told to stop, or until a crash."""
    target, corpus = fuzz.TARGETS[name]
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus()):
        (folder / f"corpus-{number}").write_bytes(data)
    atheris.Setup([sys.argv[0], str(folder), *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
