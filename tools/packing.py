"""Archives whose bytes depend only on their files and on this Python's compressor."""

import gzip
import io
import tarfile

SHEBANG = b"#!"


def packed(files: dict[str, bytes]) -> bytes:
    """A `.tar.gz` with these files, by path; programs are executable."""
    data = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=data, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o755 if content.startswith(SHEBANG) else 0o644
            tar.addfile(info, io.BytesIO(content))
    return data.getvalue()
