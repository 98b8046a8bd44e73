"""[records], [[pipeline]] and [[field]] of config.toml (REC-1, REC-6)."""

import pytest

from salesinbox import config
from salesinbox.locale import texts
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import CustomField, Pipeline, Records

ACCOUNT = '[[account]]\nname = "work"\naddress = "rep@zylker.example"\n[account.imap]\nhost = "imap.zylker.example"\n'
SALES = '[[pipeline]]\nname = "Sales"\n[[pipeline.stage]]\nname = "Talk"\nprobability = 20\n'


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "config.toml"
        path.write_text(ACCOUNT + text, encoding="utf-8")
        return config.load(path).records

    return read


def test_REC_6_pipelines_stages_and_fields_are_settings(read):
    assert read("") == Records()
    found = read(
        '[records]\nowner = "鈴木"\ncurrency = "jpy"\n'
        + SALES
        + '[[pipeline.stage]]\nname = "Won"\nstate = "won"\n[[pipeline.stage]]\nname = "Lost"\nstate = "lost"\n'
        '[[pipeline]]\nname = "Partners"\n[[pipeline.stage]]\nname = "Meet"\n[[pipeline.stage]]\nname = "Won"\nstate = "won"\n'
        '[[field]]\nkind = "deal"\nname = "Region"\ntype = "choice"\nchoices = ["East", "West", "East"]\n'
        '[[field]]\nkind = "contact"\nname = "Floor"\n'
    )
    assert found == Records(
        "鈴木",
        "JPY",
        (
            Pipeline("Sales", (("Talk", "open", 20), ("Won", "won", 100), ("Lost", "lost", 0))),
            Pipeline("Partners", (("Meet", "open", 50), ("Won", "won", 100))),
        ),
        (CustomField("deal", "Region", "choice", ("East", "West")), CustomField("contact", "Floor", "text")),
    )


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ('[records]\ncurrency = "Yen!"\n', 7, 'a currency is written as its code, like currency = "JPY".'),
        ("[records]\nowners = 1\n", 7, 'there is no key "owners" in [records]; did you mean "owner"?'),
        (SALES + SALES, 12, 'two pipelines are named "Sales".'),
        ('[[pipeline]]\nname = "A"\n', 7, 'the pipeline "A" needs an open stage.'),
        (SALES + '[[pipeline.stage]]\nname = "Talk"\n', 12, 'two stages are named "Talk".'),
        (SALES + '[[pipeline.stage]]\nname = "X"\nstate = "done"\n', 13, '"done" is none of: "open", "won", "lost".'),
        (SALES + '[[pipeline.stage]]\nname = "X"\nprobability = 120\n', 13, "a probability is a number from 0 to 100."),
        (
            SALES + SALES.replace('"Sales"', '"B"').replace("20", "30"),
            14,
            'the stage "Talk" is in another pipeline with another state or probability.',
        ),
        (SALES + '[[pipeline.stage]]\ncolour = "red"\n', 12, 'there is no key "colour" in [[pipeline.stage]]'),
        ('[[field]]\nkind = "dael"\nname = "A"\n', 7, '"dael" is none of: "lead", "contact"'),
        ('[[field]]\nkind = "deal"\n', 6, '[[field]] needs "name".'),
        ('[[field]]\nkind = "deal"\nname = "A"\ntype = "colour"\n', 9, '"colour" is none of: "text", "long"'),
        ('[[field]]\nkind = "deal"\nname = "A"\ntype = "choice"\n', 6, 'choices = ["…", "…"] belong to a field'),
        ('[[field]]\nkind = "deal"\nname = "Stage"\n', 8, 'there is a field "Stage" already.'),
        (
            '[[field]]\nkind = "deal"\nname = "A"\n[[field]]\nkind = "deal"\nname = "a"\n',
            11,
            'there is a field "a" already.',
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_with_its_line(read, text, line, sentence):
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert f"config.toml, line {line}: {sentence}" in str(caught.value)
