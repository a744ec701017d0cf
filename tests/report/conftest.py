import pytest
from report_cases import all_forecasts

from funnelsim.report.words import Words


@pytest.fixture(scope="session")
def forecasts():
    return all_forecasts()


@pytest.fixture(scope="session")
def forecast(forecasts):
    return forecasts["plain"]


@pytest.fixture(scope="session")
def hostile(forecasts):
    return forecasts["hostile"]


@pytest.fixture(params=["en", "zh"])
def say(request):
    return Words(request.param)
