"""The unmodified nixtla on an endpoint of TimeGEN-1: as on a server of one's own and as on Azure, which it tells apart by
the name of the host."""

import math
import socket

import pandas
import pytest
from nixtla import ApiError, NixtlaClient

DAYS = 84
AZURE_HOST = "models.ai.azure.localhost"


def series(count=1, days=DAYS):
    """Weeks that repeat themselves, each series on a level of its own."""
    week = [0, 1, 2, 3, 4, 10, 12]
    dates = pandas.date_range("2024-01-01", periods=days, freq="D")
    rows = [(f"s{at}", day, 100 * (at + 1) + week[index % 7] + index / 1000) for at in range(count) for index, day in enumerate(dates)]
    return pandas.DataFrame(rows, columns=["unique_id", "ds", "y"])


@pytest.fixture(params=["own server", "azure"])
def client(request, surfaces, monkeypatch):
    found = surfaces.endpoint("timegen")
    if request.param == "own server":
        return NixtlaClient(base_url=found.uri, api_key=found.key, max_retries=1)
    resolve = socket.getaddrinfo

    def to_loopback(host, *more, **named):
        return resolve("127.0.0.1" if host in (AZURE_HOST, AZURE_HOST.encode()) else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", to_loopback)
    base = found.uri.replace(surfaces.arm.url, surfaces.arm.client["http_url"]).replace("127.0.0.1", AZURE_HOST)
    return NixtlaClient(base_url=base, api_key=found.key, max_retries=1)


def model(client):
    return "azureai" if AZURE_HOST in str(client._client_kwargs["base_url"]) else "timegpt-1"


def test_a_forecast(client):
    wanted = client.forecast(series(2), h=7, freq="D", level=[80], model=model(client))
    assert len(wanted) == 14 and list(wanted["unique_id"].unique()) == ["s0", "s1"]
    assert wanted["ds"].iloc[0] == pandas.Timestamp("2024-01-01") + pandas.Timedelta(days=DAYS)
    assert (wanted["TimeGPT-lo-80"] <= wanted["TimeGPT"]).all() and (wanted["TimeGPT"] <= wanted["TimeGPT-hi-80"]).all()
    truth = [0, 1, 2, 3, 4, 10, 12]
    for at, level in enumerate((100, 200)):
        found = wanted["TimeGPT"].iloc[7 * at : 7 * at + 7]
        assert all(abs(value - level - expected) < 3 for value, expected in zip(found, truth, strict=True)), "the week is found again"


def test_quantiles_and_history(client):
    wanted = client.forecast(series(), h=7, freq="D", quantiles=[0.1, 0.9], add_history=True, model=model(client))
    assert len(wanted) > 7 and {"TimeGPT-q-10", "TimeGPT-q-90"} <= set(wanted.columns)


def test_what_else_is_known_of_the_days(client):
    frame = series()
    frame["holiday"] = [float(index % 14 == 0) for index in range(DAYS)]
    future = pandas.DataFrame({"unique_id": "s0", "ds": pandas.date_range("2024-03-25", periods=7, freq="D"), "holiday": 0.0})
    assert len(client.forecast(frame, h=7, freq="D", X_df=future, model=model(client))) == 7


def test_cross_validation(client):
    found = client.cross_validation(series(2), h=7, freq="D", n_windows=2, level=[90], model=model(client))
    assert len(found) == 2 * 2 * 7 and found["cutoff"].nunique() == 2
    error = (found["y"] - found["TimeGPT"]).abs().mean()
    assert error < 2 and {"TimeGPT-lo-90", "TimeGPT-hi-90"} <= set(found.columns)


def test_anomalies(client):
    frame = series()
    frame.loc[70, "y"] += 500
    found = client.detect_anomalies(frame, freq="D", model=model(client))
    wrong = found[found["anomaly"].astype(bool)]
    assert pandas.Timestamp("2024-01-01") + pandas.Timedelta(days=70) in list(wrong["ds"])
    assert len(wrong) < 10


def test_a_body_beyond_a_mebibyte_is_packed(client, surfaces):
    frame = pandas.DataFrame({"unique_id": "s0", "ds": pandas.date_range("2024-01-01", periods=70_000, freq="h")})
    frame["y"] = [math.sin(index / 3.7) + index / 7 for index in range(70_000)]
    before = surfaces.server.usage("surface-timegen").get("prompt_tokens", 0)
    wanted = client.forecast(frame, h=3, freq="h", model=model(client))
    assert len(wanted) == 3 and wanted["TimeGPT"].notna().all()
    assert surfaces.server.usage("surface-timegen")["prompt_tokens"] > before


def test_a_wrong_key(surfaces):
    wrong = NixtlaClient(base_url=surfaces.endpoint("timegen").uri, api_key="wrong", max_retries=1)
    with pytest.raises(ApiError) as refused:
        wrong.forecast(series(), h=7, freq="D", model="timegpt-1")
    assert refused.value.status_code == 401
