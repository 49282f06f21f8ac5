"""What is done to the newest checkpoint, to the key and to earlier checkpoints."""

import base64
from collections.abc import Callable

import layout
from case import Case
from mutations.registry import NotHere, flipped, latest, mutation
from notes import Signer


def change_head(case: Case, line: int, change: Callable[[str], str], name: str = "export/checkpoint") -> None:
    """Changes one line of a checkpoint: 0 origin, 1 size, 2 root, 4 signature."""
    text = case.read(name).decode().split("\n")
    text[line] = change(text[line])
    case.write(name, "\n".join(text).encode())


def other_base64(text: str) -> str:
    return base64.b64encode(flipped(base64.b64decode(text), 8)).decode()


def other_signature(line: str) -> str:
    dash, name, blob = line.split(" ")
    return f"{dash} {name} {other_base64(blob)}"


@mutation("signature", "entries")
def root_byte_flipped(case: Case) -> None:
    change_head(case, 2, other_base64)


@mutation("signature", "entries")
def size_too_large(case: Case) -> None:
    change_head(case, 1, lambda size: str(int(size) + 1))


@mutation("signature", "entries")
def size_enormous(case: Case) -> None:
    change_head(case, 1, lambda size: str(2**62))


@mutation("signature", "entries")
def size_too_small(case: Case) -> None:
    change_head(case, 1, lambda size: str(int(size) - 1))


@mutation("signature")
def origin_wrong(case: Case) -> None:
    change_head(case, 0, lambda origin: origin + "x")


@mutation("signature")
def signature_byte_flipped(case: Case) -> None:
    change_head(case, 4, other_signature)


@mutation("signature")
def signature_truncated(case: Case) -> None:
    def cut(line: str) -> str:
        dash, name, blob = line.split(" ")
        return f"{dash} {name} {base64.b64encode(base64.b64decode(blob)[:-1]).decode()}"

    change_head(case, 4, cut)


@mutation("signature")
def signature_missing(case: Case) -> None:
    text = case.read("export/checkpoint").decode().partition("\n\n")[0]
    case.write("export/checkpoint", f"{text}\n\n".encode())


@mutation("signature")
def signature_under_another_name(case: Case) -> None:
    change_head(case, 4, lambda line: line.replace(case.head().origin, "other.example/log"))


@mutation("signature")
def signature_of_another_key(case: Case) -> None:
    head = case.head()
    case.write("export/checkpoint", Signer(head.origin, "a forger").checkpoint(head.size, head.root).encode())


@mutation("signature")
def signature_of_another_key_with_our_key_id(case: Case) -> None:
    text = case.read("export/checkpoint").decode().partition("\n\n")[0] + "\n"
    key_id = bytes.fromhex(case.read("vkey").decode().split("+")[1])
    line = Signer(case.head().origin, "a forger").line(text, key_id)
    case.write("export/checkpoint", f"{text}\n{line}".encode())


@mutation("signature")
def line_added_to_the_checkpoint(case: Case) -> None:
    change_head(case, 2, lambda root: f"{root}\nextension")


@mutation("signature")
def auditor_holds_another_key(case: Case) -> None:
    case.write("vkey", Signer(case.head().origin, "a forger").vkey().encode())


@mutation("signature")
def auditor_expects_another_log(case: Case) -> None:
    case.write("vkey", Signer("other.example/log", "another log").vkey().encode())


# Earlier checkpoints


@mutation("history")
def checkpoint_stale(case: Case) -> None:
    """A genuine old checkpoint is served as the newest one, over the new tiles."""
    newest, stale = case.read("export/checkpoint"), latest(case)
    case.write(f"export/checkpoints/{case.head().size}", newest)
    case.write("export/checkpoint", case.read(f"export/checkpoints/{stale}"))


@mutation("history")
def log_rolled_back(case: Case) -> None:
    """The log of an earlier day with its genuine checkpoint: only papers of a later day show it."""
    newest, size, old = case.read("export/checkpoint"), case.head().size, latest(case)
    layout.write_log(case.export, case.entries()[:old])
    case.write("export/checkpoint", case.read(f"export/checkpoints/{old}"))
    case.write(f"export/checkpoints/{size}", newest)


def kept_name(case: Case) -> str:
    return f"export/checkpoints/{latest(case)}"


@mutation("signature", "history")
def earlier_root_byte_flipped(case: Case) -> None:
    change_head(case, 2, other_base64, kept_name(case))


@mutation("signature")
def earlier_signature_byte_flipped(case: Case) -> None:
    change_head(case, 4, other_signature, kept_name(case))


@mutation("signature", "history")
def earlier_checkpoint_of_a_forger(case: Case) -> None:
    name = kept_name(case)
    forger = Signer(case.head().origin, "a forger")
    case.write(name, forger.checkpoint(case.kept()[-1], b"\x07" * 32).encode())


@mutation("history")
def earlier_checkpoint_under_another_size(case: Case) -> None:
    if len(case.kept()) < 2:
        raise NotHere("fewer than two earlier checkpoints")
    case.write(kept_name(case), case.read(f"export/checkpoints/{case.kept()[0]}"))
