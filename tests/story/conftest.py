"""The house in which the stories happen."""

import pytest

from tests.browser import NewWindow
from tests.conftest import Api
from tests.product import Deployment
from tests.story.people import House


@pytest.fixture
def house(deployment: Deployment, new_window: NewWindow, api: Api) -> House:
    """A shop that many stories share."""
    return House(deployment, new_window, api)


@pytest.fixture
def own_house(own_deployment: Deployment, new_window: NewWindow, api: Api) -> House:
    """A shop for this story alone."""
    return House(own_deployment, new_window, api)
