"""Check that the built site has no broken link, and that every picture and script comes from the site itself."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

_LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src"}
"""Tags that load files, with the attribute that names the file; `link` does too, unless it is for machines only."""
_READ_ONLY = ("canonical", "prev", "next", "alternate")


class _Page(HTMLParser):
    """The anchors of a page, and its references, each with tag and target."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.loads: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") not in _READ_ONLY:
            self.loads.append(values.get("href", ""))
        elif (attribute := _LOADED.get(tag)) and attribute in values:
            self.loads.append(values[attribute])


def problems(site: Path) -> Iterator[str]:
    """A line for each broken link, and for each file that is not from the site."""
    pages = {path: _read(path) for path in site.rglob("*.html")}
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        for target in page.loads:
            if urlsplit(target).scheme not in ("", "data") or target.startswith("//"):
                yield f"{name}: loads {target}"
        for target in (*page.links, *page.loads):
            if urlsplit(target).scheme or target.startswith("//") or name == "404.html":
                continue
            file, anchor = urldefrag(target)
            found = (path.parent / unquote(urlsplit(file).path)).resolve() if file else path
            found = found / "index.html" if found.is_dir() else found
            if not found.is_file():
                yield f"{name}: {target} leads nowhere"
            elif anchor and found in pages and unquote(anchor) not in pages[found].anchors:
                yield f"{name}: {target}: the page has no such anchor"


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page
