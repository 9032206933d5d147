"""Run one command and print its resources: `weigh.py STDIN STDOUT STDERR COMMAND…`.

This is a process of its own because the peak memory that the system reports for a child is never below that of its
parent: this parent imports almost nothing. Prints CPU seconds, wall-clock seconds, the peak in the system's unit, and
the exit code.
"""

import os
import sys
import time

READS, WRITES = os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def main(stdin: str, stdout: str, stderr: str, *command: str) -> None:
    """Run the command with files as its streams."""
    streams = [(stdin, READS), (stdout, WRITES), (stderr, WRITES)]
    actions = [(os.POSIX_SPAWN_OPEN, number, path, flags, 0o644) for number, (path, flags) in enumerate(streams)]
    start = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    print(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, code)


if __name__ == "__main__":
    main(*sys.argv[1:])
