"""Which of our languages a caller prefers."""

import pytest

from api import languages


@pytest.mark.parametrize(
    ("header", "preferred"),
    [
        (None, None),
        ("", None),
        ("hi-IN", "hi"),
        ("fr-FR, de;q=0.8, en;q=0.7", "de"),
        ("en;q=0.1, HI ; q=0.9", "hi"),
        ("de;q=0", None),
        ("fr, *;q=0.5", None),
        ("de;q=much", None),
    ],
)
def test_preferred(header: str | None, preferred: str | None) -> None:
    assert languages.preferred(header) == preferred
