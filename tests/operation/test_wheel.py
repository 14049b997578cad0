"""What an installation puts where: one package, complete, that says whose it is."""

import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "service" / "twicetold"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with zipfile.ZipFile(built) as opened:
        yield opened


def test_a_wheel_installs_twicetold_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"twicetold"}


def test_a_wheel_holds_every_file_of_the_package(wheel):
    kept = {"." + path.suffix.lstrip(".") for path in PACKAGE.rglob("*") if path.is_file()} - {".pyc"}
    files = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix in kept}
    assert {f"twicetold/{path.relative_to(PACKAGE).as_posix()}" for path in files} <= set(wheel.namelist())


def test_a_wheel_holds_the_contract_that_the_service_answers_with(wheel):
    assert wheel.read("twicetold/web/api/openapi.yaml") == (ROOT / "openapi.yaml").read_bytes()


def test_the_metadata_says_whose_it_is_and_what_it_is_for(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())
    assert metadata["Author"] == "The Twicetold developers"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert "news" in metadata["Keywords"].split(",")
    assert metadata["Summary"]
    assert metadata["Requires-Python"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_all("Classifier")
