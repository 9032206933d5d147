"""`make demo`: the first thing that somebody sees of krmfn."""

import sys
from pathlib import Path

import hosts


def test_it_shows_the_changes_the_reasons_and_how_to_go_on(tmp_path: Path) -> None:
    done = hosts.Workplace(tmp_path).run(sys.executable, str(hosts.REPOSITORY / "tools" / "demo.py"))
    assert done.returncode == 0, done.stderr
    changes, _, reasons = done.stdout.partition("Each image, and why: ")
    assert "+      - name: regcred\n" in changes
    assert "${AGENT_IMAGE}  no policy, team-registry, + regcred\n" in reasons
    assert "krmfn diff .  " in reasons
