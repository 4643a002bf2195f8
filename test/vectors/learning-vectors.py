"""Writes learning-vectors.json: what River, statsmodels and NumPy say of series that are stored with it.

Ran with Python 3.11, river 0.21.0, statsmodels 0.15.0, numpy 1.26.4: python learning-vectors.py > learning-vectors.json
"""

import json
import math

import numpy as np
import statsmodels.api as sm
from river import drift

rng = np.random.default_rng(20)


def rounded(values):
    return [round(float(value), 3) for value in values]


def stationary():
    return rng.normal(0, 1, 2000)


def step():
    return np.concatenate([rng.normal(1, 0.5, 700), rng.normal(2.5, 0.5, 500)])


def fall():
    return np.concatenate([rng.normal(3, 0.5, 600), rng.normal(1, 0.5, 600)])


def ramp():
    return np.concatenate([np.zeros(400), np.linspace(0, 4, 800)]) + rng.normal(0, 0.7, 1200)


def steps():
    return np.concatenate([rng.exponential(level, 400) for level in (1, 4, 1, 8)])


def alarms(detector, values):
    found = []
    for index, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            found.append(index)
    return found


detectors = []
for name, make in [
    ("stationary", stationary),
    ("step", step),
    ("fall", fall),
    ("ramp", ramp),
    ("steps", steps),
]:
    values = rounded(make())
    adwin = drift.ADWIN()
    detectors.append(
        {
            "name": name,
            "values": values,
            "page_hinkley_up": alarms(drift.PageHinkley(mode="up"), values),
            "page_hinkley_up_delta_0.1_threshold_20": alarms(
                drift.PageHinkley(mode="up", delta=0.1, threshold=20), values
            ),
            "adwin": alarms(adwin, values),
            "adwin_width": adwin.width,
            "adwin_mean": adwin.estimation,
        }
    )

newey_west = []
noise = rng.normal(0, 1, 300)
moving = np.convolve(noise, np.ones(12) / 12, "valid") + 0.2
for values, lags in [(noise, 0), (noise, 5), (moving, 0), (moving, 11), (moving, 23)]:
    stored = [round(float(value), 6) for value in values]
    fit = sm.OLS(np.array(stored), np.ones(len(stored))).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    newey_west.append({"values": stored, "lags": lags, "variance": float(fit.cov_params()[0, 0])})

errors = rounded(rng.standard_t(3, 120))
absolute = np.abs(errors)
quantiles = [
    {
        "n": n,
        "aim": aim,
        "width": float(
            np.quantile(
                absolute[:n], math.ceil(round((1 - aim) * (n + 1), 9)) / n, method="inverted_cdf"
            )
        ),
    }
    for n, aim in [(9, 0.1), (19, 0.1), (50, 0.1), (119, 0.1), (120, 0.1), (120, 0.05), (120, 0.4)]
]
weights = 0.99 ** np.arange(len(errors) - 1, -1, -1)
metrics = {
    "mae": float(np.mean(absolute)),
    "rmse": float(np.sqrt(np.mean(np.square(errors)))),
    "bias": float(np.mean(errors)),
    "fading_mae": float(np.average(absolute, weights=weights)),
    "fading_rmse": float(np.sqrt(np.average(np.square(errors), weights=weights))),
}

print(
    json.dumps(
        {
            "made_by": "test/vectors/learning-vectors.py: river 0.21.0, statsmodels 0.15.0, numpy 1.26.4",
            "detectors": detectors,
            "newey_west": newey_west,
            "errors": errors,
            "quantiles": quantiles,
            "metrics": metrics,
        },
        indent=1,
    )
)
