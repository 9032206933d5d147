"""Make a sample from a seed: a text and its settings. A change to this code changes the samples."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fuzzing.data import Chance, Data, Pairs, Verbatim, from_plain, pairs
from fuzzing.manifests import Manifests
from fuzzing.settings import random_spec
from fuzzing.spoiling import other_breaks, spoiled
from fuzzing.writing import Writer, json_text

CASES = Path(__file__).parents[2] / "tests" / "cases"
_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True)
class Sample:
    """An input, and the `spec` of its `ImagePull`; None for the settings in the input, or the defaults."""

    text: str
    spec: dict[str, Any] | None

    @property
    def documents(self) -> int:
        """The number of documents in the text, by its separators."""
        return len(_SEPARATOR.findall(self.text)) + (not _SEPARATOR.match(self.text))


def sample(seed: int) -> Sample:
    """The sample of a seed."""
    chance = Chance(seed)
    spec = random_spec(chance) if chance.hit(0.85) else None
    if chance.hit(0.25):
        inside = chance.hit(0.6)
        config = _config(spec or {}) if inside else _config(random_spec(chance)) if chance.hit(0.3) else None
        text = _resource_list(chance, config)
        spec = None if inside else spec
    else:
        text = _stream(chance)
    if chance.hit(0.15):
        text = spoiled(text, chance)
    return Sample(other_breaks(text, chance), spec)


def mutated(seed: int) -> Sample:
    """One or two mutated cases with random settings; the choice depends on the existing cases."""
    chance = Chance(seed)
    text = _case(chance)
    if chance.hit(0.2):
        text += chance.choice(("", "\n", "---\n", "\n---\n")) + _case(chance)
    for _ in range(chance.choice((0, 0, 1, 1))):
        text = spoiled(text, chance)
    return Sample(other_breaks(text, chance), random_spec(chance) if chance.hit(0.9) else None)


def _case(chance: Chance) -> str:
    return chance.choice(_cases()).read_text(encoding="utf-8", errors="replace")


@cache
def _cases() -> list[Path]:
    return sorted(path for path in CASES.glob("*/*") if ".config" not in path.name)


def _config(spec: dict[str, Any]) -> Data:
    head = pairs(apiVersion="krmfn.dev/v1alpha1", kind="ImagePull", metadata=pairs(name="x"))
    return Pairs([*head, ("spec", from_plain(spec))])


def _stream(chance: Chance) -> str:
    """Some documents, with separators, comments and directives."""
    manifests, writer = Manifests(chance), Writer(chance)
    hit, choice = chance.hit, chance.choice
    text = ""
    for i in range(choice((1, 1, 1, 2, 3, 4))):
        if i or hit(0.4):
            if hit(0.03) and (not i or text.endswith("...\n")):
                text += choice(("%YAML 1.1\n", "%YAML 1.2\n", "%TAG ! tag:x,2000:\n"))
            mark = "\ufeff" if i and hit(0.01) else ""
            text += mark + "---" + choice(("",) * 8 + (" # c", " ", "\t", "  # x: y")) + "\n"
        else:
            text += choice(("", "", "# head\n", "\n"))
        if text.endswith("---\n") and hit(0.05):
            text = text[:-1] + choice((" !!map\n", " &doc\n", " !!map &doc # c\n", " # c\n"))
        if hit(0.05):
            text += choice(("", "# only\n", "null\n", "{}\n", "[]\n", "text\n", "--- |\n text\n", "'a\n\n  b'\n"))
        else:
            document = _json_lines(manifests, chance) if hit(0.03) else writer.document(_content(manifests, chance))
            is_beside = document.startswith("{") and text.endswith("---\n") and hit(0.3)
            text = (text[:-1] + " " if is_beside else text) + document
        if hit(0.04):
            text += "..." + choice(("", " # e")) + "\n"
    return text.rstrip("\n") if hit(0.1) else text


def _content(manifests: Manifests, chance: Chance) -> Data:
    """The content of a document: an object, or a list or mapping of objects."""
    shape = chance.choice((*("object",) * 18, "list", "mapping"))
    if shape == "list":
        return [manifests.object() for _ in range(chance.choice((1, 2, 3)))]
    if shape == "mapping":
        keys = chance.choice((("a",), ("a", "b c"), ("web.yaml", "a-1", "é")))
        return Pairs([(key, manifests.object()) for key in keys])
    return manifests.object()


def _json_lines(manifests: Manifests, chance: Chance) -> str:
    """Concatenated JSON values."""
    values = [json_text(manifests.object(), chance) for _ in range(chance.choice((2, 3)))]
    return chance.choice(("\n", "\n\n", " ", "")).join(values) + "\n"


def _resource_list(chance: Chance, config: Data) -> str:
    """A ResourceList, without a config if that is None."""
    manifests = Manifests(chance)
    hit, choice = chance.hit, chance.choice
    found = pairs(apiVersion="config.kubernetes.io/v1", kind="ResourceList")
    if config is not None:
        found.append(("functionConfig", config))
    found.append(("items", [manifests.object() for _ in range(choice((0, 1, 2, 3)))]))
    if hit(0.2):
        old = pairs(message="old", severity="info")
        lists: tuple[list[Data], ...] = ([], [old], [pairs(message="m\nn\n")], [old, old])
        nothing: tuple[Data, ...] = (*map(Verbatim, ("", "null", "~")), *lists)
        results = choice(nothing)
        found.append(("results", results))
    if hit(0.2):
        chance.shuffle(found)
    text = json_text(found, chance) + "\n" if hit(0.1) else Writer(chance).document(found)
    text = ("---\n" if hit(0.2) else "") + text
    return text.rstrip("\n") if hit(0.1) else text
