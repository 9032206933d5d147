"""What editors ask of yaml-language-server, over its standard input and output."""

import itertools
import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Editor:
    """An editor with one file open, and the language server it asks.

    The protocol: https://microsoft.github.io/language-server-protocol/
    """

    def __init__(self, server: str, file: Path) -> None:
        self._uri = file.as_uri()
        self._numbers = itertools.count(1)
        self._server = subprocess.Popen(
            [server, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        # Only the schema that the file itself names.
        self._settings = {"yaml": {"schemaStore": {"enable": False}, "validate": True, "completion": True}}
        folder = file.parent.as_uri()
        self._ask("initialize", processId=None, rootUri=folder, capabilities={"workspace": {"configuration": True}})
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=self._settings)
        document = {"uri": self._uri, "languageId": "yaml", "version": 1, "text": file.read_text(encoding="utf-8")}
        self._tell("textDocument/didOpen", textDocument=document)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.kill()
        self._server.communicate()

    def problems(self) -> list[tuple[int, str]]:
        """What is underlined: line from 0, and message."""
        message = self._read_until(lambda message: message.get("method") == "textDocument/publishDiagnostics")
        return [(found["range"]["start"]["line"], found["message"]) for found in message["params"]["diagnostics"]]

    def completions(self, line: int, character: int) -> list[str]:
        """What is offered at a place, both from 0."""
        position = {"line": line, "character": character}
        answer = self._ask("textDocument/completion", textDocument={"uri": self._uri}, position=position)
        return [item["label"] for item in answer["items"]]

    def hover(self, line: int, character: int) -> str:
        """What is shown of the word at a place."""
        position = {"line": line, "character": character}
        answer = self._ask("textDocument/hover", textDocument={"uri": self._uri}, position=position)
        return str(answer["contents"]["value"])

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._write(id=number, method=method, params=params)
        return self._read_until(lambda message: message.get("id") == number and "method" not in message)["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._write(method=method, params=params)

    def _write(self, **message: Any) -> None:
        assert self._server.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._server.stdin.flush()

    def _read_until(self, is_it: Any) -> dict[str, Any]:
        """The next message that is it; questions of the server on the way are answered."""
        while not is_it(message := self._read()):
            if message.get("method") == "workspace/configuration":
                sections = [item.get("section", "") for item in message["params"]["items"]]
                self._write(id=message["id"], result=[self._settings.get(section, {}) for section in sections])
            elif "id" in message and "method" in message:
                self._write(id=message["id"], result=None)
        return message

    def _read(self) -> dict[str, Any]:
        stdout = self._server.stdout
        assert stdout
        length = 0
        while line := stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert length, "the language server is gone"
        message: dict[str, Any] = json.loads(stdout.read(length))
        return message
