"""Recognize templates that must be rendered to manifests first: Go, Jinja and ytt."""

import re
from bisect import bisect_left

from krmfn.errors import NotYAML
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import ScalarNode

# Only syntax of Go and Jinja templates, not Argo's own `{{workflow.name}}`.
_TEMPLATING = re.compile(
    r"\{\{-|-\}\}|\{\{\s*(?:[.$]|/\*|(?:if|else|end|range|with|include|template|define|block)\b)|\{%"
)
# For YAML these are comments: `#@ ` begins code, `#@overlay/match` and the like are annotations.
_YTT = re.compile(r"(?:^|[ \t])#@(?:[ \t]|[a-z]+/[a-z])", re.MULTILINE)


def is_template(text: str) -> bool:
    """Whether a text that is not YAML looks like a template."""
    return _TEMPLATING.search(text) is not None


def ytt_comment(text: str) -> int | None:
    """The position of the first comment with ytt code or a ytt annotation, or None.

    Text in a scalar, as in a ConfigMap with a template, is not a comment.
    """
    found = [match.end() for match in _YTT.finditer(text)] if "#@" in text else []
    if not found:
        return None
    try:
        roots = parsing.compose(text)
    except NotYAML:
        return text.rindex("#", 0, found[0])
    scalars = (one for one in nodes.descendants(roots) if isinstance(one, ScalarNode))
    spans = sorted((nodes.start(one), nodes.end(one)) for one in scalars)
    for end in found:
        before = bisect_left(spans, (end,)) - 1
        if before < 0 or spans[before][1] < end:
            return text.rindex("#", 0, end)
    return None
