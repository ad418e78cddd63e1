#!/usr/bin/env python3
"""Fits to millions of rows: errors, minutes, peak memory and how time grows with the rows.

    bench/results/large.py etopo5         # 1e5, 1e6 and all 9,335,520 rows: an hour
    bench/results/large.py tables         # beijing_air and sgemm, whole
    bench/results/large.py sparse         # 1e5 and 1e6 rows of 1e6 columns in svmlight: an hour

One hundredth of the rows is held out, a fifth of the tables'. Results are kept in
build/results/large, and what is there is not computed again; --report writes the tables of all that
is there. Needs the release preset built (or --program), and numpy for etopo5 and the tables.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from data_sets import DATA_SETS, ETOPO5  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SPHERE = ["--no-standardise", "--normalise", "rows"]


@dataclass
class Job:
    title: str
    rows: int
    features: int
    data: object  # function(arguments): the file, made where it must be
    options: list

    def name(self):
        return f"{self.title}-{self.rows}-{self.features}".replace(" ", "_")


def first_rows(path, rows):
    """A .npy file of the first rows of another one."""
    part = path.with_name(f"{path.stem}-{rows}.npy")
    if not part.exists():
        import numpy

        numpy.save(part, numpy.load(path, mmap_mode="r")[:rows])
    return part


def etopo5_jobs(arguments):
    def data(rows):
        whole = ETOPO5.path(arguments.data, arguments.results)
        return whole if rows == ETOPO5.rows else first_rows(whole, rows)

    options = ["--target", "-1", "--network", arguments.network, "--map", arguments.map]
    options += [*SPHERE, "--test-fraction", "0.01"]
    return [
        Job(f"etopo5 {arguments.map}", rows, features, lambda rows=rows: data(rows), options)
        for features in arguments.features
        for rows in (100_000, 1_000_000, ETOPO5.rows)
    ]


def table_jobs(arguments):
    sets = [data_set for data_set in DATA_SETS if data_set.name in ("beijing_air", "sgemm")]
    options = ["--target", "-1", "--network", arguments.network, "--map", arguments.map]
    options += ["--test-fraction", "0.2"]
    return [
        Job(
            f"{data_set.name} {arguments.map}",
            data_set.rows,
            features,
            lambda data_set=data_set: data_set.path(arguments.data, arguments.results),
            options,
        )
        for data_set in sets
        for features in arguments.features
    ]


def sparse_rows(arguments, rows, nonzeros):
    path = arguments.results / "data" / f"sparse-{rows}-{nonzeros}.svm"
    if not path.exists():
        partial = path.with_suffix(".partial")
        script = [sys.executable, str(ROOT / "scripts/make_sparse_data.py")]
        script += ["--rows", str(rows), "--nonzeros", str(nonzeros), "--out", str(partial)]
        subprocess.run(script, check=True)
        partial.rename(path)
    return path


def sparse_jobs(arguments):
    options = ["--network", arguments.network, "--map", "ntksketch", *SPHERE]
    options += ["--test-fraction", "0.01"]
    return [
        Job(
            f"sparse, {nonzeros} of 1e6 columns",
            rows,
            features,
            lambda rows=rows, nonzeros=nonzeros: sparse_rows(arguments, rows, nonzeros),
            options,
        )
        for features in arguments.features
        for rows, nonzeros in ((100_000, 50), (100_000, 100), (100_000, 200), (1_000_000, 100))
    ]


KINDS = {"etopo5": etopo5_jobs, "tables": table_jobs, "sparse": sparse_jobs}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("kinds", nargs="+", choices=list(KINDS))
    add("--data", type=Path, default=ROOT / "../shared/data", help="where the raw files are")
    add("--program", type=Path, default=ROOT / "build/release/tools/sketchntk")
    add("--results", type=Path, default=ROOT / "build/results", help="where files are kept")
    add("--map", default="ntkrf", help="for etopo5 and the tables")
    add("--network", default="fc(depth=3)")
    add("--features", default="2048,4096")
    add("--report", action="store_true", help="compute nothing")
    arguments = parser.parse_args()
    arguments.features = [int(part) for part in arguments.features.split(",")]
    return arguments


def run(job, arguments, path):
    """Fits in a process of its own, and keeps its report, its seconds and its peak memory."""
    data = job.data()
    parts = [str(arguments.program), "fit", "--data", str(data), *job.options]
    parts += ["--features", str(job.features), "--json", str(path.with_suffix(".report"))]
    print(" ".join(parts), file=sys.stderr)
    begin = time.monotonic()
    process = subprocess.Popen(parts, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    messages = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if status != 0:
        sys.exit(messages)
    report = json.loads(path.with_suffix(".report").read_text())
    kept = {"command": parts[1:], "seconds": seconds, "peak_bytes": 1024 * usage.ru_maxrss}
    path.write_text(json.dumps({**kept, "report": report}, indent=1) + "\n")
    path.with_suffix(".report").unlink()


def slope(results):
    """Of the seconds over the rows, both as logarithms: between the last two runs."""
    if len(results) < 2:
        return ""
    (few, before), (many, after) = results[-2:]
    ratio = after["seconds"] / before["seconds"]
    return f"{math.log(ratio) / math.log(many / few):.3f}"


def write_table(jobs, directory):
    print("| data | rows | features | test RMSE | test R² | minutes | slope | peak, MiB |")
    print("|---|---|---|---|---|---|---|---|")
    before = {}
    for job in jobs:
        path = directory / f"{job.name()}.json"
        if not path.exists():
            continue
        result = json.loads(path.read_text())
        series = before.setdefault((job.title, job.features), [])
        series.append((job.rows, result))
        test = result["report"]["test"]
        print(
            f"| {job.title} | {job.rows:,} | {job.features:,} | {test['rmse']:.4g} "
            f"| {test['r2']:.4f} | {result['seconds'] / 60:.2f} | {slope(series)} "
            f"| {result['peak_bytes'] / 2**20:.0f} |"
        )


def main():
    arguments = parse_arguments()
    directory = arguments.results / "large"
    directory.mkdir(parents=True, exist_ok=True)
    jobs = [job for kind in arguments.kinds for job in KINDS[kind](arguments)]
    for job in jobs:
        path = directory / f"{job.name()}.json"
        if not (arguments.report or path.exists()):
            run(job, arguments, path)
    write_table(jobs, directory)


if __name__ == "__main__":
    main()
