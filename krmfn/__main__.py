"""`python -m krmfn`."""

from krmfn.cli import program

if __name__ == "__main__":
    program()
