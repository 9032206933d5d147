"""Build HTML as a tree, so that text from manifests never becomes markup."""

from xml.etree import ElementTree as ET

from krmfn.krm.results import visible

Child = ET.Element | str | None


def element(tag: str, *children: Child, **attributes: str | None) -> ET.Element:
    """An element. Children may be texts or None; `class_` and `aria_sort` mean `class` and `aria-sort`.

    Characters that are not printable are escaped, as in all of krmfn's output.
    """
    made = ET.Element(tag, {_name(key): _text(value) for key, value in attributes.items() if value is not None})
    last: ET.Element | None = None
    for child in children:
        if isinstance(child, ET.Element):
            made.append(child)
            last = child
        elif child and last is None:
            made.text = (made.text or "") + _text(child)
        elif child and last is not None:
            last.tail = (last.tail or "") + _text(child)
    return made


def raw(tag: str, text: str, **attributes: str) -> ET.Element:
    """A `style` or `script` element of krmfn's own, whose text is not escaped."""
    made = ET.Element(tag, attributes)
    made.text = text
    return made


def document(html: ET.Element) -> bytes:
    """The page as UTF-8 bytes."""
    return f"<!doctype html>\n{ET.tostring(html, 'unicode', method='html')}\n".encode()


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _text(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))
