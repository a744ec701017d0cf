"""Run the command line by `python -m funnelsim`."""

from funnelsim.cli import main

if __name__ == "__main__":
    main()
