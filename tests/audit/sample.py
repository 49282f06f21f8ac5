"""sample.py OUT [--entries N]: writes a sample export of a log, the same in every run.

The format is that of `svod audit export`: checkpoint, vkey, checkpoints/<size>, tile/…, disclosures.jsonl and
manifest.json. Entries are `svod-entry/1` with Cyrillic text, characters that canonical JSON has to escape, and persons
whose names and positions are sealed as digests; every third person is erased and so has no disclosures. It lets the
verifiers run where no ledger has been built.
"""

import argparse
import base64
import datetime
import hashlib
import json
import shutil
import uuid
from pathlib import Path

import layout
from notes import Signer

ORIGIN = "svod.example/sample"
CLOSES = (64, 256, 300, 513, 640)
PERSONS = ("Иванова Мария Петровна", "Ёлкин Пётр", "Щербаков-Цой А. Б.", "Smith, \"Jo\" \\ O’Neil", "Ким\tЛи", "Ягудин Ъ.")
POSITIONS = ("ведущий специалист", "начальник отдела", "референт 1-го разряда")
TITLES = ("Субботник «Чистый двор»", "Сход граждан\nпо благоустройству", "Встреча №\u00a07 \U0001f333", "Ярмарка\u2028весенняя")


def canonical(value: object) -> bytes:
    """RFC 8785 for what an entry may hold: ASCII keys and integers."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def chance(*what: object) -> bytes:
    """Sixteen bytes that look like chance and are the same in every run."""
    return hashlib.sha256(repr(what).encode()).digest()[:16]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Vault:
    """Disclosures of the persons who are not erased."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def seal(self, number: int) -> dict[str, object]:
        claims = {"name": PERSONS[number % len(PERSONS)], "position": POSITIONS[number % len(POSITIONS)]}
        digests = []
        for claim, value in claims.items():
            parts = [base64url(chance("salt", number, claim)), claim, value]
            disclosure = base64url(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode())
            digest = base64url(hashlib.sha256(disclosure.encode()).digest())
            digests.append(digest)
            if number % 3:
                self.lines.append(canonical({"digest": digest, "disclosure": disclosure}) + b"\n")
        return {"_sd": digests, "subject": str(uuid.UUID(bytes=chance("subject", number), version=4))}


def entry(position: int, version: int, prev: str | None, stream: str, vault: Vault) -> bytes:
    message = {"id": str(uuid.UUID(bytes=chance("message", position), version=4)), "source": f"municipality-{position % 9}"}
    participants = [{"group": "школьники"}, vault.seal(position)] if position % 2 else [vault.seal(position)]
    activity = {"title": TITLES[position % len(TITLES)], "participants": participants, "attendance": position * 37 % 1000}
    moment = datetime.datetime(2026, 5, 1, 9) + datetime.timedelta(minutes=position, microseconds=position)
    fields = {
        "actor": {"name": f"municipality-{position % 9}", "role": "municipality"},
        "data": {"activity": activity, "quarter": "2026-Q2"},
        "message": message,
        "position": position,
        "prev": prev,
        "recorded_at": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}",
        "schema": 2,
        "stream": stream,
        "type": "activity-submitted",
        "v": "svod-entry/1",
        "version": version,
    }
    if position > 1 and position % 5 == 0:
        fields["cause"] = position - 1
        fields["valid_at"] = "2026-04-01T00:00:00.000000Z"
    return canonical(fields)


def log(size: int, vault: Vault) -> list[bytes]:
    entries: list[bytes] = []
    heads: dict[str, tuple[int, str | None]] = {}
    for position in range(1, size + 1):
        stream = f"activity-{uuid.UUID(bytes=chance('stream', position % 97), version=4)}"
        version, prev = heads.get(stream, (0, None))
        entries.append(entry(position, version + 1, prev, stream, vault))
        heads[stream] = (version + 1, layout.leaf(entries[-1]).hex())
    return entries


def write(out: Path, size: int) -> None:
    shutil.rmtree(out, ignore_errors=True)
    (out / "checkpoints").mkdir(parents=True)
    vault, signer = Vault(), Signer(ORIGIN, "the key of the sample")
    entries = log(size, vault)
    leaves = [layout.leaf(each) for each in entries]
    layout.write_log(out, entries)
    (out / "vkey").write_text(signer.vkey())
    (out / "checkpoint").write_text(signer.checkpoint(size, layout.root(leaves)))
    for close in (close for close in CLOSES if close < size):
        (out / "checkpoints" / str(close)).write_text(signer.checkpoint(close, layout.root(leaves[:close])))
    (out / "disclosures.jsonl").write_bytes(b"".join(vault.lines))
    manifest = {"format": "svod-export/1", "made_by": "tests/audit/sample.py", "origin": ORIGIN, "redacted": False}
    manifest |= {"root": base64.b64encode(layout.root(leaves)).decode(), "size": size}
    (out / "manifest.json").write_bytes(canonical(manifest) + b"\n")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--entries", type=int, default=700)
    given = arguments.parse_args()
    write(given.out, given.entries)
