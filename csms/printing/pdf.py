"""A paper as PDF."""

import json
from pathlib import Path

import csms
from csms.printing import sheet
from csms.storage.billing import papers

FONTS = Path(csms.__file__).parent.parent / "api" / "web" / "node_modules" / "@expo-google-fonts" / "noto-sans"
"""Where scripts/_setup puts Noto Sans, which has Latin, Greek, Cyrillic and Devanagari."""
_TEMPLATE = Path(__file__).with_name("document.typ")
_FACES = ("400Regular", "600SemiBold")


def made(paper: papers.Paper, translate: sheet.Translate = str, language: str = "en") -> bytes:
    """The PDF of a document; `translate` and `language` (ISO 639) say in which words."""
    import typst  # here: it is 30 MB, and most who import this print nothing

    data = json.dumps({**sheet.sheet(paper, translate), "language": language}, ensure_ascii=False)
    faces = [str(FONTS / face) for face in _FACES if (FONTS / face).exists()]
    found = typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=faces,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": data},
    )
    assert isinstance(found, bytes), "one format is one file"
    return found
