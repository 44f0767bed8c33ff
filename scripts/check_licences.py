"""Refuses a runtime dependency whose licence does not go with an Apache-2.0 product.

Called by scripts/check. Reads what is installed (the locked Python packages) and the lock of the pages' npm packages.
Packages that only developers install may have any licence: they are never shipped. Never asks the network.
"""

import json
import pathlib
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from typing import Any

from packaging.markers import Marker

ROOT = pathlib.Path(__file__).resolve().parent.parent
PRODUCT = "csms"

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",  # by file: fine for a package that is shipped unmodified
    "OFL-1.1",
    "PSF-2.0",
    "Public Domain",
    "Python-2.0",
    "Unlicense",
    "Zlib",
}

# What packages write instead of an SPDX identifier, in small letters.
SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}

# Packages whose metadata do not tell, or tell it wrongly: name -> licence, with a comment where a person read it.
EXCEPTIONS: dict[str, str] = {}


def main() -> int:
    """Prints every package that may not be shipped and what to do about it. Returns the exit code."""
    licences = {**python_licences(ROOT / "uv.lock"), **npm_licences(ROOT / "api/web/package-lock.json"), **EXCEPTIONS}
    refused = [name for name, licence in sorted(licences.items()) if not is_allowed(licence)]
    for name in refused:
        print(
            f"licences: {name} is under {licences[name] or 'no licence that its metadata name'}, which is not allowed. "
            f"Do without it, or read its licence text and add it to EXCEPTIONS in scripts/check_licences.py."
        )
    print(f"licences: {len(licences) - len(refused)} of the {len(licences)} packages that are shipped are allowed")
    return 1 if refused else 0


def is_allowed(expression: str) -> bool:
    """Whether a flat SPDX expression can be met: one side of an OR suffices, every part of an AND counts.

    Nested brackets are not understood and so refused.
    """
    expression = re.sub(r"^\((.*)\)$", r"\1", expression)
    return any(
        all(part.strip() in ALLOWED for part in re.split(r"\bAND\b", side)) for side in re.split(r"\bOR\b", expression)
    )


def python_licences(lockfile: pathlib.Path) -> dict[str, str]:
    """Name -> SPDX expression of every package that the product needs on this machine, directly or not."""
    packages = {package["name"]: package for package in tomllib.loads(lockfile.read_text("utf-8"))["package"]}
    return {name: licence_of(metadata.metadata(name)) for name in closure(packages, PRODUCT) - {PRODUCT}}


def closure(packages: Mapping[str, Mapping[str, Any]], root: str) -> set[str]:
    """The names of `root` and of all that it depends on here; `packages` are the tables of uv.lock by name."""
    seen: set[tuple[str, str]] = set()
    todo = [(root, "")]
    while todo:
        name, extra = todo.pop()
        if (name, extra) not in seen:
            seen.add((name, extra))
            todo += requirements(packages[name], extra)
    return {name for name, _ in seen}


def requirements(package: Mapping[str, Any], extra: str) -> Iterator[tuple[str, str]]:
    """The (name, extra) pairs that a package asks for on this machine; extra "" is the package itself."""
    listed = package.get("optional-dependencies", {})[extra] if extra else package.get("dependencies", [])
    for dependency in listed:
        if "marker" not in dependency or Marker(dependency["marker"]).evaluate():
            yield from ((dependency["name"], wanted) for wanted in ["", *dependency.get("extra", [])])


def licence_of(package: metadata.PackageMetadata) -> str:
    """An SPDX expression from the first field that the package fills, "" if none. Two classifiers both count."""
    classifiers = [line for line in package.get_all("Classifier", []) if line.startswith("License ::")]
    named = [line.split(" :: ")[-1] for line in classifiers if line != "License :: OSI Approved"]
    in_words = [text.partition("\n")[0] for text in package.get_all("License", [])]
    return all_of(package.get_all("License-Expression", [])) or all_of(named) or all_of(in_words)


def all_of(names: Iterable[str]) -> str:
    return " AND ".join(SPELLINGS.get(name.lower(), name) for name in names)


def npm_licences(lockfile: pathlib.Path) -> dict[str, str]:
    """Name -> SPDX expression of the packages that the pages ship; {} while there are none."""
    if not lockfile.exists():
        return {}
    packages = json.loads(lockfile.read_text("utf-8"))["packages"]
    return {
        path.removeprefix("node_modules/"): package.get("license", "")
        for path, package in packages.items()
        if path and not package.get("dev")
    }


if __name__ == "__main__":
    sys.exit(main())
