"""A paper as PDF."""

import json
import subprocess
import sys
from pathlib import Path

import csms
from csms.printing import sheet
from csms.storage.billing import papers

FONTS = Path(csms.__file__).parent.parent / "api" / "web" / "node_modules" / "@expo-google-fonts" / "noto-sans"
"""Where scripts/_setup puts Noto Sans, which has Latin, Greek, Cyrillic and Devanagari."""
TAGGED = 500
"""Longer documents have no tags for screen readers: these make a line nine times as large."""
SECONDS = 120.0
"""How long setting one document may take."""
_TEMPLATE = Path(__file__).with_name("document.typ")
_TYPESETTER = Path(__file__).with_name("typesetter.py")
_FACES = ("400Regular", "600SemiBold")


class NotPrinted(Exception):
    """The typesetter failed on a document; the message has its last words."""


def made(paper: papers.Paper, translate: sheet.Translate = str, language: str = "en") -> bytes:
    """The PDF of a document; `translate` and `language` (ISO 639) say in which words. Raises NotPrinted."""
    asked = {
        "template": str(_TEMPLATE),
        "fonts": [str(FONTS / face) for face in _FACES if (FONTS / face).exists()],
        "tagged": len(paper["lines"]) <= TAGGED,
        "data": json.dumps(sheet.sheet(paper, translate, language), ensure_ascii=False),
    }
    command = [sys.executable, "-I", str(_TYPESETTER)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, input=json.dumps(asked).encode(), capture_output=True, timeout=SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        raise NotPrinted(f"{paper['number']}: {error.stderr.decode(errors='replace')[-500:]}") from error
    except subprocess.TimeoutExpired as error:
        raise NotPrinted(f"{paper['number']}: it took longer than {SECONDS:.0f} s") from error
    return done.stdout
