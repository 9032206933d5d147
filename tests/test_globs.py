"""Globs: what they match, held against regular expressions, and how often they look at a character."""

import pickle
import random
import re

import pytest

from krmfn.imagepull.images.patterns import ImagePattern
from krmfn.krm.globs import ANY, STAR, STARS, Glob


@pytest.mark.parametrize("seed", range(20))
def test_a_glob_matches_what_the_regular_expression_does(seed: int) -> None:
    some = random.Random(seed)
    for _ in range(200):
        pattern = "".join(some.choices(["a", "b", "/", "*", "**", "ab", "***", "."], k=some.randint(0, 8)))
        parts = re.split(r"(\*\*|\*)", pattern)
        slow = re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))
        text = "".join(some.choices("aab/.", k=some.randint(0, 9)))
        assert Glob.read(pattern).matches(text) is (slow.fullmatch(text) is not None), (pattern, text)


def test_stars_in_any_number_do_not_add_up() -> None:
    # With backtracking the least of these takes longer than anyone lives.
    for stars in (8, 30, 100):
        text = "a" * 2 * stars
        assert not Glob.read("*a" * stars + "*b").matches(text)
        assert Glob.read("*a" * stars + "*").matches(text)
        assert not Glob.read("**a/" * stars + "z").matches("a/" * 2 * stars)
        assert Glob.read("**a/" * stars + "**z").matches("a/" * 2 * stars + "z")


def test_an_image_pattern_full_of_stars_is_matched_at_once() -> None:
    image = "reg.io/" + "/".join("a" * 60)
    assert ImagePattern.compile("reg.io/" + "**/" * 8 + "z").covers(image) is False
    assert ImagePattern.compile("reg.io/" + "**/" * 30 + "a").covers(image) is True
    assert ImagePattern.compile("reg.io/" + "*a" * 30 + "*b").covers("reg.io/" + "a" * 60) is False


def test_steps_that_repeat_are_as_wide_as_the_widest_of_them() -> None:
    for steps, crosses in (
        ([STAR, STAR], False),
        ([STAR, STARS], True),
        ([STARS, STAR, STAR], True),
        ([STAR, ANY], False),
    ):
        glob = Glob.of(["x", *steps, "z"])
        assert glob.matches("xyyz")
        assert glob.matches("xy/yz") is crosses


def test_a_glob_goes_to_other_processes() -> None:
    glob = Glob.read("a/**/b*c*d")
    assert glob.matches("a/x/y/bcd")
    assert pickle.loads(pickle.dumps(glob)) == glob
