"""The file in a form, however the form is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import errors, multipart

BOUNDARY = "----x7"
HEAD = b'------x7\r\nContent-Disposition: form-data; name="file"; filename="a.log"\r\n\r\n'
TAIL = b"\r\n------x7--\r\n"


def form() -> multipart.Part:
    found = multipart.opened(f'multipart/form-data; boundary="{BOUNDARY}"')
    assert found is not None
    return found


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), min_size=1))
def test_the_file_comes_out_as_it_went_in(content: bytes, sizes: list[int]) -> None:
    if b"\r\n------x7" in content:
        return
    sent, part, told, turn = HEAD + content + TAIL, form(), b"", 0
    while sent:
        size = sizes[turn % len(sizes)]
        told, sent, turn = told + part.feed(sent[:size]), sent[size:], turn + 1
    assert told == content
    assert part.whole


def test_only_the_first_part_counts() -> None:
    part = form()
    assert part.feed(HEAD + b"one\r\n" + HEAD + b"two" + TAIL) == b"one"
    assert part.feed(b"more") == b""


def test_a_form_that_ends_too_soon_is_not_whole() -> None:
    part = form()
    part.feed(HEAD + b"half of")
    assert not part.whole


def test_a_body_without_a_part_is_refused_soon() -> None:
    with pytest.raises(errors.ApiError):
        form().feed(b"x" * (multipart.MAX_HEAD + 1))


@pytest.mark.parametrize("kind", ["", "application/octet-stream", "multipart/form-data", "text/plain; boundary=x"])
def test_anything_else_is_no_form(kind: str) -> None:
    assert multipart.opened(kind) is None
