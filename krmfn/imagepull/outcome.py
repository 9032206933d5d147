"""What a run of the image-pull function gives back."""

from typing import TYPE_CHECKING

from krmfn.errors import InputError
from krmfn.krm.outcome import Outcome

if TYPE_CHECKING:
    from krmfn.imagepull.explanation.images import ExplainedImage
    from krmfn.imagepull.unused_settings import Found


class ImagePullOutcome(Outcome):
    """The answer of `krmfn.run`.

    Attributes:
        images: every image with what was decided about it, by place; only when asked for, with `explains`.
        has_manifests: whether the input has any object with apiVersion and kind; not known after an error.
        found: what settings may match in the input, where that is for others to judge: it is one of several.
    """

    images: "tuple[ExplainedImage, ...]"
    has_manifests: bool
    found: "Found | None"

    def __init__(
        self,
        outcome: Outcome,
        images: "tuple[ExplainedImage, ...]" = (),
        *,
        has_manifests: bool = True,
        found: "Found | None" = None,
    ) -> None:
        super().__init__(outcome.output, outcome.results, outcome.changes, outcome.edits, outcome.is_resource_list)
        vars(self).update(images=images, has_manifests=has_manifests, found=found)

    def require_manifests(self) -> None:
        """Raise `InputError` when the input was a stream, and there is no manifest in it.

        What is to be piped into krmfn has gone another way then. A ResourceList without items is nothing unusual.
        """
        if not (self.has_manifests or self.is_resource_list or self.exit_code):
            raise InputError("stdin has no manifest in it: an object with `apiVersion` and `kind` is expected there")
