"""Writes signed notes (C2SP signed-note, Ed25519) for the sample and for forgers among the mutations."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Signer:
    """A key under a name; the seed makes it the same in every run."""

    def __init__(self, name: str, seed: str) -> None:
        self.name = name
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
        self.public = b"\x01" + self.key.public_key().public_bytes_raw()
        self.id = hashlib.sha256(f"{name}\n".encode() + self.public).digest()[:4]

    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.public).decode()}\n"

    def line(self, text: str, key_id: bytes | None = None) -> str:
        blob = (key_id or self.id) + self.key.sign(text.encode())
        return f"\N{EM DASH} {self.name} {base64.b64encode(blob).decode()}\n"

    def checkpoint(self, size: int, root: bytes) -> str:
        text = f"{self.name}\n{size}\n{base64.b64encode(root).decode()}\n"
        return text + "\n" + self.line(text)
