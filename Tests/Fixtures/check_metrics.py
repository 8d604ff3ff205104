#!/usr/bin/env python3
"""Reads /metrics as Prometheus does: a second opinion on what Tests/EndToEndTests/RequestLogTests.swift holds.

Run by hand: pip install prometheus_client && curl -s http://127.0.0.1:8080/metrics | python3 Tests/Fixtures/check_metrics.py
"""

import math
import sys

from prometheus_client.parser import text_string_to_metric_families


def check(family):
    if not family.documentation:
        yield f"{family.name} has no help"
    if family.type == "counter" and not all(sample.name.endswith("_total") for sample in family.samples):
        yield f"{family.name} is a counter, and its name does not end in _total"
    if family.type != "histogram":
        return
    buckets, counts = {}, {}
    for sample in family.samples:
        labels = tuple(sorted(item for item in sample.labels.items() if item[0] != "le"))
        if sample.name.endswith("_bucket"):
            buckets.setdefault(labels, []).append((float(sample.labels["le"]), sample.value))
        elif sample.name.endswith("_count"):
            counts[labels] = sample.value
    for labels, series in buckets.items():
        if series != sorted(series) or [value for _, value in series] != sorted(value for _, value in series):
            yield f"{family.name}{labels}: buckets do not ascend"
        if series[-1] != (math.inf, counts.get(labels)):
            yield f"{family.name}{labels}: the last bucket does not count all"


def main():
    families = list(text_string_to_metric_families(sys.stdin.read()))
    faults = [fault for family in families for fault in check(family)]
    for fault in faults:
        print(fault)
    samples = sum(len(family.samples) for family in families)
    print(f"{len(families)} metrics, {samples} samples, {len(faults)} faults")
    return 1 if faults or not families else 0


if __name__ == "__main__":
    sys.exit(main())
