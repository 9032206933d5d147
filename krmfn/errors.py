"""All exceptions that krmfn raises on purpose.

KrmfnError
├── InputError            the user's manifests cannot be read or edited
│   ├── NotYAML           ... because they do not parse
│   └── DoubledKey        ... because of a duplicate key
│       └── OverriddenKey ... because a `<<` after it also sets it
├── SettingsError         the user's config is wrong
├── Unplaceable           a change cannot be placed in the text with certainty
└── VerificationError     a bug in krmfn: the output is not the input plus the announced changes
"""


class KrmfnError(Exception):
    """Base of all errors below; the message is one readable line."""


class InputError(KrmfnError):
    """Input that krmfn refuses.

    Args:
        message: what is wrong and what would be accepted.
        position: the position in code points from the start of the text; None if unknown.
        path: the field path of the error from the root of its document; empty if there is none.
    """

    def __init__(self, message: str, position: int | None = None, path: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.path = path


class NotYAML(InputError):
    """Text that does not parse as YAML, or that exceeds a bound (depth, aliases)."""


class DoubledKey(InputError):
    """A duplicate key in a mapping: parsers disagree on which one counts."""

    def __init__(self, key: str, position: int) -> None:
        super().__init__(f"key `{key}` stands twice in one mapping", position)


class OverriddenKey(DoubledKey):
    """A key before a `<<` that also sets it: the API server uses the merged value, YAML the key's own value."""

    def __init__(self, key: str, position: int) -> None:
        message = (
            f"key `{key}` is followed by a `<<` that also sets it, and YAML parsers disagree on which value counts"
        )
        InputError.__init__(self, f"{message}: move the `<<` to the top of the mapping", position)


class SettingsError(KrmfnError):
    """An invalid function config or flag; the message names the key and what would be accepted."""


class Unplaceable(KrmfnError):
    """A shape of YAML in which a change cannot be placed with certainty; the message names the shape."""


class VerificationError(KrmfnError):
    """The edited text does not parse to the input plus the announced changes; it must not be written."""
