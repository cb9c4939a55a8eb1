"""`python -m xlt` is the command `xlt`."""

from xlt.cli import main

if __name__ == "__main__":
    main()
