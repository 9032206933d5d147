"""The limit of whatever reads YAML by libyaml: its events, of which nothing is made."""

import sys

from yaml._yaml import CParser

CParser(sys.stdin.buffer.read()).raw_parse()
