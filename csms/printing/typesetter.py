"""Sets one document and ends: a program of its own, run by pdf.py.

Reads JSON from stdin, {template, fonts, tagged, data}, and writes the PDF to stdout.

typst keeps what it worked out for the next ten documents, which is 0.7 GB each for invoices of 10,000 lines: here it
goes with the process. Imports nothing of csms, so that it starts at once.
"""

import json
import sys
from pathlib import Path

import typst


def main() -> None:
    """Write the PDF to stdout."""
    asked = json.load(sys.stdin)
    template = Path(asked["template"])
    printed = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=asked["fonts"],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": asked["data"]},
        pdf_tags=asked["tagged"],
    )
    assert isinstance(printed, bytes), "one format is one file"
    sys.stdout.buffer.write(printed)


if __name__ == "__main__":
    main()
