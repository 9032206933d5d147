"""Tests for your own KRM function: the four laws on any text, and packages with expected output.

    from krmfn.testing import check, golden
    from set_replicas import function

    def test_comments_stay() -> None:
        assert "# the shop" in check(function, WEB, {"replicas": 3})

    test_packages = golden(function, "tests/packages")

The laws: if there is nothing to change, the output has the same bytes as the input; a second run changes nothing; the
parsed output is the parsed input plus exactly the announced changes; the output without the inserted text is the input,
byte for byte.
"""

from collections.abc import Mapping
from typing import Any

from krmfn.krm.outcome import Outcome
from krmfn.sdk import Config, Function
from krmfn.splice import parsing
from krmfn.testing import laws
from krmfn.testing.packages import check_package, golden

__all__ = ["Checked", "check", "check_package", "golden"]


class Checked(str):
    """The output of a function as text; `outcome` also has the results and changes."""

    outcome: Outcome

    @property
    def messages(self) -> list[str]:
        """The results, one line each: `warning: Deployment web: spec.replicas: a DaemonSet has no replicas`."""
        return [str(result) for result in self.outcome.results]


def check(function: Function[Any], text: str | bytes, config: Config | Mapping[str, Any] | None = None) -> Checked:
    """Run a function on a text, with libyaml's and with Python's YAML parser, and check the four laws.

    Args:
        function: the function.
        text: a stream of manifests, or a ResourceList, which may have the config.
        config: a config, or the plain data of `spec`.

    Returns:
        The output.

    Raises:
        AssertionError: the function breaks a law; the message says which one and where.
    """
    data = text.encode() if isinstance(text, str) else text
    outcomes = []
    chosen = parsing.parser_class
    for parser in (parsing.CParser, parsing.PureParser):
        if parser is None:  # pragma: no cover - PyYAML without libyaml
            continue
        parsing.parser_class = parser
        try:
            outcome = function.run(data, config)
            laws.check(data, outcome, lambda again: function.run(again, config))
        finally:
            parsing.parser_class = chosen
        outcomes.append(outcome)
    if outcomes[0].output != outcomes[-1].output:
        raise AssertionError("truth: the output depends on the YAML parser")
    checked = Checked(outcomes[0].output.decode(errors="surrogateescape"))
    checked.outcome = outcomes[0]
    return checked
