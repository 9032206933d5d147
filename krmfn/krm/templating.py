"""Text that has to be rendered before it is manifests: templates of Go, of Jinja and of ytt."""

import re
from bisect import bisect_left

from krmfn.errors import NotYAML
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import ScalarNode

# What only the templates of Go and Jinja have: Argo's own `{{workflow.name}}` is none of it.
_TEMPLATING = re.compile(
    r"\{\{-|-\}\}|\{\{\s*(?:[.$]|/\*|(?:if|else|end|range|with|include|template|define|block)\b)|\{%"
)
# Comments to YAML. `#@ ` has code behind it, `#@overlay/match` and the like are annotations.
_YTT = re.compile(r"(?:^|[ \t])#@(?:[ \t]|[a-z]+/[a-z])", re.MULTILINE)


def is_template(text: str) -> bool:
    """Whether a text that is no YAML looks as if it had to be rendered first."""
    return _TEMPLATING.search(text) is not None


def ytt_comment(text: str) -> int | None:
    """Where the first comment with code or an annotation of ytt stands; None when there is none.

    In a scalar, as in a ConfigMap that holds a template, it is no comment.
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
