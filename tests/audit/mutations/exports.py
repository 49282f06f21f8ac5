"""What is done to an export beside the log itself, and by a thief who has the log's key and signs everything anew.

A thief's export fits together, signatures and tiles included, as far as its mutation does not say otherwise. Only the two
verifiers that know svod's entries are asked about these (agree.py); each names the defence that has to see it first.
"""

import base64
import json
import os
from collections.abc import Callable

import layout
from case import Case
from mutations.registry import Mutation, NotHere, flipped
from notes import Signer

# What the auditor has from elsewhere: checkpoints and receipts, one a file.
BROUGHT = "brought"
DOCUMENT = "documents/" + "7" * 64 + ".txt"

EXPORTS: list[Mutation] = []


def mutation(defence: str) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    def register(apply: Callable[[Case], None]) -> Callable[[Case], None]:
        EXPORTS.append(Mutation(apply.__name__.replace("_", "-"), frozenset({defence}), apply))
        return apply

    return register


# A thief


def thief(case: Case) -> Signer:
    signer = Signer("svod.example/sample", "the key of the sample")
    if signer.vkey().encode() != case.read("vkey"):
        raise NotHere("the key of this log was not stolen")
    return signer


def lay(case: Case, entries: list[bytes], signer: Signer | None = None) -> None:
    """Lays the log anew and signs its checkpoints, the kept ones too."""
    signer, leaves = signer or thief(case), [layout.leaf(entry) for entry in entries]
    kept, size, root = case.kept(), len(leaves), layout.root(leaves)
    for each in kept:
        case.remove(f"export/checkpoints/{each}")
    for each in (each for each in kept if each < size):
        note = signer.checkpoint(each, layout.root(leaves[:each]))
        case.write(f"export/checkpoints/{each}", note.encode())
    layout.write_log(case.export, entries)
    case.write("export/checkpoint", signer.checkpoint(size, root).encode())
    change_manifest(case, size=size, root=base64.b64encode(root).decode())


def change_manifest(case: Case, **changes: object) -> None:
    manifest = json.loads(case.read("export/manifest.json")) | changes
    case.write("export/manifest.json", json.dumps(manifest).encode())


def packed(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def relinked(entries: list[bytes], change: Callable[[int, dict], None] = lambda at, fields: None) -> list[bytes]:
    """The entries, each at its place and in the row of its stream, whatever they said before; the change comes last."""
    tips: dict[str, tuple[int, str | None]] = {}
    out = []
    for at, entry in enumerate(entries):
        fields = json.loads(entry)
        version, prev = tips.get(fields["stream"], (0, None))
        fields |= {"position": at + 1, "version": version + 1, "prev": prev}
        # Who renumbers entries sees to it that a cause still stands before what it caused.
        if fields.get("cause", 0) > at:
            fields["cause"] = at
        change(at, fields)
        out.append(packed(fields))
        tips[fields["stream"]] = version + 1, layout.leaf(out[-1]).hex()
    return out


def edited(case: Case, **changes: object) -> list[bytes]:
    """The target says something else, and what follows on it follows."""
    return relinked(case.entries(), lambda at, fields: fields.update(changes) if at == case.target() else None)


def replaced(case: Case, change: Callable[[bytes], bytes]) -> list[bytes]:
    """The target has other bytes, and nothing follows."""
    entries, at = case.entries(), case.target()
    entries[at] = change(entries[at])
    return entries


def keep(case: Case) -> None:
    """The auditor kept a genuine checkpoint and has a receipt with a later one."""
    kept = case.kept()
    if not kept:
        raise NotHere("no earlier checkpoint")
    receipt = {"data": {"checkpoint": case.read("export/checkpoint").decode()}, "id": "receipt-700"}
    case.write(f"{BROUGHT}/0.txt", case.read(f"export/checkpoints/{kept[-1]}"))
    case.write(f"{BROUGHT}/1.json", json.dumps(receipt).encode())


@mutation("leaf")
def actor_edited_outside_the_payload(case: Case) -> None:
    name, at = case.bundle(case.target()), case.target() % layout.WIDTH
    entries = layout.unpack(case.read(name))
    entries[at] = packed(json.loads(entries[at]) | {"actor": {"name": "somebody", "role": "reviewer"}})
    case.write(name, layout.pack(entries))


@mutation("streams")
def actor_edited_by_a_thief_without_what_follows(case: Case) -> None:
    fields = json.loads(case.entries()[case.target()])
    case_entries = replaced(case, lambda entry: packed(fields | {"actor": {"name": "somebody", "role": "reviewer"}}))
    lay(case, case_entries)


@mutation("checkpoint")
def actor_edited_by_a_thief(case: Case) -> None:
    keep(case)
    lay(case, edited(case, actor={"name": "somebody", "role": "reviewer"}))


@mutation("form")
def key_doubled_by_a_thief(case: Case) -> None:
    lay(case, replaced(case, lambda entry: entry.replace(b'"schema":', b'"schema":1,"schema":', 1)))


@mutation("form")
def entry_spaced_by_a_thief(case: Case) -> None:
    lay(case, replaced(case, lambda entry: entry.replace(b',"v":', b', "v":', 1)))


@mutation("form")
def entry_of_an_unknown_format(case: Case) -> None:
    lay(case, edited(case, v="svod-entry/0"))


@mutation("form")
def moment_in_another_form(case: Case) -> None:
    lay(case, edited(case, recorded_at="2026-05-30T09:00:00Z"))


@mutation("form")
def moment_that_no_calendar_has(case: Case) -> None:
    lay(case, edited(case, recorded_at="2026-02-29T09:00:00.000000Z"))


@mutation("form")
def stream_without_a_name(case: Case) -> None:
    lay(case, edited(case, stream=""))


@mutation("form")
def schema_too_large(case: Case) -> None:
    lay(case, edited(case, schema=65536))


@mutation("form")
def actor_without_a_role(case: Case) -> None:
    lay(case, edited(case, actor={"name": "somebody"}))


@mutation("form")
def message_of_null(case: Case) -> None:
    lay(case, edited(case, message=None))


@mutation("form")
def data_left_out(case: Case) -> None:
    lay(case, relinked(case.entries(), lambda at, fields: fields.pop("data") if at == case.target() else None))


@mutation("form")
def entry_nested_too_deep(case: Case) -> None:
    nest: object = 1
    for _ in range(64):
        nest = [nest]
    lay(case, edited(case, data=nest))


@mutation("positions")
def stream_left_out(case: Case) -> None:
    entries = case.entries()
    stream = json.loads(entries[case.target()])["stream"]
    lay(case, [entry for entry in entries if json.loads(entry)["stream"] != stream])


@mutation("checkpoint")
def stream_left_out_and_the_rest_renumbered(case: Case) -> None:
    keep(case)
    entries = case.entries()
    stream = json.loads(entries[case.target()])["stream"]
    lay(case, relinked([entry for entry in entries if json.loads(entry)["stream"] != stream]))


@mutation("positions")
def last_leaf_doubled_by_a_thief(case: Case) -> None:
    lay(case, [*case.entries(), case.entries()[-1]])


@mutation("positions")
def position_edited(case: Case) -> None:
    lay(case, edited(case, position=case.target() + 2))


@mutation("streams")
def version_left_out(case: Case) -> None:
    version = json.loads(case.entries()[case.target()])["version"]
    lay(case, edited(case, version=version + 1))


@mutation("streams")
def stream_begun_anew(case: Case) -> None:
    later = json.loads(case.entries()[-1])
    later.pop("cause", None)
    lay(case, replaced(case, lambda entry: packed(later | {"position": case.target() + 1, "prev": None})))


@mutation("clock")
def event_backdated(case: Case) -> None:
    lay(case, edited(case, recorded_at="2020-01-01T00:00:00.000000Z"))


@mutation("checkpoint")
def log_cut_by_a_thief(case: Case) -> None:
    keep(case)
    lay(case, case.entries()[: case.head().size - 100])


@mutation("checkpoint")
def log_emptied_by_a_thief(case: Case) -> None:
    keep(case)
    lay(case, [])


@mutation("checkpoint")
def key_retired(case: Case) -> None:
    """Everything is signed with the log's former key, which the auditor no longer believes."""
    former = Signer(case.head().origin, "the former key")
    lay(case, case.entries(), former)
    case.write("export/vkey", former.vkey().encode())


@mutation("checkpoint")
def kept_checkpoint_of_a_stranger(case: Case) -> None:
    """What the auditor is said to have kept was signed by somebody else."""
    case.write(f"{BROUGHT}/0.txt", Signer(case.head().origin, "a forger").checkpoint(3, b"\x07" * 32).encode())


@mutation("checkpoint")
def log_of_another_ledger(case: Case) -> None:
    signer = thief(case)
    signer.name, name = "svod.example/another", signer.name
    note = signer.checkpoint(case.head().size, case.head().root)
    case.write("export/checkpoint", note.replace("\N{EM DASH} svod.example/another", f"\N{EM DASH} {name}").encode())


# What lies beside the log


@mutation("manifest")
def manifest_of_another_size(case: Case) -> None:
    change_manifest(case, size=case.head().size + 1)


@mutation("manifest")
def manifest_of_another_root(case: Case) -> None:
    change_manifest(case, root=base64.b64encode(b"\x07" * 32).decode())


@mutation("manifest")
def manifest_of_another_log(case: Case) -> None:
    change_manifest(case, origin="svod.example/another")


@mutation("manifest")
def manifest_of_another_format(case: Case) -> None:
    change_manifest(case, format="svod-export/2")


@mutation("manifest")
def manifest_that_is_no_json(case: Case) -> None:
    case.write("export/manifest.json", b"size = 700")


@mutation("manifest")
def manifest_that_denies_disclosures(case: Case) -> None:
    if not (case.export / "disclosures.jsonl").exists():
        raise NotHere("nothing is disclosed")
    change_manifest(case, redacted=True)


@mutation("manifest")
def key_in_the_export_of_a_forger(case: Case) -> None:
    case.write("export/vkey", Signer(case.head().origin, "a forger").vkey().encode())


@mutation("files")
def key_in_the_export_missing(case: Case) -> None:
    case.remove("export/vkey")


@mutation("files")
def manifest_missing(case: Case) -> None:
    case.remove("export/manifest.json")


@mutation("files")
def checkpoint_missing(case: Case) -> None:
    case.remove("export/checkpoint")


@mutation("files")
def upper_tile_missing(case: Case) -> None:
    count = case.head().size // layout.WIDTH
    if not count:
        raise NotHere("one tile only")
    case.remove("export/" + layout.path(1, 0, min(count, layout.WIDTH)))


@mutation("files")
def file_nobody_knows(case: Case) -> None:
    case.write("export/notes.txt", b"not of the log")


@mutation("files")
def tile_of_another_size_left_behind(case: Case) -> None:
    case.write("export/tile/0/000.p/7", b"\x07" * 32 * 7)


@mutation("files")
def kept_checkpoint_with_a_nought_before_its_size(case: Case) -> None:
    if not case.kept():
        raise NotHere("no earlier checkpoint")
    case.write(f"export/checkpoints/0{case.kept()[0]}", case.read(f"export/checkpoints/{case.kept()[0]}"))


@mutation("files")
def link_out_of_the_export(case: Case) -> None:
    os.symlink("/etc", case.export / "tile" / "elsewhere")


@mutation("files")
def document_without_its_hash(case: Case) -> None:
    case.write("export/documents/report.txt", b"a report")


@mutation("documents")
def document_swapped(case: Case) -> None:
    case.write(f"export/{DOCUMENT}", b"another report")


@mutation("tiles")
def tile_cut_by_a_hash(case: Case) -> None:
    number, width = layout.pieces(case.head().size)[case.target() // layout.WIDTH]
    name = "export/" + layout.path(0, number, width)
    case.write(name, case.read(name)[:-32])


@mutation("bundles")
def last_bundle_with_one_more(case: Case) -> None:
    name = case.bundle(case.head().size - 1)
    case.write(name, case.read(name) + b"\x00\x00")


@mutation("bundles")
def last_bundle_cut_in_a_length(case: Case) -> None:
    name = case.bundle(case.head().size - 1)
    last = layout.unpack(case.read(name))[-1]
    case.write(name, case.read(name)[: -len(last) - 1])


@mutation("leaf")
def last_byte_of_the_log_flipped(case: Case) -> None:
    name = case.bundle(case.head().size - 1)
    content = case.read(name)
    case.write(name, flipped(content, len(content) - 1))


# What is disclosed


def with_line(case: Case, line: bytes) -> None:
    if not (case.export / "disclosures.jsonl").exists():
        raise NotHere("nothing is disclosed")
    case.write("export/disclosures.jsonl", case.read("export/disclosures.jsonl") + line)


@mutation("disclosures")
def disclosure_that_is_no_json(case: Case) -> None:
    with_line(case, b"digest: 7\n")


@mutation("disclosures")
def disclosure_of_an_empty_line(case: Case) -> None:
    with_line(case, b"\n")


@mutation("disclosures")
def disclosure_of_a_stranger_without_a_line_feed(case: Case) -> None:
    with_line(
        case,
        b'{"digest":"X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",'
        b'"disclosure":"WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd"}',
    )
