"""Registry: names to refs. A plain object: check-and-set without an await is atomic on trio.

Every child is registered under its path by the runtime, from its first start until it is gone for good, through all
restarts. Actors may register further names; those go with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, overload

from actors.runtime.errors import NameTaken
from actors.runtime.process import Process
from actors.runtime.ref import Ref

P = TypeVar("P", bound=Process)


class Registry:
    """Who has which name. Iteration and `names` are in order of registration."""

    def __init__(self) -> None:
        self._refs: dict[str, Ref[Any]] = {}
        self._extra: dict[Ref[Any], list[str]] = {}  # names beside the path, which few have

    def register(self, name: str, ref: Ref[Any]) -> None:
        """Give `ref` the name; again is no error. Raises NameTaken when another one has it."""
        if self._refs.setdefault(name, ref) != ref:
            raise NameTaken(name)
        if name != ref.name and name not in self._extra.setdefault(ref, []):
            self._extra[ref].append(name)

    @overload
    def lookup(self, name: str) -> Ref[Any] | None: ...

    @overload
    def lookup(self, name: str, kind: type[P]) -> Ref[P] | None: ...

    def lookup(self, name: str, kind: type[Process] = Process) -> Ref[Any] | None:
        """The ref of that name, or None. With `kind`, its class is checked (TypeError: a wrong name is a bug)."""
        ref = self._refs.get(name)
        if ref is not None:
            found = ref._mailbox.child.kind
            if found is not None and not issubclass(found, kind):
                raise TypeError(f"{name} is a {found.__name__}, not a {kind.__name__}")
        return ref

    def names(self, prefix: str = "") -> list[str]:
        """All names that begin with `prefix`."""
        return [name for name in self._refs if name.startswith(prefix)]

    def release(self, ref: Ref[Any]) -> None:
        """Forget all names of `ref` (done by the runtime when the child is gone for good)."""
        for name in (ref.name, *self._extra.pop(ref, ())):
            if self._refs.get(name) == ref:
                del self._refs[name]

    def __contains__(self, name: object) -> bool:
        return name in self._refs

    def __iter__(self) -> Iterator[str]:
        return iter(self._refs)

    def __len__(self) -> int:
        return len(self._refs)
