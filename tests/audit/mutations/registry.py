"""The list of mutations, and what several of them need."""

from collections.abc import Callable
from dataclasses import dataclass

from case import Case


class NotHere(Exception):
    """The export has nothing to which this could be done."""


@dataclass(frozen=True)
class Mutation:
    name: str
    seen_by: frozenset[str]
    apply: Callable[[Case], None]


ALL: list[Mutation] = []


def mutation(*seen_by: str) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """Registers a function under its name with the defences that have to see what it does."""

    def register(apply: Callable[[Case], None]) -> Callable[[Case], None]:
        add(apply.__name__.replace("_", "-"), apply, *seen_by)
        return apply

    return register


def add(name: str, apply: Callable[[Case], None], *seen_by: str) -> None:
    ALL.append(Mutation(name, frozenset(seen_by), apply))


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def earliest(case: Case) -> int:
    """The size of the earliest checkpoint that the export kept."""
    if not case.kept():
        raise NotHere("no earlier checkpoint")
    return case.kept()[0]


def latest(case: Case) -> int:
    """The size of the latest checkpoint before the newest."""
    earliest(case)
    return case.kept()[-1]
