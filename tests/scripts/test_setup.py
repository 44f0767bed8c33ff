"""scripts/_setup on a made-up machine: the real script, with stand-ins for all that would ask a registry."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ORDINARY = ("bash", "cat", "dirname", "env", "grep", "mkdir", "rm", "cp", "chmod")

# Does as Python does, but `-m venv .tools` makes a folder that holds the stand-in for uv, as pip would.
PYTHON = f"""
if [ "$1 $2" = "-m venv" ]; then
  if [ -f no-venv ]; then echo "ensurepip is not available"; exit 1; fi
  mkdir -p .tools/bin && cp bin/true .tools/bin/python && cp bin/uv .tools/bin/uv
else
  exec {sys.executable} "$@"
fi
"""


class Machine:
    """A checkout with nothing but scripts/_setup, and a PATH with nothing but what the test put there."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        for folder in ("bin", "scripts"):
            (path / folder).mkdir()
        for name in ("scripts/_setup", "scripts/uv-requirements.txt", "pyproject.toml", "uv.lock"):
            shutil.copy(ROOT / name, path / name)
        for name in ORDINARY:
            (path / "bin" / name).symlink_to(str(shutil.which(name)))
        self.command("python3", PYTHON)
        self.command("uv", "mkdir -p .venv")
        self.command("true", "")

    def command(self, name: str, does: str) -> None:
        """Puts a command on the PATH; each call of it is a line in `calls`."""
        (self.path / "bin" / name).write_text(f'#!/usr/bin/env bash\necho "{name} $*" >>"{self.path}/calls"\n{does}\n')
        (self.path / "bin" / name).chmod(0o755)

    @contextlib.contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A set-up that runs; what still runs of it at the end is killed."""
        process = subprocess.Popen(
            [self.path / "scripts" / "_setup", *arguments],
            env={**os.environ, "PATH": str(self.path / "bin")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def setup(self, *arguments: str) -> tuple[int, str]:
        """Runs it to the end: (exit code, what it said)."""
        with self.started(*arguments) as process:
            said = process.communicate(timeout=60)[0]
        return process.returncode, said

    def calls(self, name: str) -> list[str]:
        """The arguments of each call of a command so far."""
        lines = (self.path / "calls").read_text().splitlines()
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]

    def add_pages(self) -> None:
        (self.path / "api" / "web").mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            (self.path / "api" / "web" / name).write_text("{}")


@pytest.fixture
def machine(tmp_path: pathlib.Path) -> Machine:
    return Machine(tmp_path)


def test_the_locked_packages_are_installed_once(machine: Machine) -> None:
    assert machine.setup()[0] == 0
    assert machine.setup() == (0, "")
    assert machine.calls("uv") == ["sync --locked"]


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml", "scripts/uv-requirements.txt"])
def test_a_change_of_what_is_locked_is_installed(machine: Machine, name: str) -> None:
    machine.setup()
    with (machine.path / name).open("a") as file:
        file.write("# changed\n")
    machine.setup()
    assert len(machine.calls("uv")) == 2


def test_a_folder_that_was_deleted_is_made_again(machine: Machine) -> None:
    machine.setup()
    shutil.rmtree(machine.path / ".venv")
    assert machine.setup()[0] == 0
    assert (machine.path / ".venv").is_dir()


@pytest.mark.parametrize("before", ["nothing", "an older lock"])
def test_an_interrupted_set_up_fails_and_the_next_one_starts_from_nothing(machine: Machine, before: str) -> None:
    if before == "an older lock":
        machine.setup()
        (machine.path / "uv.lock").write_text("newer")
    interrupted = "mkdir -p .venv; : >.venv/half; kill -9 $PPID"
    machine.command("uv", f"if [ ! -f once ]; then : >once; {interrupted}; else mkdir .venv; fi")
    shutil.rmtree(machine.path / ".tools", ignore_errors=True)
    assert machine.setup()[0] != 0
    assert machine.setup()[0] == 0
    assert not (machine.path / ".venv" / "half").exists()


def test_nothing_is_written_to_the_output_of_the_script_that_called_it(machine: Machine) -> None:
    environment = {**os.environ, "PATH": str(machine.path / "bin")}
    ran = subprocess.run([machine.path / "scripts" / "_setup"], env=environment, check=True, capture_output=True)
    assert (ran.stdout, ran.stderr) == (b"", b"setup: making .venv\nsetup: making .tools\n")


def test_a_second_set_up_waits_for_the_first_and_finds_all_done(machine: Machine) -> None:
    os.mkfifo(machine.path / "gate")
    machine.command("uv", "cat gate && mkdir .venv")
    with machine.started() as one, machine.started() as other:
        assert one.stdout and other.stdout
        says = sorted([one.stdout.readline(), other.stdout.readline()])
        assert says == ["setup: making .venv\n", "setup: waiting for another set-up of this checkout\n"]
        (machine.path / "gate").write_text("")  # lets the first one's uv go on
        assert (one.wait(timeout=60), other.wait(timeout=60)) == (0, 0)
    assert machine.calls("uv") == ["sync --locked"]


def test_too_old_a_python_is_refused_with_the_way_to_a_newer_one(machine: Machine) -> None:
    machine.command("python3", f'exec {sys.executable} -c "import sys; sys.version_info = (3, 10, 14); $2"')
    code, said = machine.setup()
    assert code == 1
    assert "Python 3.11 or newer is needed" in said
    assert "sudo apt-get install -y python3" in said


def test_without_venv_root_installs_the_debian_package(machine: Machine) -> None:
    (machine.path / "no-venv").touch()
    machine.command("id", "echo 0")
    machine.command("apt-get", '[ "$1" != install ] || rm no-venv')
    assert machine.setup()[0] == 0
    assert machine.calls("apt-get") == ["update -q", "install -q -y --no-install-recommends python3-venv"]


def test_without_venv_another_user_is_told_the_line_to_run(machine: Machine) -> None:
    (machine.path / "no-venv").touch()
    machine.command("id", "echo 1000")
    machine.command("apt-get", "")
    code, said = machine.setup()
    assert code == 1
    assert "sudo apt-get update && sudo apt-get install -y python3-venv" in said


def test_without_venv_and_without_apt_the_reason_is_told(machine: Machine) -> None:
    (machine.path / "no-venv").touch()
    code, said = machine.setup()
    assert code == 1
    assert "ensurepip is not available" in said


def test_the_pages_packages_come_with_the_npm_of_the_machine(machine: Machine) -> None:
    machine.add_pages()
    machine.command("node", "")
    machine.command("npm", "pwd >>../../where && mkdir node_modules")
    machine.setup()
    assert machine.setup() == (0, "")
    assert machine.calls("uv") == ["sync --locked"]
    assert [call.split()[:2] for call in machine.calls("npm")] == [["ci", "--ignore-scripts"]]
    assert (machine.path / "where").read_text() == f"{machine.path}/api/web\n"


def test_a_machine_without_npm_gets_the_locked_node(machine: Machine) -> None:
    machine.add_pages()
    machine.command("uv", "mkdir -p .venv/bin && cp bin/npm-wheel .venv/bin/npm")
    machine.command("npm-wheel", "mkdir node_modules")
    assert machine.setup()[0] == 0
    assert machine.calls("uv") == ["sync --locked --group node"]
    assert (machine.path / "api" / "web" / "node_modules" / ".stamp").exists()


def test_what_only_the_tests_need_comes_only_with_them(machine: Machine) -> None:
    client = machine.path / "tests" / "e2e" / "client"
    client.mkdir(parents=True)
    (client / "package-lock.json").write_text("{}")
    (client / "package.json").write_text("{}")
    (machine.path / "tests" / "debian-packages").write_text("# a browser\nchromium\nfonts\n")
    machine.command("node", "")
    machine.command("npm", "mkdir node_modules")
    machine.command("id", "echo 0")
    machine.command("apt-get", "")
    machine.command("dpkg-query", '[ "$4" = chromium ] || echo "install ok installed"')
    machine.setup()
    assert not (client / "node_modules").exists()
    machine.setup("--tests")
    assert (client / "node_modules").exists()
    assert machine.calls("apt-get")[-1] == "install -q -y --no-install-recommends chromium"
