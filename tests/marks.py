"""Marks for tests of one kind of deployment alone.

Stories of pages, in which nothing depends on what another process hears, are told on one kind: both databases
have the rules behind them in tests/rules.
"""

import pytest

EMBEDDED = pytest.mark.parametrize("shop", ["embedded"], indirect=True)
SCALED = pytest.mark.parametrize("shop", ["scaled"], indirect=True)
