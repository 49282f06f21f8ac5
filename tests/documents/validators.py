"""Validators that nobody here wrote: each says what it finds wrong with a file, or nothing."""

import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OFFICE_VERSIONS = [
    "Office2007", "Office2010", "Office2013", "Office2016", "Office2019", "Office2021", "Microsoft365",
]  # fmt: skip
JARS = ["preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation", "jaxb-api"]
# The longest file takes a tenth of it.
SECONDS_MAX = 300


@dataclass(frozen=True)
class Validator:
    name: str
    formats: tuple[str, ...]
    find: Callable[[Path], str]


def said(*command: str, wanted: str = "") -> str:
    """What a program says of a fault: nothing if it ends well and says what is wanted."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return "it takes too long"
    is_well = run.returncode == 0 and wanted in run.stdout
    return "" if is_well else (run.stdout + run.stderr).strip() or f"status {run.returncode}"


def by_sdk(file: Path) -> str:
    """The Open XML SDK, as the newest Office that it knows."""
    return by_sdk_as(file, OFFICE_VERSIONS[-1])


def by_sdk_as(file: Path, version: str) -> str:
    run = subprocess.run([os.environ["SVOD_OOXML_VALIDATOR"], str(file), version], capture_output=True, text=True)
    try:
        errors = json.loads(run.stdout)["errors"]
    except ValueError:
        return run.stdout + run.stderr or f"status {run.returncode}"
    return "; ".join(f"{error['path']} {error['xPath']}: {error['description']}" for error in errors)


def by_every_sdk(file: Path) -> str:
    told = ((version, by_sdk_as(file, version)) for version in OFFICE_VERSIONS)
    return "; ".join(f"{version}: {finding}" for version, finding in told if finding)


def by_xmllint(file: Path) -> str:
    """Every part that is XML is well-formed."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(file) as package:
        names = [name for name in package.namelist() if name.endswith((".xml", ".rels"))]
        parts = [package.extract(name, folder) for name in names]
        return said("xmllint", "--noout", "--nonet", "--huge", *parts)


def by_pdffonts(file: Path) -> str:
    """Every font is embedded and says which letters it shows."""
    run = subprocess.run(["pdffonts", str(file)], capture_output=True, text=True)
    fonts = [line.split() for line in run.stdout.splitlines()[2:]]
    # Behind the name and the encoding: emb, sub, uni, and the object's two numbers.
    faults = [" ".join(font) for font in fonts if (font[-5], font[-3]) != ("yes", "yes")]
    return "; ".join(faults) if fonts else run.stderr or "it has no fonts"


def by_preflight(file: Path) -> str:
    """PDF/A-1b."""
    jars = ":".join(f"/usr/share/java/{jar}.jar" for jar in JARS)
    validator = "org.apache.pdfbox.preflight.Validator_A1b"
    return said("java", "-Xmx2g", "-cp", jars, validator, str(file), wanted="is a valid PDF/A-1b file")


ALL = [
    Validator("Open XML SDK", ("docx", "xlsx"), by_sdk),
    Validator("xmllint", ("docx", "odt", "xlsx"), by_xmllint),
    Validator("qpdf", ("pdf", "pdf-a1b"), lambda file: said("qpdf", "--check", str(file))),
    Validator("pdffonts", ("pdf", "pdf-a1b"), by_pdffonts),
    Validator("Preflight", ("pdf-a1b",), by_preflight),
]
EVERY_OFFICE = Validator("SDK, each Office", ("docx", "xlsx"), by_every_sdk)
