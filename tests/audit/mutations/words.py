"""Changes of one entry's bytes that keep its meaning or nearly so, and of what is disclosed about sealed persons."""

import base64
import hashlib
import json
import re
from collections.abc import Callable

from case import Case
from mutations.registry import NotHere, add
from mutations.trees import change_bundle


def with_first(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    def change(entry: bytes) -> bytes:
        changed = re.sub(pattern, replacement, entry, count=1)
        assert changed != entry, f"an entry without {pattern!r}"
        return changed

    return change


def escaped(entry: bytes) -> bytes:
    """One character that needs no escape is written as one."""
    return entry.replace(b"svod-entry", b"\\u0073vod-entry", 1)


def keys_turned_round(entry: bytes) -> bytes:
    fields = json.loads(entry)
    return json.dumps(dict(reversed(fields.items())), ensure_ascii=False, separators=(",", ":")).encode()


# Every entry has `position`, `schema`, `v` and `version`, whatever event it holds.
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "form-space-after-a-comma": with_first(rb',"position"', b', "position"'),
    "form-line-break-at-the-end": lambda entry: entry + b"\n",
    "form-byte-order-mark": lambda entry: b"\xef\xbb\xbf" + entry,
    "form-keys-turned-round": keys_turned_round,
    "form-key-doubled": with_first(rb'"version":', b'"version":7,"version":'),
    "form-needless-escape": escaped,
    "form-solidus-escaped": with_first(rb"svod-entry/1", rb"svod-entry\\/1"),
    "form-integer-as-float": with_first(rb'"schema":(\d+)', rb'"schema":\1.0'),
    "form-integer-with-exponent": with_first(rb'"schema":(\d+)', rb'"schema":\1e0'),
    "form-minus-nought": with_first(rb'"schema":\d+', rb'"schema":-0'),
    "form-leading-nought": with_first(rb'"schema":(\d+)', rb'"schema":0\1'),
    "form-integer-beyond-53-bits": with_first(rb'"schema":\d+', rb'"schema":9007199254740993'),
    "form-not-a-number": with_first(rb'"schema":\d+', rb'"schema":NaN'),
    "form-half-a-surrogate": with_first(rb"svod-entry", rb"\\ud800"),
    "form-bytes-outside-utf-8": with_first(rb"svod-entry", b"\xd1\x28"),
    "form-cut": lambda entry: entry[:-1],
}


def encoded(parts: list[str], **how: object) -> str:
    text = json.dumps(parts, ensure_ascii=False, **({"separators": (",", ":")} | how))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def parts(line: dict[str, str]) -> list[str]:
    text = line["disclosure"]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def with_part(at: int, value: str, follow: bool = False) -> Callable[[list[dict[str, str]]], None]:
    """Writes another salt, claim or value; the digest beside it may follow."""

    def change(held: list[dict[str, str]]) -> None:
        new = parts(held[0])
        new[at] = value
        held[0]["disclosure"] = encoded(new)
        if follow:
            held[0]["digest"] = digest(held[0]["disclosure"])

    return change


def digest(disclosure: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).rstrip(b"=").decode()


def respaced(held: list[dict[str, str]]) -> None:
    held[0]["disclosure"] = encoded(parts(held[0]), separators=(", ", ": "))


def padded(held: list[dict[str, str]]) -> None:
    held[0]["disclosure"] += "="


def swapped(held: list[dict[str, str]]) -> None:
    held[0]["disclosure"], held[1]["disclosure"] = held[1]["disclosure"], held[0]["disclosure"]


def cut(held: list[dict[str, str]]) -> None:
    held[0]["disclosure"] = held[0]["disclosure"][:-4]


def digest_altered(held: list[dict[str, str]]) -> None:
    held[0]["digest"] = ("A" if held[0]["digest"][0] != "A" else "B") + held[0]["digest"][1:]


def invented(held: list[dict[str, str]]) -> None:
    disclosure = encoded(["c2FsdHNhbHRzYWx0c2FsdA", "name", "Nobody"])
    held.append({"digest": digest(disclosure), "disclosure": disclosure})


def claim_left_out(held: list[dict[str, str]]) -> None:
    salt, _, value = parts(held[0])
    held[0]["disclosure"] = encoded([salt, value])
    held[0]["digest"] = digest(held[0]["disclosure"])


def doubled(held: list[dict[str, str]]) -> None:
    held.append(dict(held[0]))


DISCLOSURES: dict[str, Callable[[list[dict[str, str]]], None]] = {
    "disclosure-value-altered": with_part(2, "Somebody else"),
    "disclosure-value-altered-with-its-digest": with_part(2, "Somebody else", follow=True),
    "disclosure-salt-altered": with_part(0, "c2FsdHNhbHRzYWx0c2FsdA"),
    "disclosure-salt-emptied-with-its-digest": with_part(0, "", follow=True),
    "disclosure-claim-altered": with_part(1, "subject"),
    "disclosure-claim-left-out": claim_left_out,
    "disclosure-spaced-otherwise": respaced,
    "disclosure-padded": padded,
    "disclosure-cut": cut,
    "disclosure-digest-altered": digest_altered,
    "disclosures-swapped": swapped,
    "disclosure-invented": invented,
    "disclosure-doubled": doubled,
}


def of_form(change: Callable[[bytes], bytes]) -> Callable[[Case], None]:
    def apply(case: Case) -> None:
        change_bundle(case, lambda entries, at: entries.__setitem__(at, change(entries[at])))

    return apply


def of_disclosures(change: Callable[[list[dict[str, str]]], None]) -> Callable[[Case], None]:
    def apply(case: Case) -> None:
        if not (case.export / "disclosures.jsonl").exists():
            raise NotHere("nothing is disclosed")
        held = [json.loads(line) for line in case.read("export/disclosures.jsonl").splitlines()]
        if len(held) < 2:
            raise NotHere("less than two claims are disclosed")
        change(held)
        case.write("export/disclosures.jsonl", b"".join(json.dumps(each).encode() + b"\n" for each in held))

    return apply


for name, change in FORMS.items():
    add(name, of_form(change), "form", "entries")
for name, change in DISCLOSURES.items():
    add(name, of_disclosures(change), "disclosures")
