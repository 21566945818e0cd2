"""Marks for tests of one kind of deployment alone."""

import pytest

EMBEDDED = pytest.mark.parametrize("shop", ["embedded"], indirect=True)
SCALED = pytest.mark.parametrize("shop", ["scaled"], indirect=True)
