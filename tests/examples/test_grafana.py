"""The dashboard and the alerts ask for what a sentinel really measures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.loop.conftest import Caller, database, node, sentinel, sentinel_options

__all__ = ["database", "node", "sentinel", "sentinel_options"]

FOLDER = Path(__file__).parents[2] / "examples/grafana"


def expressions() -> list[str]:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text())
    return [
        *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"]),
        *(rule["expr"] for group in rules["groups"] for rule in group["rules"]),
    ]


def test_every_metric_that_they_name_is_in_a_real_scrape(node: Caller) -> None:
    node.beat()
    scraped = httpx.get(node.url + "/metrics").text
    names = set(re.findall(r"^(loop_\w+)", scraped, re.MULTILINE))
    labels = set(re.findall(r'(\w+)="', scraped))
    asked = {name for one in expressions() for name in re.findall(r"\bloop_\w+", one)}
    assert asked
    assert asked <= names
    assert {label for one in expressions() for label in re.findall(r"[{,]\s*(\w+)\s*[!=]~?", one)} <= labels


def test_nothing_that_a_sentinel_measures_is_left_out(node: Caller) -> None:
    node.beat()
    scraped = httpx.get(node.url + "/metrics").text
    families = re.findall(r"^# TYPE (loop_\w+) (?:gauge|counter|histogram)$", scraped, re.MULTILINE)
    measured = {re.sub(r"_total$|_created$", "", name) for name in families if not name.endswith("_created")}
    dashboard: Any = (FOLDER / "dashboard.json").read_text()
    assert {name for name in measured if name not in dashboard} == set()


def test_every_alert_says_what_to_do() -> None:
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text())
    for rule in rules["groups"][0]["rules"]:
        assert {"summary", "action"} <= set(rule["annotations"]), rule["alert"]
