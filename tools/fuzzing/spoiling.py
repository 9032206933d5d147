"""Make texts odder: unusual characters, lines and line breaks."""

from fuzzing.data import Chance

_PIECES = (
    *("\t", " ", "\n", "#", "- ", ": ", "'", '"', "{", "}", "[", "]", ",", "&a ", "*a0", "!", "|", ">", "?", "%", "\\"),
    *(
        "\r",
        "\x85",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\x00",
        "---\n",
        "...\n",
        "<<: *a0\n",
        "\u00a0",
        "\x1b",
        "--- ",
        "? ",
    ),
    *("image: nginx", "imagePullSecrets: ", "kind: Pod\n", "imagePullSecrets:\n", "items:\n", "- - ", " #", "\r\n"),
)
_BREAKS = ("\n\n", "\r\n", "\n# x\n", " \n", "\r", "\x85", "\u2028", "\n\ufeff", "\n\t\n")


def spoiled(text: str, chance: Chance) -> str:
    """The text after a few random edits."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        if text:
            text = _accident(text, chance)
    return text


def _accident(text: str, chance: Chance) -> str:
    at, choice = chance.below(len(text)), chance.choice
    lines = text.split("\n")
    line = chance.below(len(lines))
    match chance.below(9):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1 | 2:
            return text[:at] + choice(_PIECES) + text[at:]
        case 3:
            lines.insert(chance.below(len(lines) + 1), lines[line])
        case 4:
            del lines[line]
        case 5:
            lines[line] = choice((" ", "  ", "\t")) + lines[line]
        case 6:
            lines[line] = lines[line][choice((1, 2)) :]
        case 7:
            return text[:at] + text[at:].replace("\n", choice(_BREAKS), 1)
        case _:
            return text[:at] + text[at:].replace(": ", choice((":\t", ":  ", ":\n      ", ": # c\n      ")), 1)
    return "\n".join(lines)


def other_breaks(text: str, chance: Chance) -> str:
    """The text, sometimes with other line breaks or with a byte order mark."""
    kind = chance.random.random()
    if kind < 0.06:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    elif kind < 0.075:
        text = text.replace("\n", "\r")
    elif kind < 0.085:
        text = text.replace("\n", chance.choice("\x85\u2028\u2029"))
    return "\ufeff" + text if chance.hit(0.03) else text
