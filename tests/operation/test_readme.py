"""The README keeps its word: every setting, command and file it names is there, and none is left out."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from twicetold.cli import _parser
from twicetold.settings import SETTINGS

from bench.server import Server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("readme")) as server:
        yield server


def blocks(language, *, that_hold):
    found = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [block for block in found if that_hold in block]


def test_every_request_is_answered_as_it_stands(server):
    for block in blocks("sh", that_hold="curl"):
        command = block.replace("http://localhost:8080", f"http://127.0.0.1:{server.port}")
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=ROOT, capture_output=True, check=True)
        answers = [json.loads(line) for line in done.stdout.replace(b"}{", b"}\n{").splitlines()]
        assert answers, block
        assert not [answer for answer in answers if "problem" in answer or answer.get("status", 200) >= 400], block


def test_the_python_program_prints_what_it_says(server):
    (program,) = blocks("python", that_hold="urlopen")
    program = program.replace("http://localhost:8080", f"http://127.0.0.1:{server.port}")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    (expected,) = re.findall(r"print\(.*# (.*)$", program, re.MULTILINE)
    assert done.stdout == f"{expected}\n"


def test_the_settings_table_is_what_the_settings_declare():
    rows = re.findall(r"^\| `(TWICETOLD_\w+)` \| (.*) \| (.*) \|$", README, re.MULTILINE)
    assert rows == [
        (setting.variable, f"`{setting.default}`" if setting.default else "", setting.help) for setting in SETTINGS
    ]


def test_no_other_setting_is_mentioned():
    known = {setting.variable for setting in SETTINGS} | {f"{each.variable}_FILE" for each in SETTINGS if each.secret}
    for path in ("README.md", "Dockerfile", "docker-compose.yml", "docker-compose.postgres.yml", "Makefile"):
        named = set(re.findall(r"TWICETOLD_[A-Z_]+[A-Z]\b(?!_)", (ROOT / path).read_text(encoding="utf-8")))
        assert named - known <= {"TWICETOLD_PORT_"}, path


@pytest.mark.parametrize(
    ("path", "service"), [("docker-compose.yml", "twicetold"), ("docker-compose.postgres.yml", "twicetold-2")]
)
def test_a_container_is_passed_every_setting_that_the_image_does_not_fix(path, service):
    composed = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    passed = [name for name in composed["services"][service]["environment"] if "=" not in name]
    fixed = {"TWICETOLD_HOST", "TWICETOLD_PORT", "TWICETOLD_STORE_URL"}
    assert passed == [setting.variable for setting in SETTINGS if setting.variable not in fixed]


def test_every_build_argument_that_is_named_is_declared():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    named = set(re.findall(r"--build-arg ([A-Z_]+)=", dockerfile))
    assert named == set(re.findall(r"^ARG ([A-Z_]+)", dockerfile, re.MULTILINE))


def test_no_password_goes_into_a_url_where_some_characters_would_break_it():
    composed = (ROOT / "docker-compose.postgres.yml").read_text(encoding="utf-8")
    assert re.findall(r"TWICETOLD_STORE_URL=(.*)", composed) == ["postgresql://twicetold@postgres/twicetold"] * 2


def test_every_command_is_described():
    described = set(re.findall(r"`twicetold ([\w-]+)", README))
    usage = _parser().format_help()
    assert described == set(re.findall(r"^    ([\w-]+)(?: |$)", usage, re.MULTILINE))


@pytest.mark.parametrize("path", re.findall(r"@(examples/\S+)", README))
def test_every_example_exists(path):
    assert (ROOT / path).exists()


def test_every_metric_named_is_counted():
    source = (ROOT / "service" / "twicetold" / "observability" / "metrics.py").read_text(encoding="utf-8")
    for name in re.findall(r"`(twicetold_\w+)`", README):
        assert f'"{name.removesuffix("_total")}"' in source
