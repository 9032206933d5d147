"""The apiVersion and kind of an object, read from the beginning of its text."""

from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import parsing


def peek(text: str, nested: bool = False) -> TypeMeta | None:
    """The apiVersion and kind of the object at the root (`nested`: of the list item there); parses no further.

    None if they are not both plain scalars in the object itself, or if the text has errors before them.
    """
    found: dict[str, str] = {}
    for key, value in parsing.scalar_pairs(text, nested):
        found[key] = value
        if "apiVersion" in found and "kind" in found:
            return TypeMeta(found["apiVersion"], found["kind"])
    return None
