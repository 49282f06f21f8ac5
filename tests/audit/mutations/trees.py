"""What is done to entries, bundles and hash tiles."""

from collections.abc import Callable

import layout
from case import Case
from mutations.registry import NotHere, flipped, latest, mutation
from notes import Signer


def change_bundle(case: Case, change: Callable[[list[bytes], int], None]) -> None:
    """Changes the list of entries in the target's bundle; the second argument is the target's place in it."""
    name = case.bundle(case.target())
    entries = layout.unpack(case.read(name))
    change(entries, case.target() % layout.WIDTH)
    case.write(name, layout.pack(entries))


# Entries


@mutation("entries")
def entry_byte_flipped(case: Case) -> None:
    change_bundle(case, lambda entries, at: entries.__setitem__(at, flipped(entries[at], len(entries[at]) // 2)))


@mutation("entries")
def entries_swapped(case: Case) -> None:
    def swap(entries: list[bytes], at: int) -> None:
        entries[at], entries[at + 1] = entries[at + 1], entries[at]

    change_bundle(case, swap)


@mutation("entries")
def entry_removed(case: Case) -> None:
    change_bundle(case, lambda entries, at: entries.pop(at))


@mutation("entries")
def entry_inserted(case: Case) -> None:
    change_bundle(case, lambda entries, at: entries.insert(at, entries[at]))


@mutation("entries")
def entry_emptied(case: Case) -> None:
    change_bundle(case, lambda entries, at: entries.__setitem__(at, b""))


@mutation("entries")
def entry_taken_for_a_node(case: Case) -> None:
    """The text of an inner node in the place of an entry: told apart only by the prefixes of RFC 6962."""
    pair = b"".join(layout.leaf(entry) for entry in case.entries()[:2])
    change_bundle(case, lambda entries, at: entries.__setitem__(at, b"\x01" + pair))


@mutation("entries")
def last_entry_doubled(case: Case) -> None:
    name = case.bundle(case.head().size - 1)
    entries = layout.unpack(case.read(name))
    case.write(name, layout.pack([*entries, entries[-1]]))


@mutation("entries")
def bundle_truncated(case: Case) -> None:
    name = case.bundle(case.target())
    case.write(name, case.read(name)[:-3])


@mutation("entries")
def bundle_extended(case: Case) -> None:
    name = case.bundle(case.target())
    case.write(name, case.read(name) + b"\x00")


@mutation("entries")
def bundle_missing(case: Case) -> None:
    case.remove(case.bundle(case.target()))


@mutation("entries")
def log_cut_to_an_earlier_size(case: Case) -> None:
    """Old entries and tiles under the newest checkpoint."""
    layout.write_log(case.export, case.entries()[: latest(case)])


# Hash tiles


def change_tile(case: Case, level: int, change: Callable[[bytes], bytes], whole: bool = False) -> None:
    """Changes the tile of the level that covers the target."""
    count = case.head().size // layout.WIDTH**level
    number = case.target() // layout.WIDTH ** (level + 1)
    if number * layout.WIDTH >= count:
        raise NotHere(f"no tile on level {level} covers the entry")
    number, width = layout.pieces(count)[number]
    if whole and width < layout.WIDTH:
        raise NotHere("no whole tile")
    name = "export/" + layout.path(level, number, width)
    case.write(name, change(case.read(name)))


@mutation("tiles")
def tile_byte_flipped(case: Case) -> None:
    change_tile(case, 0, lambda tile: flipped(tile, case.target() % layout.WIDTH * 32))


@mutation("tiles")
def upper_tile_byte_flipped(case: Case) -> None:
    change_tile(case, 1, lambda tile: flipped(tile, 0))


@mutation("tiles")
def tile_truncated(case: Case) -> None:
    change_tile(case, 0, lambda tile: tile[:-1])


@mutation("tiles")
def whole_tile_extended(case: Case) -> None:
    change_tile(case, 0, lambda tile: tile + tile[:32], whole=True)


@mutation("tiles")
def tile_hashes_swapped(case: Case) -> None:
    at = case.target() % layout.WIDTH * 32
    change_tile(case, 0, lambda tile: tile[:at] + tile[at + 32 : at + 64] + tile[at : at + 32] + tile[at + 64 :])


@mutation("tiles")
def tile_missing(case: Case) -> None:
    number, width = layout.pieces(case.head().size)[case.target() // layout.WIDTH]
    case.remove("export/" + layout.path(0, number, width))


def rewritten(case: Case) -> list[bytes]:
    entries, at = case.entries(), case.target()
    entries[at] = flipped(entries[at], len(entries[at]) // 2)
    layout.write_log(case.export, entries)
    return entries


@mutation("entries", "tiles")
def log_rewritten_under_the_old_checkpoint(case: Case) -> None:
    rewritten(case)


@mutation("signature", "history", "inclusion")
def log_rewritten_and_signed_by_a_forger(case: Case) -> None:
    """Everything in the export fits together, its `vkey` too; only the auditor's own key and old papers do not."""
    leaves = [layout.leaf(entry) for entry in rewritten(case)]
    forger = Signer(case.head().origin, "a forger")
    case.write("export/vkey", forger.vkey().encode())
    case.write("export/checkpoint", forger.checkpoint(len(leaves), layout.root(leaves)).encode())
