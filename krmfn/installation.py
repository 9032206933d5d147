"""Describe this krmfn for `krmfn --version`: the version, the commit of the build, and the installer."""

import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from krmfn.files import repository

ARCHIVE, CONTAINER = "one-file archive", "container"
"""The installer names that `tools/archive.py` and the Dockerfile write where pip and others write their own."""
_UNKNOWN = "unknown"
_COMMIT = re.compile(r"([0-9a-f]{8})[0-9a-f]*(.*)")
_KEPT_BY = {"pipx_metadata.json": "pipx", "uv-receipt.toml": "uv tool"}
"""Files in environments that a tool makes for krmfn alone; there the recorded installer is only pip or uv."""


def described() -> str:
    """The version, and commit and installer if known: `0.1.0 (commit 1a2b3c4d, installed by pip)`."""
    try:
        found = distribution("krmfn")
    except PackageNotFoundError:
        return f"{_UNKNOWN} (not installed)"
    origin: dict[str, Any] = json.loads(found.read_text("direct_url.json") or "{}")  # PEP 610
    is_editable = origin.get("dir_info", {}).get("editable", False)
    commit = _commit_of_checkout() if is_editable else origin.get("vcs_info", {}).get("commit_id") or _commit_of_build()
    said = [f"commit {match[1]}{match[2]}"] if (match := _COMMIT.match(commit)) else []
    said += ["editable checkout"] if is_editable else _way(found)
    return f"{found.version} ({', '.join(said)})" if said else found.version


def _commit_of_checkout() -> str:
    return repository.commit_of(Path(__file__).parents[1])


def _commit_of_build() -> str:
    """The commit that the build wrote; a text without a hash if the build did not know it."""
    return (Path(__file__).parent / "commit.txt").read_text(encoding="utf-8").strip()


def _way(found: Distribution) -> list[str]:
    """How a krmfn that is not a checkout was installed; empty if unknown."""
    installer = (found.read_text("INSTALLER") or "").strip()
    if installer == ARCHIVE:
        return ["Helm plugin" if Path(sys.argv[0]).with_name("plugin.yaml").exists() else ARCHIVE]
    if installer in ("", CONTAINER):
        return [installer] if installer else []
    kept_by = (tool for file, tool in _KEPT_BY.items() if Path(sys.prefix, file).exists())
    return [f"installed by {next(kept_by, installer)}"]
