"""Copy the pages in docs for Zensical, with links to pages of the site or to the repository.

The pages in docs have links for GitHub, to examples and to files of the repository. Examples become pages of the site,
with their files. Links to other files go to the repository if its URL is known; otherwise only their text remains.
"""

import posixpath
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import doc_parts

ROOT = doc_parts.ROOT
ASSETS = Path(__file__).parent / "assets"
OUTSIDE = ("SECURITY.md", "CHANGELOG.md")
"""Files outside of docs that are pages of the site."""
_LINK = re.compile(r"(?<!`)(!?)\[([^\]]*)\]\((?!\w+:)([^)\s#]*)(#[^)\s]*)?\)")
_SITE_PART = re.compile(r"^<!-- site (\w+) -->\n.*?^<!-- /site -->$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^( *)(```+)")
_ITEM = re.compile(r"^( *)(?:[-*]|\d+\.) +")
_CODE = re.compile(r"`[^`\n]+`")


def stage(folder: Path, source: str, parts: Mapping[str, Callable[[], str]]) -> None:
    """Write the pages and their files into a folder.

    Args:
        folder: the `docs_dir`.
        source: the URL of the files of the repository; empty if unknown.
        parts: the functions for the parts that only the site has, by name.
    """
    shutil.copytree(ASSETS, folder / "assets", ignore=shutil.ignore_patterns("*.py"))
    for path, text in pages():
        written = _SITE_PART.sub(lambda match: parts[match[1]](), text)
        target = folder / page_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(for_python_markdown(linked(written, path, source)), encoding="utf-8")
    for picture in (ROOT / "docs").rglob("*.svg"):
        shutil.copy(picture, folder / picture.relative_to(ROOT / "docs"))


def pages() -> Iterator[tuple[str, str]]:
    """The path in the repository and the text of each page."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        yield page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8")
    for name in OUTSIDE:
        yield name, (ROOT / name).read_text(encoding="utf-8")
    for readme in sorted((ROOT / "examples").glob("*/README.md")):
        yield readme.relative_to(ROOT).as_posix(), example(readme)
    functions = ROOT / "examples" / "functions"
    for readme in sorted(functions.glob("*/README.md")):
        yield readme.relative_to(ROOT).as_posix(), example(readme)
    names = "".join(
        f"- [{folder.parent.name}]({folder.parent.name})\n" for folder in sorted(functions.glob("*/README.md"))
    )
    yield "examples/functions/README.md", f"# Functions with tests\n\n{names}"


def example(readme: Path) -> str:
    """The page of an example: its README, its files, and its output."""
    folder = readme.parent
    parts = [readme.read_text(encoding="utf-8"), "## Files\n"]
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path != readme and "__pycache__" not in name and _is_shown(name):
            title = name.removeprefix(".expected/")
            heading = f"What comes out: {title}" if title != name else name
            parts.append(f"### {heading}\n\n{_block(path)}\n")
    return "\n".join(parts)


def _is_shown(name: str) -> bool:
    return not name.startswith((".", "packages/", "tests/")) or name in (
        ".expected/output.yaml",
        ".expected/diff.patch",
    )


def _block(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    cut = lines[:120]
    language = {".py": "python", ".json": "json", ".toml": "toml"} | doc_parts.LANGUAGES
    left = f"\n\nAnd {len(lines) - len(cut)} more lines." if len(cut) < len(lines) else ""
    return "\n".join([f"````{language.get(path.suffix, 'yaml')}", *cut, "````"]) + left


def page_of(path: str) -> str:
    """The path of a page of the repository on the site."""
    return posixpath.normpath(path.removeprefix("docs/")).replace("README.md", "index.md")


def linked(text: str, path: str, source: str) -> str:
    """The text of a page with links to the site or to the repository."""
    here = page_of(path)

    def link(match: re.Match[str]) -> str:
        mark, words, target, anchor = match[1], match[2], match[3], match[4] or ""
        if not target:
            return match[0]
        found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if (ROOT / found / "README.md").exists() or found == "examples/functions":
            found += "/README.md"
        if found in OUTSIDE or (found.startswith(("docs/", "examples/")) and found.endswith((".md", ".svg"))):
            return f"{mark}[{words}]({posixpath.relpath(page_of(found), posixpath.dirname(here))}{anchor})"
        return f"[{words}]({source}/{found}{anchor})" if source else words

    return _outside_code(text, lambda part: _LINK.sub(link, part))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text, changed except in code blocks and backticks."""
    done, fence = [], ""
    for line in text.split("\n"):
        opening = _FENCE.match(line)
        if fence:
            fence = "" if opening and opening[2] == fence and not line.strip().strip("`") else fence
            done.append(line)
        elif opening:
            fence = opening[2]
            done.append(line)
        else:
            done.append(change(line))
    return "\n".join(done)


def for_python_markdown(text: str) -> str:
    """Convert GitHub's Markdown to Python-Markdown's.

    Lists, and items after blocks of another item, begin after a blank line; these blocks are indented by four. A pipe
    in code in a table needs no backslash.
    """
    done: list[str] = []
    item, shift, fence, has_blocks = 0, 0, "", False
    for written in text.split("\n"):
        is_row = written.startswith("|") and not fence
        line = _CODE.sub(lambda match: match[0].replace("\\|", "|"), written) if is_row else written
        indent = len(line) - len(line.lstrip(" "))
        if fence:
            done.append(" " * shift + line if line.strip() else line)
            fence = "" if line.strip() == fence else fence
            continue
        if not line.strip():
            has_blocks = has_blocks or item > 0
            done.append(line)
            continue
        if match := _ITEM.match(line):
            if done and done[-1].strip() and (not item or has_blocks):
                done.append("")
            item, shift, has_blocks = len(match[0]), 0, False
        elif indent == 0:
            item, shift, has_blocks = 0, 0, False
        else:
            shift = max(4 - item, 0) if item else 0
        if opening := _FENCE.match(line):
            fence = opening[2]
        done.append(" " * shift + line)
    return "\n".join(done)
