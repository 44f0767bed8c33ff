"""What every file keeps to, so that a reader finds small files that say what they are for."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("csms", "actors", "api", "scripts", "tests")
MOST_LINES = 400

SOURCES = sorted(path.relative_to(ROOT) for folder in FOLDERS for path in ROOT.joinpath(folder).rglob("*.py"))
SOURCES = [path for path in SOURCES if "node_modules" not in path.parts]


def text_of(path: pathlib.Path) -> str:
    return ROOT.joinpath(path).read_text("utf-8")


def test_no_file_is_longer_than_a_reader_likes() -> None:
    lengths = {str(path): text_of(path).count("\n") for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_module_says_what_it_is() -> None:
    assert [str(path) for path in SOURCES if not ast.get_docstring(ast.parse(text_of(path)))] == []


def test_every_folder_with_python_in_it_is_a_package() -> None:
    assert {str(path.parent) for path in SOURCES} - {
        str(path.parent) for path in SOURCES if path.name == "__init__.py"
    } == set()


def test_the_folders_of_tests_mirror_those_of_the_source() -> None:
    mirrors = {path.parent.relative_to("tests") for path in SOURCES if path.parts[0] == "tests"}
    ours = {folder for folder in mirrors if folder.parts and folder.parts[0] in FOLDERS}
    assert {str(folder) for folder in ours if not ROOT.joinpath(folder).is_dir()} == set()


@pytest.mark.parametrize("package", ["csms", "actors", "api"])
def test_the_packages_offer_their_types(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
