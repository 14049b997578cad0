"""Settings: parsed from an environment, wrong ones refused with what to write instead, secrets never shown."""

import re
from pathlib import Path

import pytest
from twicetold.settings import SETTINGS, BadSettings, Settings, processors


def test_defaults_are_written_as_in_an_environment():
    written = {setting.variable: setting.default for setting in SETTINGS}
    assert Settings.load(written) == Settings.load({})


def test_an_empty_value_counts_as_not_set():
    assert Settings.load({"TWICETOLD_PORT": " "}).port == 8080


def test_an_unknown_name_is_refused_with_the_nearest_known_one():
    with pytest.raises(BadSettings, match=r"TWICETOLD_STOREURL: unknown setting; did you mean TWICETOLD_STORE_URL\?"):
        Settings.load({"TWICETOLD_STOREURL": "sqlite:///x.db"})


def test_a_former_name_is_refused_with_the_name_of_today():
    with pytest.raises(BadSettings, match="SWEEP_SECONDS: this setting is called TWICETOLD_HOUSEKEEPING_SECONDS now"):
        Settings.load({"TWICETOLD_SWEEP_SECONDS": "30"})


def test_variables_of_other_programs_are_left_alone():
    assert Settings.load({"PATH": "/bin", "STORE_URL": "nonsense"}) == Settings.load({})


def test_all_wrong_settings_are_reported_together():
    with pytest.raises(BadSettings) as refused:
        Settings.load({"TWICETOLD_PORT": "0", "TWICETOLD_LOG_LEVEL": "loud", "TWICETOLD_X": "1"})
    assert [line.split(":")[0] for line in refused.value.detail.splitlines()] == [
        "TWICETOLD_X",
        "TWICETOLD_PORT",
        "TWICETOLD_LOG_LEVEL",
    ]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "65536", "from 1 to 65535"),
        ("PORT", "٨٠", "a whole number"),
        ("WORKERS", "many", "'auto' or a whole number from 1 to 256"),
        ("MAX_BODY", "16", "a size from 1KB to 256MB"),
        ("MAX_BODY", "lots", "512KB, 16MB or 1GB"),
        ("RETENTION_DAYS", "-1", "a whole number from 0 to 36500"),
        ("LOG_LEVEL", "trace", "one of debug, info, warning, error"),
        ("STORE_URL", "mysql://db/x", "sqlite:///PATH"),
        ("STORE_URL", "sqlite:///", "sqlite:///PATH"),
        ("HOST", "a b", "a host name, an IPv4 or an IPv6 address"),
        ("HOST", "a:b:c", "a host name, an IPv4 or an IPv6 address"),
        ("HOST", "10.0.0.256", "an IPv4"),
        ("HOST", "fe80::1%eth0", "an IPv6 address"),
        ("HOST", "web..example", "a host name"),
        ("API_KEYS", "two words", "1 to 200 printable"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is(name, value, allowed):
    with pytest.raises(BadSettings, match=allowed):
        Settings.load({f"TWICETOLD_{name}": value})


@pytest.mark.parametrize("host", ["localhost", "node-1.example", "my_container", "0.0.0.0", "::", "::ffff:10.0.0.1"])
def test_a_host_is_a_name_or_an_address_of_either_kind(host):
    assert Settings.load({"TWICETOLD_HOST": host}).host == host


@pytest.mark.parametrize(("text", "size"), [("2048", 2048), ("512KB", 524288), ("16 mb", 16777216)])
def test_sizes_take_units(text, size):
    assert Settings.load({"TWICETOLD_MAX_BODY": text}).max_body == size


def test_several_api_keys_are_accepted_at_once():
    keys = Settings.load({"TWICETOLD_API_KEYS": "first-key-of-all, the-next-key-to-come,"}).api_keys
    assert keys == ("first-key-of-all", "the-next-key-to-come")


def test_secrets_are_shown_nowhere():
    settings = Settings.load(
        {"TWICETOLD_API_KEYS": "first-key-of-all", "TWICETOLD_STORE_URL": "postgresql://anna:pass@db.example/news"}
    )
    for shown in (repr(settings), str(settings.shown())):
        assert "first-key" not in shown
        assert "pass" not in shown
        assert "db.example" not in shown


@pytest.mark.parametrize(
    ("name", "value"), [("API_KEYS", "my secret phrase"), ("STORE_URL", "postgres:/anna:secret@db")]
)
def test_the_message_about_a_wrong_secret_does_not_repeat_it(name, value):
    with pytest.raises(BadSettings) as refused:
        Settings.load({f"TWICETOLD_{name}": value})
    assert "secret" not in refused.value.detail


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_no_setting_does_nothing(name):
    package = Path(__file__).parents[2] / "service"
    read = [path.name for path in package.rglob("*.py") if re.search(rf"settings\.{name}\b", path.read_text("utf-8"))]
    assert read


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "secret").write_text("0123456789abcdef\n")
    environment = {"TWICETOLD_SIGNATURE_SECRET_FILE": str(tmp_path / "secret")}
    assert Settings.load(environment).signature_secret == "0123456789abcdef"
    with pytest.raises(BadSettings, match="SIGNATURE_SECRET_FILE"):
        Settings.load({"TWICETOLD_SIGNATURE_SECRET_FILE": str(tmp_path / "nothing")})
    with pytest.raises(BadSettings, match="unknown"):
        Settings.load({"TWICETOLD_PORT_FILE": str(tmp_path / "secret")})


@pytest.mark.parametrize(("quota", "most"), [("150000 100000", 2), ("10000 100000", 1), ("max 100000", 64), ("", 64)])
def test_processors_are_no_more_than_the_quota_of_a_container(tmp_path, monkeypatch, quota, most):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    (tmp_path / "cpu.max").write_text(quota)
    assert processors(tmp_path / "cpu.max") == most
