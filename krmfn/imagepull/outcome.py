"""What a run of the image-pull function gives back."""

from typing import TYPE_CHECKING

from krmfn.krm.outcome import Outcome

if TYPE_CHECKING:
    from krmfn.imagepull.explanation.images import ExplainedImage


class ImagePullOutcome(Outcome):
    """The answer of `krmfn.run`.

    Attributes:
        images: every image with what was decided about it, by place; only when asked for, with `explains`.
    """

    images: "tuple[ExplainedImage, ...]"

    def __init__(self, outcome: Outcome, images: "tuple[ExplainedImage, ...]" = ()) -> None:
        super().__init__(outcome.output, outcome.results, outcome.changes, outcome.edits, outcome.is_resource_list)
        vars(self)["images"] = images
