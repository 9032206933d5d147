"""Build the pages in docs into a folder that any web server can serve."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import doc_parts

from website import links, playground, staging

ROOT = doc_parts.ROOT
NO_PLAYGROUND = "This site was built without the playground."


class SiteError(Exception):
    """The site cannot be built, or has broken links; the message says which."""


def build(output: Path, source: str = "", with_playground: bool = True) -> None:
    """Build the site into a folder, which is emptied first; raise `SiteError`.

    `source` is the URL of the files of the repository.
    """
    parts = {"kinds": kinds, "playground": playground.html if with_playground else lambda: NO_PLAYGROUND}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        staging.stage(folder / "docs", source, parts)
        shutil.copy(ROOT / "mkdocs.yml", folder)
        command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
        environment = {**os.environ, "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise SiteError(f"{done.stdout}{done.stderr}\nzensical cannot build the site")
        if with_playground:
            playground.add_to(folder / "site")
        if found := sorted(links.problems(folder / "site")):
            raise SiteError("\n".join(found))
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(folder / "site", output)


def kinds() -> str:
    """The table of all kinds, with a field that filters it."""
    field = '<p class="kinds-filter" hidden><label>Find <input type="search" placeholder="a kind or a group"></label>'
    return f"{field} <output></output></p>\n\n{doc_parts.kinds_table()}"
