"""README's walk through the demo, typed as it stands: the story from the price to the books, with curl."""

import os
import pathlib
import re
import subprocess

from tests.e2e import server

ROOT = pathlib.Path(__file__).resolve().parent.parent
WALK = re.search(r"^## A walk through the demo\n(.*?)^## ", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PRINTED = "EMAIL=admin@localhost PASSWORD=one-time-password"
PATIENCE_S = 240


def typed(running: server.Server, folder: pathlib.Path) -> str:
    """The walk as a script for this server, which ends where something fails."""
    assert WALK is not None
    script = "".join(BLOCKS.findall(WALK[1]))
    assert PRINTED in script
    script = script.replace(PRINTED, f"EMAIL={server.EMAIL} PASSWORD='{server.PASSWORD}'")
    script = script.replace("localhost:8000", running.http_url).replace("receipt.pdf", str(folder / "receipt.pdf"))
    return f"set -euo pipefail\n{script}\necho; echo PAYMENT=$PAYMENT"


def test_the_walk_works_as_it_is_written(tmp_path: pathlib.Path) -> None:
    with server.serving(tmp_path / "data", flags=("--demo",)) as running:
        done = subprocess.run(
            ["bash", "-c", typed(running, tmp_path)],
            cwd=ROOT,
            env={**os.environ, "CSMS_DATA": str(running.data)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        payment = running.get(f"/payments/{done.stdout.rpartition('PAYMENT=')[2].strip()}")
        receipt = running.get(f"/sessions/{payment['session_id']}/receipt")
    assert '"total_incl":"426.00"' in done.stdout
    assert '"status":403' in done.stdout
    assert '"Blocked"' in done.stdout
    assert len(receipt["sessions"]) == 2, "what support continued is on the same bill"
    assert payment["captured"] == receipt["total"]
    assert payment["refunded"] == {"amount": "1.00", "currency": "INR"}
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")
