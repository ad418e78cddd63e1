"""docs/results.md from the JSON files that results.py keeps."""

import json
import math
import subprocess
from collections import defaultdict
from pathlib import Path


PUBLISHED = "ntkrf(directions=gaussian,sampling=independent,split=published)"
OBLIVIOUS = ("zonal", "zonal(exact=1)", "ntksketch", "ntkrf")


def _mean(values):
    return sum(values) / len(values)


def _standard_error(values):
    if len(values) < 2:
        return float("nan")
    mean = _mean(values)
    squares = sum((value - mean) ** 2 for value in values)
    return math.sqrt(squares / (len(values) - 1) / len(values))


def _number(value, digits):
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _with_error(values, digits=4):
    if any(value is None for value in values):
        return "-"
    error = _standard_error(values)
    text = _number(_mean(values), digits)
    return text if math.isnan(error) else f"{text} ± {error:.{digits}f}"


class Results:
    """All runs that are there, by data set, method and number of features that was asked for."""

    def __init__(self, arguments, jobs):
        self.runs = defaultdict(list)
        self.splits = defaultdict(list)
        self.failures = []
        self.missing = 0
        for job in jobs:
            path = job.file(arguments.results, arguments.network)
            if not path.exists():
                self.missing += 1
                continue
            result = json.loads(path.read_text())["result"]
            if "failed" in result:
                self.failures.append((job, result["failed"]))
            else:
                self.runs[job.data_set.name, job.method, job.features].append(result)
                self.splits[job.data_set.name, job.method, job.features].append(job.split)

    def of_set(self, data_set):
        return {key[1:]: runs for key, runs in self.runs.items() if key[0] == data_set.name}

    def by_split(self, data_set, method, features):
        key = data_set.name, method, features
        return dict(zip(self.splits.get(key, []), self.runs.get(key, [])))

    def mean(self, data_set, method, features, figure):
        values = [run[figure] for run in self.runs.get((data_set.name, method, features), [])]
        return _mean(values) if values and None not in values else float("nan")


def _geometric_mean(ratios):
    ratios = [ratio for ratio in ratios if ratio > 0 and math.isfinite(ratio)]
    if not ratios:
        return "-"
    value = math.exp(_mean([math.log(ratio) for ratio in ratios]))
    return f"{value:.3f} ({len(ratios)})"


def _table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _overview(arguments, results, title, figure, reference):
    """A figure over that of a reference, geometric mean over the sets that have both."""
    rows = []
    for method in arguments.maps:
        cells = [method]
        for features in arguments.features:
            ratios = []
            for data_set in arguments.sets:
                own = results.mean(data_set, method, 0 if method == "linear" else features, figure)
                other = results.mean(data_set, reference, features if reference != "exact" else 0, figure)
                ratios.append(own / other if other > 0 else float("nan"))
            cells.append(_geometric_mean(ratios))
        rows.append(cells)
    if all(set(row[1:]) == {"-"} for row in rows):
        return []
    header = ["map"] + [f"{features}" for features in arguments.features]
    return ["", f"## {title}", "", "In brackets: sets.", ""] + _table(header, rows)


def _oblivious_section(arguments, results):
    """The best map that does not look at the data, against the published one."""
    methods = [method for method in arguments.maps if method in OBLIVIOUS]
    sizes = [features for features in arguments.features if 512 <= features <= 4096]
    rows, every = [], []
    for data_set in arguments.sets:
        cells = [data_set.name]
        for features in sizes:
            errors = {m: results.mean(data_set, m, features, "frobenius_error") for m in methods}
            known = {m: error for m, error in errors.items() if math.isfinite(error)}
            published = results.mean(data_set, PUBLISHED, features, "frobenius_error")
            if not known or not math.isfinite(published):
                cells.append("-")
                continue
            best = min(known, key=known.get)
            every.append(known[best] / published)
            cells.append(f"{every[-1]:.3f} ({best})")
        rows.append(cells)
    if not every:
        return []
    title = "## Kernel error of the best oblivious map over that of ntkrf as published"
    header = ["set"] + [f"{features}" for features in sizes]
    mean = _geometric_mean(every).split()[0]
    note = f"Geometric mean of the {len(every)} cells: **{mean}** (wanted: at most 0.5)."
    published = f"As published: `{PUBLISHED}`."
    return ["", title, "", published, "", *_table(header, rows), "", note]


def _exact_section(arguments, results):
    """What auto loses against the exact kernel."""
    rows = []
    for data_set in arguments.sets:
        exact = results.by_split(data_set, "exact", 0)
        cells, most = [], 0
        for features in arguments.features:
            runs = results.by_split(data_set, "auto", features)
            common = sorted(exact.keys() & runs.keys())
            most = max(most, len(common))
            ratios = [runs[split]["test_rmse"] / exact[split]["test_rmse"] for split in common]
            cells.append(_with_error(ratios, 3) if ratios else "-")
        if most:
            rows.append([data_set.name, str(most), *cells])
    if not rows:
        return []
    title = "## Test RMSE of auto over that of the exact kernel on the same split"
    header = ["set", "splits", *map(str, arguments.features)]
    note = "Wanted at 4,096: at most 1.03."
    return ["", title, "", *_table(header, rows), "", note]


def _title(method, runs):
    """The method, and for auto what it chose."""
    if method != "auto":
        return method
    return "auto: " + ", ".join(sorted({run["map"] for run in runs}))


def _set_section(arguments, data_set, results):
    runs = results.of_set(data_set)
    if not runs:
        return []
    splits = max(len(of_method) for of_method in runs.values())
    first = next(iter(runs.values()))[0]
    held_out = "its own test rows" if data_set.test_rows else "a fifth held out"
    lines = ["", f"## {data_set.title}", ""]
    lines += [f"{first['training_rows']} training rows, {held_out}, {splits} "
              + ("seeds." if data_set.test_rows else "random splits."), ""]
    header = ["method", "features", "splits", "test RMSE", "test R²"]
    if data_set.classification:
        header.append("accuracy")
    header += ["Frobenius", "trace", "spectral"]
    seconds = [] if arguments.no_seconds else ["learning", "feature", "solve"]
    header += [f"{what} s" for what in seconds] + ["peak MiB"]
    rows = []
    for (method, _), of_method in runs.items():
        figure = lambda name: [run[name] for run in of_method]  # noqa: E731
        exact = method == "exact"
        row = [_title(method, of_method), "-" if exact else str(of_method[0]["features"]), str(len(of_method))]
        row += [_with_error(figure("test_rmse")), _with_error(figure("test_r2"))]
        if data_set.classification:
            row.append(_with_error(figure("test_accuracy")))
        row += ["-" if exact else _with_error(figure(name)) for name in ("frobenius_error", "trace_error")]
        ratios = figure("smallest_ratio") + figure("largest_ratio")
        known = not exact and None not in ratios
        row.append(f"{_mean(figure('smallest_ratio')):.3f} to {_mean(figure('largest_ratio')):.2f}" if known else "-")
        row += [_number(_mean(figure(f"{what}_seconds")), 2) for what in seconds]
        row.append(f"{_mean(figure('peak_bytes')) / 2**20:.0f}")
        rows.append(row)
    return lines + _table(header, rows)


def _machine(arguments):
    version = subprocess.run([arguments.program, "--version"], capture_output=True, text=True).stdout
    models = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    processor = f"processor: {len(models)} x {models[0]}\n" if models else ""
    return ["```", *(version + processor).strip().splitlines(), "```"]


def _about_seconds(arguments):
    if arguments.no_seconds:
        return "No times: runs were paused and shared the machine."
    side_by_side = f", {arguments.jobs} runs at once," if arguments.jobs > 1 else ""
    return f"Seconds were taken on a machine with other work{side_by_side} and say the order of magnitude only."


def write_report(arguments, jobs):
    results = Results(arguments, jobs)
    lines = [
        f"# {arguments.title}",
        "",
        "Written by `bench/results/results.py`: every map on every set, features "
        + ", ".join(map(str, arguments.features))
        + f", network `{arguments.network}`. What the columns mean: [comparison.md](comparison.md). "
        "Means over splits ± standard errors; splits of one set share rows, so that the errors are a "
        "little too small. Lambda by generalised cross-validation (nystrom: leave-one-out on rows that "
        "are no landmarks; random Fourier features: leave-one-out; exact kernel: leave-one-out on 4,096 "
        f"rows). Kernel errors on {arguments.sample_rows} training rows. " + _about_seconds(arguments),
        "",
        *_machine(arguments),
    ]
    if results.missing:
        lines += ["", f"{results.missing} of {len(jobs)} runs are still to be made."]
    lines += _overview(
        arguments, results, "Kernel error (Frobenius) over that of ntkrf, geometric mean", "frobenius_error", "ntkrf"
    )
    lines += _overview(
        arguments, results, "Test RMSE over that of the exact kernel, geometric mean", "test_rmse", "exact"
    )
    lines += _oblivious_section(arguments, results)
    lines += _exact_section(arguments, results)
    for data_set in arguments.sets:
        lines += _set_section(arguments, data_set, results)
    if results.failures:
        lines += ["", "## Runs that failed", ""]
        lines += [
            f"- {job.data_set.name}, split {job.split}, {job.method}, {job.features}: {message}"
            for job, message in results.failures
        ]
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text("\n".join(lines) + "\n")
    print(arguments.output)
