"""Keep what was read of files, so that the survey of a run and its examination read most of them only once."""

from pathlib import Path

from krmfn.files import replacing
from krmfn.files.replacing import Snapshot

_MOST = 32_000_000


class Kept:
    """Files as they were when they were first read; `fix` replaces none that has changed since."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: the maximum number of bytes to keep; files beyond it are read again."""
        self._files: dict[Path, tuple[bytes, Snapshot]] = {}
        self._most = self._left = most

    def __reduce__(self) -> tuple[type["Kept"], tuple[int]]:
        """Another process gets no data: reading it there is as fast."""
        return Kept, (self._most,)

    def read(self, file: Path) -> tuple[bytes, Snapshot]:
        """What `replacing.read` gives for an absolute path, now or earlier; raises what that raises."""
        if file in self._files:
            return self._files[file]
        found = replacing.read(file)
        size = len(found[0])
        if size <= self._left:
            self._files[file] = found
            self._left -= size
        return found

    def forget(self) -> None:
        """Free the memory."""
        self._files.clear()
        self._left = self._most
