"""The playground: krmfn in Python in the browser, from files of the site only.

Python is Pyodide from the npm registry, PyYAML its modules in Python, and pydantic's core the wheel for Pyodide, with
the hashes of `locks/run.txt`. None of them is in the repository; `.hosts` caches the fetched files.
"""

import argparse
import base64
import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import doc_parts
import lock
from building import LOCKS, pip

ROOT = doc_parts.ROOT
VERSION = "314.0.7"
INTEGRITY = "sha512-0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
"""npm's integrity hash of the package with this version."""
PYTHON, PLATFORM = "3.14", "pyemscripten_2026_0_wasm32"
"""The Python version and platform of this Pyodide, as in the names of wheels."""
FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
HOME = ROOT / ".hosts" / f"pyodide-{VERSION}"
"""The folder with the fetched files."""
_LEFT_OUT = ("cli.py", "__main__.py", "commands", "files", "sdk", "testing")
"""The parts of krmfn that read files and argv, or are for authors."""
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class NotFetched(Exception):
    """Pyodide is missing and cannot be fetched; the message says why."""


def html() -> str:
    """The HTML of the playground; it is not shown without JavaScript."""
    return (Path(__file__).parent / "playground.html").read_text(encoding="utf-8")


def fetch() -> Path:
    """The folder with the files for the browser besides krmfn; fetches them if missing; raise `NotFetched`."""
    if (HOME / "complete").exists():
        return HOME
    if not shutil.which("npm"):
        raise NotFetched("npm: command not found")
    Path(HOME).parent.resolve().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME.parent) as name:
        folder = Path(name)
        packed = ["npm", "pack", "--silent", f"pyodide@{VERSION}", "--pack-destination", name]
        done = subprocess.run(packed, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotFetched(f"npm cannot fetch pyodide {VERSION}: {done.stderr.strip()}")
        archive = folder / f"pyodide-{VERSION}.tgz"
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != INTEGRITY:
            raise NotFetched(f"pyodide {VERSION} is not the package that was locked: sha512-{digest}")
        kept = folder / "kept"
        kept.mkdir()
        with tarfile.open(archive) as files:
            for file in FILES:
                content = files.extractfile(f"package/{file}")
                assert content is not None
                (kept / file).write_bytes(content.read())
        _fetch_wheel(kept)
        (kept / "complete").touch()
        shutil.rmtree(HOME, ignore_errors=True)
        kept.rename(HOME)
    return HOME


def _fetch_wheel(folder: Path) -> None:
    """Put the wheel of pydantic's core for Pyodide into a folder, with the version and hashes of the lock."""
    locked = folder / "locked.txt"
    locked.write_text(lock.entries(LOCKS / "run.txt")["pydantic-core"][1], encoding="utf-8")
    target = ["--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp", "--only-binary", ":all:"]
    pip("download", "--require-hashes", "--no-deps", *target, "--dest", folder, "--requirement", locked)


def add_to(site: Path) -> None:
    """Add the files of the playground to a built site, and the content security policy to its page."""
    fetched = fetch()
    folder = site / "assets" / "pyodide"
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy(fetched / name, folder)
    write_packages(folder / "packages.zip", fetched)
    page = site / "playground" / "index.html"
    page.write_text(guarded(page.read_text(encoding="utf-8")), encoding="utf-8")


def write_packages(archive: Path, fetched: Path) -> None:
    """Write the modules for Python in the browser: krmfn, PyYAML without its C parts, and pydantic's core."""
    (wheel,) = fetched.glob("pydantic_core-*.whl")
    with ZipFile(archive, "w", ZIP_DEFLATED) as target:
        for name, content in sorted((*_own(), *_installed(), *_of_wheel(wheel))):
            target.writestr(ZipInfo(name), content, ZIP_DEFLATED)


def _own() -> Iterator[tuple[str, bytes]]:
    answers = Path(__file__).with_name("playground_answers.py")
    yield answers.name, answers.read_bytes()
    for path in (ROOT / "krmfn").rglob("*"):
        inside = path.relative_to(ROOT / "krmfn")
        if path.is_file() and inside.parts[0] not in _LEFT_OUT and "__pycache__" not in inside.parts:
            yield f"krmfn/{inside.as_posix()}", path.read_bytes()


def _installed() -> Iterator[tuple[str, bytes]]:
    for name, prefix in (("pyyaml", "yaml/"), ("typing-extensions", "typing_extensions.py")):
        for file in distribution(name).files or ():
            if file.as_posix().startswith(prefix) and file.suffix == ".py":
                yield file.as_posix(), file.read_binary()


def _of_wheel(wheel: Path) -> Iterator[tuple[str, bytes]]:
    with ZipFile(wheel) as files:
        for name in files.namelist():
            if not name.endswith(("/", ".pyi")) and ".dist-info/" not in name:
                yield name, files.read(name)


def guarded(page: str) -> str:
    """The page with a content security policy: it and its worker load only files and scripts of the site."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in _INLINE.findall(page))
    scripts = " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests))
    policy = (
        f"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {scripts}; worker-src 'self' blob:; "
        "connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    return page.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


if __name__ == "__main__":
    argparse.ArgumentParser(description="Fetch what the playground needs into .hosts.").parse_args()
    try:
        fetch()
    except NotFetched as error:
        raise SystemExit(str(error)) from None
