#!/usr/bin/env python3
"""How long the questions of a dashboard take over a large ledger, through the public API of the release binary.

Fills the ledger of a fresh server with made-up records of 90 days (200 endpoints in 10 workspaces, two keys each), lets the server's own
migration add them up, and asks each question many times, at subscription scope for 30 and for 90 days.

Usage: bench/usage/run.py [--rows 10000000] [--runs 20] [--binary FILE] [--folder FOLDER]
"""

import argparse
import datetime
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))
from platform_under_test import Platform, binary  # noqa: E402

LIMIT_MS = 300
DAYS = 90
WORKSPACES = 10
ENDPOINTS = 200
KEYS = ["primary", "secondary"]
CHUNK = 500_000
DAY_MS = 86_400_000
PRICES = json.dumps({"prices": {"prompt_tokens": 150_000, "completion_tokens": 600_000}, "currency": "USD"})
ML = "Microsoft.MachineLearningServices"
CLASSES = "prompt, cached_prompt, completion, reasoning, search_units, images, finetune_prompt, finetune_completion"


def main():
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--rows", type=int, default=10_000_000)
    read.add_argument("--runs", type=int, default=20)
    read.add_argument("--binary", help="this program instead of the release binary")
    read.add_argument("--folder", help="where the data directory is made, for small disks of temporary files")
    wishes = read.parse_args()
    tempfile.tempdir = wishes.folder or tempfile.tempdir
    with Platform(wishes.binary or binary()) as platform:
        subscription = platform.client["subscription_id"]
        platform.stop()
        now_ms = int(time.time() * 1000)
        rows = fill(platform.data / "cupola.db", subscription, wishes.rows, now_ms)
        took = platform.start()
        print(f"opened and added up: {took:.1f} s for {rows:,} records")
        platform.stop()
        fill_times(platform.data / "cupola.db")
        platform.start()
        token = platform.cli("account", "get-access-token")["accessToken"]
        check(platform, token, subscription, rows, now_ms)
        ask_all(platform, token, subscription, wishes.runs, now_ms)


def endpoint(subscription, number):
    workspace = f"/subscriptions/{subscription}/resourceGroups/bench/providers/{ML}/workspaces/w{number % WORKSPACES}"
    return f"{workspace}/serverlessEndpoints/e{number}"


def fill(file, subscription, rows, now_ms):
    """Records as an earlier version kept them, so that the migration adds them up; says how many they are."""
    store = sqlite3.connect(file, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = OFF")
    store.execute("PRAGMA cache_size = -400000")
    for table in ["usage_rollups", "latency_rollups"]:
        store.execute(f"DROP TABLE {table}")
    for column in ["status", "took_us", "first_token_us"]:
        store.execute(f"ALTER TABLE usage_records DROP COLUMN {column}")
    store.execute("DELETE FROM _sqlx_migrations WHERE version = 11")
    contexts = [
        (1_000 + number, subscription.lower(), endpoint(subscription, number // len(KEYS)),
         f"azureml://registries/bench/models/m{number % 7}", "", "chat", KEYS[number % len(KEYS)], PRICES)
        for number in range(ENDPOINTS * len(KEYS))
    ]
    store.executemany("INSERT INTO usage_contexts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", contexts)
    # In the order of the table: each context gets as many, spread evenly over the days.
    each = -(-rows // len(contexts))
    step = DAYS * DAY_MS // each
    begin, done = now_ms - DAYS * DAY_MS, 0
    begun = time.perf_counter()
    store.execute("BEGIN")
    for context in contexts:
        store.execute(
            f"""WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
            INSERT INTO usage_records (context, at_ms, id, {CLASSES}, outcome)
            SELECT ?2, ?3 + i * ?4 + (i * 7919 + ?2) % ?4, printf('%012x7%019x', ?3 + i * ?4, i * 1000 + ?2),
                   50 + (i * 31) % 900, (i * 17) % 200, 20 + (i * 13) % 400, 0, 0, 0, 0, 0, 'complete' FROM n""",
            (each, context[0], begin, step),
        )
        before, done = done, done + each
        if before // CHUNK != done // CHUNK:
            store.execute("COMMIT")
            store.execute("BEGIN")
            print(f"\rfilled {done:,} of {each * len(contexts):,} records, {done / (time.perf_counter() - begun):,.0f} a second",
                  end="", file=sys.stderr, flush=True)
    store.execute("COMMIT")
    print(file=sys.stderr)
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return done


def fill_times(file):
    """Histograms for what was filled: twelve buckets of each piece of time, and some refusals beside."""
    store = sqlite3.connect(file, isolation_level=None)
    store.execute("PRAGMA synchronous = OFF")
    buckets = [f"b{number:02}" for number in range(8, 20)]
    counts = ", ".join(f"1 + (charged + {number}) / 12" for number in range(len(buckets)))
    store.execute("BEGIN")
    for kind in (0, 1):
        store.execute(
            f"""INSERT INTO latency_rollups (width_ms, context, at_ms, kind, sum_us, max_us, {", ".join(buckets)})
            SELECT width_ms, context, at_ms, {kind}, charged * 180000, 900000, {counts} FROM usage_rollups WHERE status = 200"""
        )
    store.execute(
        f"""INSERT INTO usage_rollups (width_ms, context, at_ms, status, requests, charged, {CLASSES})
        SELECT width_ms, context, at_ms, 429, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM usage_rollups
        WHERE status = 200 AND at_ms / width_ms % 5 = 0"""
    )
    store.execute("COMMIT")
    rows = store.execute("SELECT width_ms, COUNT(*) FROM usage_rollups GROUP BY 1").fetchall()
    print("sums:", ", ".join(f"{count:,} of {width // 60000} minutes" for width, count in rows))
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def cost_query(days, granularity, grouping, now_ms):
    instant = lambda ms: datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": instant(now_ms - days * DAY_MS), "to": instant(now_ms)},
        "dataset": {
            "granularity": granularity,
            "aggregation": {"cost": {"name": "Cost", "function": "Sum"}, "quantity": {"name": "UsageQuantity", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": name} for name in grouping],
        },
    }


def questions(subscription, days, now_ms):
    """Name, method, path, body."""
    at = f"/subscriptions/{subscription}"
    one = endpoint(subscription, 7)
    workspace = one.rsplit("/serverlessEndpoints", 1)[0]
    day = lambda ms: datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    span = f"timespan={day(now_ms - days * DAY_MS)}/{day(now_ms)}"
    cost = f"{at}/providers/Microsoft.CostManagement/query?api-version=2023-11-01"
    for granularity, grouping in [
        ("None", []), ("None", ["Workspace"]), ("None", ["Endpoint", "Meter"]), ("None", ["Model"]), ("None", ["Key"]),
        ("Daily", []), ("Daily", ["Workspace"]), ("Daily", ["Meter"]),
    ]:
        name = f"cost, {granularity.lower()}" + "".join(f", {one.lower()}" for one in grouping)
        yield name, "POST", cost, cost_query(days, granularity, grouping, now_ms)
    yield "cost, hourly, 7 days", "POST", cost, cost_query(7, "Hourly", [], now_ms)
    metrics = "providers/Microsoft.Insights/metrics?api-version=2023-10-01"
    for scope, where, interval in [(at, "subscription", "P1D"), (workspace, "workspace", "P1D"), (one, "endpoint", "PT1H")]:
        for metric in ["Requests", "TotalTokens", "Cost", "Latency&aggregation=average,p50,p95,p99"]:
            name = f"metrics of the {where}, {interval}, {metric.split('&')[0]}"
            yield name, "GET", f"{scope}/{metrics}&metricnames={metric}&interval={interval}&{span}", None
    live = f"timespan={day(now_ms - 3_600_000)}/{day(now_ms)}&interval=PT1M"
    yield "live metrics of the endpoint", "GET", f"{one}/{metrics}&metricnames=Requests,Latency&{live}", None
    yield "live metrics of the subscription", "GET", f"{at}/{metrics}&metricnames=Requests&{live}", None
    bill = f"{at}/providers/Cupola.Billing/usage?api-version=2026-11-01&from={day(now_ms - days * DAY_MS)}"
    yield "the bill", "GET", bill, None
    yield "usage by project and day", "GET", f"{bill}&by=project,day", None
    yield "recent requests", "GET", f"{one}/providers/Cupola.Billing/requests?api-version=2026-11-01&$top=50", None


def ask(platform, token, method, path, body):
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(platform.http + path, data, headers, method=method)
    return urllib.request.urlopen(request, timeout=120).read()


def check(platform, token, subscription, rows, now_ms):
    """The server tells of every record: how long wrong answers take would say nothing."""
    path = f"/subscriptions/{subscription}/providers/Microsoft.CostManagement/query?api-version=2023-11-01"
    # Whole seconds are asked for, so the last one of the records would be left out without a day more.
    query = cost_query(DAYS + 1, "None", ["Meter"], now_ms + DAY_MS)
    answer = json.loads(ask(platform, token, "POST", path, query))
    columns = [column["name"] for column in answer["properties"]["columns"]]
    told = {row[columns.index("Meter")]: row[columns.index("UsageQuantity")] for row in answer["properties"]["rows"]}
    if told.get("requests") != rows:
        raise SystemExit(f"{rows:,} records were filled, and the server tells of these: {told}")


def ask_all(platform, token, subscription, runs, now_ms):
    worst = 0.0
    for days in (30, 90):
        print(f"\n{days} days{'':46} p50 ms    p95 ms    p95/limit")
        for name, method, path, body in questions(subscription, days, now_ms):
            took = []
            for _ in range(runs):
                begun = time.perf_counter()
                ask(platform, token, method, path, body)
                took.append((time.perf_counter() - begun) * 1000)
            took.sort()
            middle, high = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.95))]
            worst = max(worst, high)
            print(f"{name:50} {middle:9.1f} {high:9.1f} {high / LIMIT_MS:9.2f}", flush=True)
    print(f"\nthe slowest at its 95th percentile: {worst:.1f} ms, {worst / LIMIT_MS:.2f} of the limit of {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
