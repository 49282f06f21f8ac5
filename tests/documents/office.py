"""LibreOffice, many files at a time: with a profile of its own, and never for longer than a limit."""

import os
import signal
import subprocess
from pathlib import Path

START_SECONDS = 60
FILE_SECONDS = 20


def convert(files: list[Path], to: str, out: Path, profile: Path) -> dict[str, Path]:
    """Saves the files in another format, named as LibreOffice names it; what it made, by name without extension."""
    out.mkdir(parents=True, exist_ok=True)
    command = ["soffice", f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore"]
    command += ["--convert-to", to, "--outdir", str(out), *map(str, files)]
    # Whatever it starts ends with it.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            process.wait(START_SECONDS + FILE_SECONDS * len(files))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    names = {file.stem for file in files}
    return {made.stem: made for made in out.iterdir() if made.stem in names}
