"""`python -m ltc.app.cli` is `ltc`."""

from ltc.app.cli import main

main()
