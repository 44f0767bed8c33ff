"""Bytes of all kinds for the readers of frames and of the log: fuzz.py's corpora and thousands of changes of them."""

import os

import pytest

from tests.chaos import fuzz

COUNT = int(os.environ.get("FUZZ_COUNT", "10000"))
SEED = 16


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_no_bytes_make_a_reader_raise(name: str) -> None:
    target, corpus = fuzz.TARGETS[name]
    for data in fuzz.mutations(corpus(), COUNT, SEED):
        try:
            target(data)
        except Exception as error:
            raise AssertionError(f"{name} fails for {data!r}") from error
