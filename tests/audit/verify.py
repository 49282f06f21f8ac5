"""verify.py EXPORT --key KEY|FILE [--checkpoint FILE]... [--json]: is an export what its signed checkpoint says.

Written from docs/AUDIT.md alone; used as svod-audit is. Status: 0 sound, 1 tampered, 2 bad usage, 3 cannot be told.
"""

import argparse
import base64
import datetime
import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from functools import reduce
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
WRONG = (ValueError, TypeError, LookupError, AttributeError, RecursionError, InvalidSignature)  # what reading raises
Key = tuple[str, bytes, bytes]  # name, first bytes of a hash, public key


class Tampered(Exception):
    """What is wrong, and where: what main() prints."""


def demand(true: object, defence: str, what: str, file: str | None = None, position: int | None = None) -> None:
    if not true:
        raise Tampered({"position": position, "file": file, "defence": defence, "what": what})


def believed(defence: str, file: str, position: int | None, read: Callable, *what: object) -> object:
    try:
        return read(*what)
    except WRONG as error:
        demand(False, defence, f"it is not what it should be: {error!r}", file, position)


def need(true: object, what: str) -> None:
    if not true:
        raise ValueError(what)


def from_base64(text: str, url: bool = False) -> bytes:
    padding, other = "=" * (-len(text) % 4) if url else "", b"-_" if url else None
    data = base64.b64decode((text + padding).encode("ascii"), other, validate=True)
    need(base64.b64encode(data, other).decode() == text + padding, "stray bits in base64")
    return data


def parse(data: bytes, floats: Callable[[str], float] = float) -> object:
    value = json.loads(data.decode(), parse_float=floats, parse_constant=lambda text: need(False, text))
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # Halves of surrogates are no text.
    return value


class Tree:
    """RFC 6962 §2.1, by the roots of the full subtrees, the largest first."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size, self.peaks = 0, []
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf: bytes) -> None:
        size, self.size = self.size, self.size + 1
        while size & 1:
            leaf, size = sha256(b"\x01" + self.peaks.pop() + leaf).digest(), size >> 1
        self.peaks.append(leaf)

    def root(self) -> bytes:
        peaks = self.peaks[::-1] or [sha256(b"").digest()]
        return reduce(lambda right, left: sha256(b"\x01" + left + right).digest(), peaks)


def key_parts(text: str) -> Key:
    name, key_id, data = text.rstrip().split("+", 2)
    key = from_base64(data)
    short = sha256(f"{name}\n".encode() + key).digest()[:4]
    need(len(key) == 33 and key[0] == 1 and short.hex() == key_id and re.fullmatch(r"[^\s+]+", name), "not a key")
    return name, short, key[1:]


def note_parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, blank, under = note.rpartition("\n\n")
    need(blank and under[-1:] == "\n" and not re.search(r"[\x00-\x09\x0b-\x1f]", note), "not a signed note")
    lines = [re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line) for line in under[:-1].split("\n")]
    signatures = [(line[1], from_base64(line[2])) for line in lines]
    need(len(note.encode()) <= 64 << 10 and len(signatures) <= 64 and all(len(blob) > 4 for _, blob in signatures), "no such signatures")
    return text + "\n", signatures


def checkpoint_parts(text: str) -> tuple[str, int, bytes]:
    origin, size, root, *extensions, end = text.split("\n")
    need(origin and not end and all(extensions) and len(from_base64(root)) == 32, "not a checkpoint")
    need(re.fullmatch(r"0|[1-9][0-9]{,19}", size) and int(size) < 2**64, "not a size")
    return origin, int(size), from_base64(root)


def signed(note: bytes, key: Key) -> tuple[int, bytes]:
    text, signatures = note_parts(note.decode())
    ours = [blob for name, blob in signatures if (name, blob[:4]) == key[:2]]
    Ed25519PublicKey.from_public_bytes(key[2]).verify(ours[0][4:], text.encode())
    origin, size, root = checkpoint_parts(text)
    need(origin == key[0], "a checkpoint of another log")
    return size, root


def is_plain(value: object, depth: int = 0) -> bool:
    """Whether it is in the profile; that the bytes are its canonical form is seen by writing it anew."""
    if isinstance(value, dict):
        return is_plain(list(value.values()), depth) and all(re.fullmatch(r"[ !#-\[\]-~]*", name) for name in value)
    if isinstance(value, list):
        return depth < 64 and all(is_plain(each, depth + 1) for each in value)
    return type(value) is not int or abs(value) < 2**53


def entry_fields(data: bytes) -> dict[str, object]:
    fields = parse(data, floats=lambda text: need(False, text))
    # What was written twice, in another way or in another order does not come back as it was.
    again = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    need(again == data and is_plain(fields), "not canonical")
    for name, parts in (("actor", ("name", "role")), ("message", ("id", "source"))):
        if name == "actor" or name in fields:
            need(all(isinstance(fields[name][part], str) for part in parts), name)
    for name, limit in (("position", 2**53), ("version", 2**53), ("schema", 2**16)):
        need(type(fields[name]) is int and 0 <= fields[name] < limit, name)
    need("cause" not in fields or type(fields["cause"]) is int and 0 < fields["cause"] < fields["position"], "cause")
    need(fields["v"] == "svod-entry/1" and isinstance(fields["type"], str) and "data" in fields, "v, type or data")
    need(re.fullmatch(r"[0-9A-Za-z-]{1,120}", fields["stream"]), "stream")
    need(fields["prev"] is None or re.fullmatch(r"[0-9a-f]{64}", fields["prev"]), "prev")
    for name in ("recorded_at", *({"valid_at"} & fields.keys())):
        need(re.fullmatch(MOMENT, fields[name]) and datetime.datetime.fromisoformat(fields[name]), name)
    return fields


def disclosed_digest(line: bytes) -> str:
    held = parse(line)
    salt, claim, _ = parse(from_base64(held["disclosure"], url=True))
    need(isinstance(salt, str) and isinstance(claim, str) and claim not in ("_sd", "..."), "not a claim")
    need(from_base64(held["digest"], url=True) == sha256(held["disclosure"].encode()).digest(), "another digest")
    return held["digest"]


def tile(level: object, index: int, width: int) -> str:
    *thousands, last = (group.zfill(3) for group in f"{index:,}".split(","))
    path = "/".join([*("x" + group for group in thousands), last])
    return f"tile/{level}/{path}" + (f".p/{width}" if width < WIDTH else "")


class Export:
    def __init__(self, folder: Path, key: Key) -> None:
        if not any((folder / part).exists() for part in ("checkpoint", "manifest.json", "tile")):
            raise OSError(f"{folder} is not an export")
        self.folder, self.key, self.seen = folder, key, set()
        self.expected: dict[int, list[bytes]] = {}  # roots that the log must have had, by its size
        self.tree, self.tile_roots, self.agreed, self.newest = Tree(), [], 0, ""
        self.tips: dict[str, tuple[int, str]] = {}  # where the streams end

    def read(self, file: str, position: int | None = None) -> bytes:
        demand((self.folder / file).is_file(), "files", "the file is missing", file, position)
        self.seen.add(file)
        return (self.folder / file).read_bytes()

    def names(self, folder: str, pattern: str) -> list[str]:
        found = (self.folder / folder).iterdir() if (self.folder / folder).is_dir() else []
        plain = [each.name for each in found if each.is_file() and not each.is_symlink()]
        return sorted((name for name in plain if re.fullmatch(pattern, name, re.DOTALL)), key=os.fsencode)

    def verify(self, brought: list[tuple[str, bytes]]) -> dict[str, object]:
        self.size, root = self.expect("checkpoint", self.read("checkpoint"))
        for kept in sorted(int(name) for name in self.names("checkpoints", "0|[1-9][0-9]{,19}") if int(name) < 2**64):
            size, _ = self.expect(f"checkpoints/{kept}", self.read(f"checkpoints/{kept}"))
            demand(size == kept, "checkpoint", "not of the size that its name says", f"checkpoints/{kept}")
        for name, note in brought:
            self.expect(name, note)
        believed("manifest", "manifest.json", None, self.check_manifest, self.read("manifest.json"), root)
        vkey = believed("manifest", "vkey", None, key_parts, self.read("vkey").decode(errors="replace"))
        demand(vkey == self.key, "manifest", "another key than the one given", "vkey")
        self.read_disclosures()
        for index in range((self.size + WIDTH - 1) // WIDTH):
            self.check_bundle(index)
        self.meet()
        demand(not self.expected, "checkpoint", "signed for a longer log", None, self.size + 1)
        self.check_higher_tiles(self.tile_roots)
        demand(not self.disclosed, "disclosures", "no entry commits to a digest", "disclosures.jsonl")
        documents = self.names("documents", r"[0-9a-f]{64}\..*")
        for name in documents:
            found = sha256(self.read(f"documents/{name}")).hexdigest()
            demand(found == name[:64], "documents", "not the document of its name", f"documents/{name}")
        paths = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*")}
        others = [name for name, path in paths.items() if path.is_symlink() or not (path.is_dir() or name in self.seen)]
        demand(not others, "files", "an export has no such part", min(others, key=os.fsencode, default=None))
        counts = {"checkpoints": self.agreed, "disclosures": self.disclosures, "documents": len(documents)}
        return {"position": self.size, "root": root.hex(), **counts}

    def expect(self, file: str, note: bytes) -> tuple[int, bytes]:
        size, root = believed("checkpoint", file, None, signed, note, self.key)
        self.expected.setdefault(size, []).append(root)
        return size, root

    def check_manifest(self, data: bytes, root: bytes) -> None:
        manifest = parse(data)
        told = [manifest[name] for name in ("format", "origin", "size", "root")]
        mine = ["svod-export/1", self.key[0], self.size, base64.b64encode(root).decode()]
        need(told == mine and type(told[2]) is int, "it says something else than the checkpoint")
        told = (self.folder / "disclosures.jsonl").is_file()
        need(not told or manifest.get("redacted") is not True, "something is disclosed after all")

    def read_disclosures(self) -> None:
        file, self.disclosed = "disclosures.jsonl", set()
        self.seen.add(file)
        for line in (self.folder / file).open("rb") if (self.folder / file).is_file() else []:
            digest = believed("disclosures", file, None, disclosed_digest, line)
            demand(digest not in self.disclosed, "disclosures", "disclosed twice", file)
            self.disclosed.add(digest)
        self.disclosures = len(self.disclosed)

    def check_bundle(self, index: int) -> None:
        first, width = index * WIDTH + 1, min(WIDTH, self.size - index * WIDTH)
        file, level_0 = tile("entries", index, width), tile(0, index, width)
        rest, told, leaves = self.read(file, first), self.read(level_0, first), []
        demand(len(told) == 32 * width, "tiles", "a tile of another length", level_0, first)
        for position in range(first, first + width):
            self.meet()
            end = 2 + int.from_bytes(rest[:2], "big")
            demand(2 <= len(rest) >= end, "bundles", "the bundle ends before the entry does", file, position)
            leaves.append(sha256(b"\x00" + rest[2:end]).digest())
            demand(leaves[-1] == told[:32], "leaf", "the tile says another hash", level_0, position)
            self.check_entry(rest[2:end], leaves[-1], file, position)
            rest, told = rest[end:], told[32:]
        demand(not rest, "bundles", "the bundle holds more than its entries", file, first + width)
        if width == WIDTH:
            self.tile_roots.append(Tree(leaves).root())

    def check_entry(self, data: bytes, leaf: bytes, file: str, position: int) -> None:
        entry = believed("form", file, position, entry_fields, data)
        demand(entry["position"] == position, "positions", "the entry says another position", file, position)
        version, prev = self.tips.get(entry["stream"], (0, None))
        follows = (entry["version"], entry["prev"]) == (version + 1, prev)
        demand(follows, "streams", "it does not follow on the one before it in its stream", file, position)
        demand(entry["recorded_at"] >= self.newest, "clock", "older than the one before it", file, position)
        self.tips[entry["stream"]], self.newest = (version + 1, leaf.hex()), entry["recorded_at"]
        self.tree.append(leaf)
        # A quotation mark inside of a text has a backslash before it: this can only be a key.
        arrays = re.findall(r'"_sd":\[([^\]]*)\]', data.decode())
        self.disclosed -= set(re.findall(r'"([^"]*)"', " ".join(arrays)))

    def meet(self) -> None:
        roots = self.expected.pop(self.tree.size, [])
        demand(set(roots) <= {self.tree.root()}, "checkpoint", "signed with another root", None, self.tree.size)
        self.agreed += len(roots)

    def check_higher_tiles(self, hashes: list[bytes], level: int = 1) -> None:
        tiles = [hashes[at : at + WIDTH] for at in range(0, len(hashes), WIDTH)]
        for index, told in enumerate(tiles):
            file = tile(level, index, len(told))
            demand(self.read(file) == b"".join(told), "tiles", "other hashes than those of the entries", file)
        if hashes:
            self.check_higher_tiles([Tree(told).root() for told in tiles if len(told) == WIDTH], level + 1)


def judge(given: argparse.Namespace) -> dict[str, object]:
    doing, brought = given.key, []
    try:
        key = key_parts(Path(doing).read_text() if Path(doing).is_file() else doing)
        for doing in given.checkpoint:
            text = Path(doing).read_text()
            text = json.loads(text)["data"]["checkpoint"] if text.lstrip().startswith("{") else text
            checkpoint_parts(note_parts(text)[0])
            brought.append((doing, text.encode()))
    except WRONG:
        raise OSError(f"{doing!r} is no key, no checkpoint, and no receipt that carries one") from None
    return Export(given.export, key).verify(brought)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("export", type=Path)
    arguments.add_argument("--key", default="")
    arguments.add_argument("--checkpoint", action="append", default=[])
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    try:
        status, found = 0, {"sound": True, **judge(given)}
    except Tampered as fault:
        status, found = 1, {"sound": False, **fault.args[0]}
    except OSError as why:
        status, found = 3, {"sound": None, "what": str(why)}
    words = ", ".join(f"{name} {value}" for name, value in found.items())
    print(json.dumps(found, ensure_ascii=False) if given.json else words)
    return status


if __name__ == "__main__":
    sys.exit(main())
