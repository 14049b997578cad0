"""What deploy/ ships fits the service: its metrics, its settings, its paths, its image."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from twicetold.domain.model import Relation
from twicetold.observability.metrics import Metrics
from twicetold.settings import SETTINGS
from twicetold.usecases.pipeline import Outcome, Stage
from twicetold.usecases.read_models import StoreStats
from twicetold.web.options import RequestSummary

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
VARIABLES = {setting.variable for setting in SETTINGS}
IN_THE_IMAGE = {"TWICETOLD_HOST", "TWICETOLD_PORT"}


@pytest.fixture(scope="module")
def told() -> set[str]:
    """Every name that a scrape can hold."""
    metrics = Metrics()
    metrics.submitted(Outcome.CREATED)
    metrics.matched(Relation.EXACT)
    metrics.cut("share-bar", 3)
    with metrics.stage(Stage.MATCH):
        pass
    metrics.served(
        RequestSummary(
            request_id="r", method="POST", route="/v1/stories", status=422, seconds=0.1, bytes=1, complete=True,
            problems={"extraction-killed": 1},
        )
    )  # fmt: skip
    stats = StoreStats(stories=1, clusters=1, matches=1, backlog=0, bytes=1)
    families = text_string_to_metric_families(metrics.exposition(lambda: stats).decode())
    return {sample.name for family in families for sample in family.samples}


def named(text: str) -> set[str]:
    return set(re.findall(r"\btwicetold_[a-z_]+\b", text))


def test_every_metric_of_the_dashboard_exists(told):
    panels = json.loads((DEPLOY / "grafana" / "twicetold.json").read_text())["panels"]
    asked = named(" ".join(target["expr"] for panel in panels for target in panel["targets"]))
    assert len(asked) > 15
    assert asked - told == set()


def test_every_metric_of_the_rules_exists(told):
    groups = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"]
    asked = named(" ".join(rule["expr"] for group in groups for rule in group["rules"]))
    assert len(asked) > 5
    assert asked - told == set()


def test_the_dashboard_leaves_no_metric_of_the_service_out(told):
    dashboard = (DEPLOY / "grafana" / "twicetold.json").read_text()
    shown = {re.sub(r"_(bucket|sum|count|created|total)$", "", name) for name in named(dashboard)}
    all_told = {re.sub(r"_(bucket|sum|count|created|total)$", "", name) for name in told if "twicetold_" in name}
    assert all_told - shown == {"twicetold_clutter_spans"}  # its words are shown


def test_the_nodes_of_compose_pass_every_setting_on():
    composed = yaml.safe_load((DEPLOY / "compose" / "docker-compose.yml").read_text())
    passed = {entry.partition("=")[0] for entry in composed["services"]["twicetold"]["environment"]}
    assert {name for name in passed if name.startswith("TWICETOLD_")} == VARIABLES - IN_THE_IMAGE


def test_no_node_of_compose_has_a_port_of_the_machine():
    services = yaml.safe_load((DEPLOY / "compose" / "docker-compose.yml").read_text())["services"]
    assert [name for name, service in services.items() if service.get("ports")] == ["proxy"]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_every_setting_of_a_manifest_exists(path):
    assert set(re.findall(r"TWICETOLD_[A-Z_]+(?==|:)", path.read_text())) <= VARIABLES


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_every_manifest_names_its_kind(path):
    for document in yaml.safe_load_all(path.read_text()):
        assert {"apiVersion", "kind"} <= document.keys()


def test_the_kustomization_lists_every_manifest_but_the_secret():
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    assert {path.name for path in MANIFESTS} - {"kustomization.yaml", "secret.example.yaml"} == set(listed)


def test_probes_ask_paths_that_the_contract_names():
    pod = yaml.safe_load((DEPLOY / "kubernetes" / "nodes.yaml").read_text())["spec"]["template"]["spec"]
    paths = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"]
    container = pod["containers"][0]
    asked = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert asked == {"/livez", "/readyz"}
    assert asked <= paths.keys()


def test_nodes_run_as_the_user_of_the_image():
    pod = yaml.safe_load((DEPLOY / "kubernetes" / "nodes.yaml").read_text())["spec"]["template"]["spec"]
    user = re.search(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user
    assert user[1] == f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"


def test_a_node_is_given_longer_to_stop_than_it_takes():
    pod = yaml.safe_load((DEPLOY / "kubernetes" / "nodes.yaml").read_text())["spec"]["template"]["spec"]
    settings = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["configMapGenerator"][0]
    graceful = next(int(each.partition("=")[2]) for each in settings["literals"] if "GRACEFUL" in each)
    pause = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > graceful + pause


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_reads_the_unit(tmp_path):
    unit = (DEPLOY / "systemd" / "twicetold.service").read_text().replace("/opt/twicetold/bin/twicetold", "/bin/true")
    (tmp_path / "twicetold.service").write_text(unit)
    read = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "twicetold.service")], capture_output=True, text=True, check=False
    )
    assert [line for line in read.stderr.splitlines() if "twicetold.service" in line] == []
