import pytest

from salesinbox.locale import texts


@pytest.fixture(autouse=True)
def _in_english():
    """Tests read English, whatever the machine speaks."""
    texts.use("en")
    yield
    texts.use("")
