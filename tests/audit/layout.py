"""Where the parts of an export lie (C2SP tlog-tiles, height 8) and how its tree is hashed (RFC 6962).

Written for the sample and for the mutations only: what judges an export is never this file.
"""

import hashlib
import shutil
from pathlib import Path

WIDTH = 256


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(root(leaves[:split]), root(leaves[split:]))


def path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Path of a hash tile, or of an entry bundle with the level `entries`."""
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{partial}"


def pieces(count: int) -> list[tuple[int, int]]:
    """Number and width of the tiles that hold so many hashes or entries."""
    return [(number, min(WIDTH, count - number * WIDTH)) for number in range((count + WIDTH - 1) // WIDTH)]


def pack(entries: list[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack(bundle: bytes) -> list[bytes]:
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def files(entries: list[bytes]) -> dict[str, bytes]:
    """Every bundle and hash tile of a log."""
    out = {}
    for number, width in pieces(len(entries)):
        out[path("entries", number, width)] = pack(entries[number * WIDTH :][:width])
    level, hashes = 0, [leaf(entry) for entry in entries]
    while hashes:
        for number, width in pieces(len(hashes)):
            out[path(level, number, width)] = b"".join(hashes[number * WIDTH :][:width])
        whole = len(hashes) // WIDTH
        level, hashes = level + 1, [root(hashes[number * WIDTH :][:WIDTH]) for number in range(whole)]
    return out


def read_entries(export: Path, size: int) -> list[bytes]:
    return [
        entry
        for number, width in pieces(size)
        for entry in unpack((export / path("entries", number, width)).read_bytes())
    ]


def write_log(export: Path, entries: list[bytes]) -> None:
    """Lays all tiles and bundles anew."""
    shutil.rmtree(export / "tile", ignore_errors=True)
    for name, content in files(entries).items():
        file = export / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
