"""What a run of the image-pull function gives back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from krmfn.krm.outcome import Outcome

if TYPE_CHECKING:
    from krmfn.imagepull.explanation.images import ExplainedImage


@dataclass(frozen=True, slots=True)
class ImagePullOutcome(Outcome):
    """The answer of `krmfn.run`.

    Attributes:
        images: every image with what was decided about it, by place; only when asked for, with `explains`.
    """

    images: "tuple[ExplainedImage, ...]" = ()
