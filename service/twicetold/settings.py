"""Every setting, declared once: an environment variable `TWICETOLD_<NAME>`, read when a command starts.

`Settings.load(os.environ)` gives the parsed values. An unknown `TWICETOLD_*` name and a value outside what is allowed
are errors that say what to write instead; all of them are reported together. An empty value counts as not set.
"""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, TypeVar

from twicetold.domain.errors import TwicetoldError
from twicetold.domain.matching.canonical import CanonicalPolicy

PREFIX = "TWICETOLD_"
T = TypeVar("T")


class BadSettings(TwicetoldError):
    """One or more settings are unknown or hold a value that is not allowed."""


@dataclass(frozen=True)
class Setting:
    """One setting: `default` is written as it would be in the environment; a `secret` value is never shown."""

    name: str
    default: str
    help: str
    parse: Callable[[str], Any]
    secret: bool

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return PREFIX + self.name.upper()


# --- what values may look like; each raises ValueError saying what is allowed -----------------------------------------


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def _processors_or(low: int, high: int) -> Callable[[str], int]:
    number = _between(low, high)

    def parse(text: str) -> int:
        if text == "auto":
            return max(2, processors())
        try:
            return number(text)
        except ValueError as error:
            raise ValueError(f"'auto' or {error}") from None

    return parse


def _auto_or(low: int, high: int) -> Callable[[str], int | None]:
    number = _between(low, high)

    def parse(text: str) -> int | None:
        try:
            return None if text == "auto" else number(text)
        except ValueError as error:
            raise ValueError(f"'auto' or {error}") from None

    return parse


def processors(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """How many this process may use: those of the machine, or fewer where its container has a quota (cgroups v2)."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        most, period = quota.read_text("ascii").split()
        return max(1, min(count, math.ceil(int(most) / int(period))))
    except (OSError, ValueError):  # no cgroups, or "max": no quota
        return count


_UNITS = {"": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}


def _size(low: str, high: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        parts = re.fullmatch(r"([0-9]{1,12}) ?(|[KMG]B)", text.upper())
        if not parts:
            raise ValueError
        return int(parts[1]) * _UNITS[parts[2]]

    def parse(text: str) -> int:
        try:
            value = read(text)
        except ValueError:
            value = -1
        if not read(low) <= value <= read(high):
            raise ValueError(f"a size from {low} to {high}, such as 512KB, 16MB or 1GB")
        return value

    return parse


def _policy(text: str) -> str:
    return str(CanonicalPolicy.parse(text))


def _one_of(*names: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return text.lower()

    return parse


_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"


def _host(text: str) -> str:
    written_as_address = ":" in text or text.replace(".", "").isdigit()
    if not (_is_address(text) if written_as_address else re.fullmatch(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*", text)):
        raise ValueError("a host name, an IPv4 or an IPv6 address, such as localhost, 0.0.0.0 or ::1")
    return text


def _is_address(text: str) -> bool:
    try:
        # A zone, as in fe80::1%eth0, is more than gunicorn binds to.
        return "%" not in str(ip_address(text))
    except ValueError:
        return False


def _networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(part.strip(), strict=False)) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, separated by commas") from None


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip().rstrip("/").lower() for part in text.split(",") if part.strip())
    if not all(part == "*" or re.fullmatch(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?", part) for part in origins):
        raise ValueError("* or origins, such as https://desk.example.org, separated by commas")
    return origins


def _store_url(text: str) -> str:
    if not re.fullmatch(r"sqlite:///[^?#\0]+|postgres(ql)?://\S+", text):
        raise ValueError("sqlite:///PATH (sqlite:////PATH from the root) or postgresql://USER:PASSWORD@HOST/DATABASE")
    return text


def _api_keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if not all(re.fullmatch(r"[!-+\--~]{1,200}", key) for key in keys):
        raise ValueError("keys of 1 to 200 printable ASCII characters, without spaces, separated by commas")
    return keys


def _secret(text: str) -> str:
    if not 16 <= len(text or "-" * 16) <= 500:
        raise ValueError("nothing, or 16 to 500 characters")
    return text


def _setting(default: str, text: str, parse: Callable[[str], T], *, secret: bool = False) -> T:
    """Declare a field of `Settings`; typed as its value, though its default is written as in the environment."""
    declared: T = field(metadata={"default": default, "help": text, "parse": parse, "secret": secret})
    return declared


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """The parsed settings. Sizes are in bytes, times in the unit of their name."""

    store_url: str = _setting(
        "sqlite:///data/twicetold.db",
        "Where stories are kept: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`.",
        _store_url,
        secret=True,
    )
    store_connections: int | None = _setting(
        "auto",
        "Connections of a worker to PostgreSQL, at most; `auto` is two more than it has threads. With fewer, requests"
        " wait up to 5 seconds for one.",
        _auto_or(4, 1000),
    )
    store_prepare: int | None = _setting(
        "auto",
        "Runs of a statement after which PostgreSQL is asked to prepare it, 0 for never; `auto` is 5, and never behind"
        " a pooler such as PgBouncer, of which only some versions can.",
        _auto_or(0, 1000),
    )
    host: str = _setting("127.0.0.1", "Address to listen on; `0.0.0.0` for every interface.", _host)
    port: int = _setting("8080", "Port to listen on.", _between(1, 65535))
    workers: int = _setting(
        "auto", "Worker processes; `auto` is one per processor, 2 at least.", _processors_or(1, 256)
    )
    threads: int = _setting("16", "Requests a worker serves at a time.", _between(1, 256))
    api_keys: tuple[str, ...] = _setting(
        "",
        "Keys accepted as `Authorization: Bearer KEY`, separated by commas; without any, the service is open to all.",
        _api_keys,
        secret=True,
    )
    keys_file: str = _setting(
        "",
        "TOML file of keys, each with name, sha256, scopes (read, write, delete, metrics), expires and rate: "
        "requests a second, over all workers of a server.",
        str,
    )
    ui: str = _setting("on", "Screens for people at `/` and `/ui/`: on or off.", _one_of("on", "off"))
    trusted_proxies: tuple[str, ...] = _setting(
        "",
        "Addresses or networks of proxies, separated by commas; `X-Forwarded-Prefix`, `-Proto` and `-For` of no other "
        "are read.",
        _networks,
    )
    cors_origins: tuple[str, ...] = _setting(
        "", "Origins whose pages may call the API from browsers, separated by commas; `*` for all.", _origins
    )
    max_body: int = _setting(
        "16MB", "Largest body of one request, and largest line of a batch, after decompression.", _size("1KB", "256MB")
    )
    max_batch_body: int = _setting("512MB", "Largest batch, after decompression.", _size("1KB", "64GB"))
    spool: int = _setting(
        "1GB", "Room for all batches that a worker holds at a time, in temporary files mostly.", _size("1MB", "1024GB")
    )
    body_seconds: int = _setting("30", "Seconds a client may stay silent in the middle of a body.", _between(1, 3600))
    batch_chunk: int = _setting("100", "Stories of a batch stored in one transaction, at most.", _between(1, 1000))
    bodies: int = _setting(
        "8", "Bodies over 1 MB that a worker receives at a time; more are answered 503.", _between(1, 256)
    )
    batches: int = _setting("8", "Batches that a worker takes at a time; more are answered 503.", _between(1, 256))
    watchers: int = _setting(
        "64",
        "Readers of changes that a worker serves at a time, beside its other requests; more are answered 503.",
        _between(1, 1000),
    )
    connections_per_peer: int = _setting(
        "0",
        "Connections of one address that a worker serves, more are answered 429; 0 for any number, as behind a proxy.",
        _between(0, 10000),
    )
    extraction_children: int = _setting("2", "Processes of each worker that read pages and texts.", _between(1, 64))
    extraction_seconds: int = _setting(
        "10", "Seconds of processor time after which the reading of a page or text is given up.", _between(1, 300)
    )
    extraction_memory: int = _setting(
        "1GB", "Memory at which the reading of a page or text is given up.", _size("256MB", "64GB")
    )
    signature_seed: int = _setting(
        "1", "Seed of the MinHash permutations; a store keeps the one it was made with.", _between(0, 2**31 - 1)
    )
    signature_secret: str = _setting(
        "",
        "Keys every hash, so that nobody outside can make texts that collide; a store keeps the one it was made with.",
        _secret,
        secret=True,
    )
    housekeeping_seconds: int = _setting(
        "30",
        "Seconds between two rounds of housekeeping, which matches stories that a crash left unmatched.",
        _between(1, 86400),
    )
    retention_days: int = _setting(
        "0", "Days after which stories are forgotten; 0 keeps them for ever.", _between(0, 36500)
    )
    keep_pages: int = _setting(
        "0",
        "Largest page, compressed, that is kept with its story, so that `twicetold reclean` can read it again;"
        " 0 keeps none.",
        _size("0", "16MB"),
    )
    encoder: str = _setting(
        "",
        "Folder of a sentence encoder (`tokenizer.json` with `model.onnx`, or with a static `model.safetensors`) that"
        " puts related stories in order; needs the extra `encoder`.",
        str,
    )
    canonical: str = _setting(
        "earliest",
        "Which story of a cluster is canonical in lists and source reports: `earliest`, `longest`, `agency` (that of"
        " the agency or outlet which most credit, or the first that credits it) or `source:NAME`; after a change run"
        " `twicetold choose-canonical`.",
        _policy,
    )
    changes_days: int = _setting(
        "7", "Days for which changes are kept; who asks for earlier ones is answered 410.", _between(1, 3650)
    )
    graceful_seconds: int = _setting(
        "30",
        "Seconds a stopping server has to finish; a batch gets half, then its remaining lines are answered 503.",
        _between(2, 600),
    )
    log_level: str = _setting(
        "info",
        "Lowest level logged: debug, info, warning or error.",
        _one_of("debug", "info", "warning", "error"),
    )

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> Settings:
        """Parse the settings of an environment. Raises `BadSettings` naming every wrong one."""
        problems = [_unknown(name) for name in sorted(environment) if _is_unknown(name)]
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            try:
                text = _given(setting, environment) or setting.default
                values[setting.name] = setting.parse(text)
            except OSError as error:
                problems.append(f"{setting.variable}_FILE: the file cannot be read: {error.strerror}.")
            except ValueError as allowed:
                shown = "its value" if setting.secret else repr(text[:100])
                problems.append(f"{setting.variable}: {shown} is not allowed; it takes {allowed}.")
        if problems:
            raise BadSettings("\n".join(problems))
        return cls(**values)

    def shown(self) -> dict[str, str]:
        """Each setting as it may be shown to people and written to logs: without secrets and database hosts."""
        return {each.name: _redacted(each, getattr(self, each.name)) for each in SETTINGS}

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value}' for name, value in self.shown().items())})"


SETTINGS = tuple(Setting(name=each.name, **each.metadata) for each in fields(Settings))


RENAMED = {"sweep_seconds": "housekeeping_seconds"}
"""Former names of settings."""


def _given(setting: Setting, environment: Mapping[str, str]) -> str:
    """What an environment gives for a setting; a secret may stand in a file, which the variable + `_FILE` names."""
    text = environment.get(setting.variable, "").strip()
    file = environment.get(f"{setting.variable}_FILE", "") if setting.secret else ""
    return text if text or not file else Path(file).read_text(encoding="utf-8").strip()


def _is_unknown(name: str) -> bool:
    files = {f"{each.variable}_FILE" for each in SETTINGS if each.secret}
    return name.startswith(PREFIX) and name not in {each.variable for each in SETTINGS} | files


def _unknown(name: str) -> str:
    renamed = RENAMED.get(name.removeprefix(PREFIX).lower())
    if renamed:
        return f"{name}: this setting is called {PREFIX}{renamed.upper()} now."
    close = difflib.get_close_matches(name, [each.variable for each in SETTINGS], n=1)
    return f"{name}: unknown setting; {f'did you mean {close[0]}?' if close else 'see `twicetold settings`.'}"


def _redacted(setting: Setting, value: object) -> str:
    if setting.name == "store_url":
        url = str(value)
        return url if url.startswith("sqlite:") else f"{url.partition('://')[0]}://…"
    if setting.secret:
        return "(hidden)" if value else "(none)"
    if value is None:
        return "auto"
    return str(value)
