"""Everything krmfn raises on purpose.

KrmfnError
├── InputError            the user's manifests cannot be read or edited as they are
│   ├── NotYAML           ... because they do not parse
│   └── DoubledKey        ... because a key stands twice
│       └── OverriddenKey ... because a `<<` after it also sets it
├── SettingsError         the user's config is wrong
├── Unplaceable           a change has no place in the text that krmfn is sure of
└── VerificationError     a bug in krmfn: the output is not input plus announced changes
"""


class KrmfnError(Exception):
    """Base of all errors below; its text is one readable line."""


class InputError(KrmfnError):
    """Input that krmfn refuses.

    Args:
        message: what is wrong and what would be accepted.
        position: where, in code points from the start of the text that was looked at; None when unknown.
        path: the field path of the trouble from the root of its document; empty when there is none.
    """

    def __init__(self, message: str, position: int | None = None, path: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.path = path


class NotYAML(InputError):
    """Text that does not parse as YAML, or only at a price (depth, aliases) krmfn does not pay."""


class DoubledKey(InputError):
    """A key that stands twice in one mapping: parsers disagree on which one counts."""

    def __init__(self, key: str, position: int) -> None:
        super().__init__(f"key `{key}` stands twice in one mapping", position)


class OverriddenKey(DoubledKey):
    """A key before a `<<` that also sets it: the API server takes the merged value, YAML's merge the key's own."""

    def __init__(self, key: str, position: int) -> None:
        message = (
            f"key `{key}` is followed by a `<<` that also sets it, and YAML parsers disagree on which value counts"
        )
        InputError.__init__(self, f"{message}: move the `<<` to the top of the mapping", position)


class SettingsError(KrmfnError):
    """A function config or flag that is wrong; the text names the key and what would be accepted."""


class Unplaceable(KrmfnError):
    """A shape of YAML in which the change cannot be placed with certainty; the text names the shape."""


class VerificationError(KrmfnError):
    """The edited text does not parse to the input plus the announced changes. Nothing may be written."""
