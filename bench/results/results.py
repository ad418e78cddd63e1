#!/usr/bin/env python3
"""Fits every map on every data set and writes docs/results.md.

Each job (data set, split, method, number of features) is one run of `sketchntk compare`, whose JSON
stays under the results directory; what is there is not computed again, so the script can be stopped
and started at will. Needs the release preset built (or --program), and numpy where raw files must be
converted. Split k holds out a fifth of the rows, drawn by seed k, which also seeds the maps.

Examples:
    bench/results/results.py --quick --sets parkinsons,pumadyn32nm --output /tmp/results.md
    bench/results/results.py --maps linear,ntkrf,nystrom --hours 3
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from data_sets import DATA_SETS  # noqa: E402
from report import write_report  # noqa: E402

# Few rows far from all others decide what these predict at worst, and generalised cross-validation
# does not see them.
LAMBDA_RULES = {"rff-gauss": "loo", "rff-laplace": "loo"}

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Job:
    data_set: object
    split: int
    method: str
    features: int  # 0 for the exact kernel and for maps whose size is their own

    def file(self, results: Path, network: str) -> Path:
        name = f"{self.method}-{self.features}.json".replace("/", "_")
        return results / network / self.data_set.name / str(self.split) / name


def split_list(text):
    """The parts between commas, those within brackets not counting."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, default=ROOT / "../shared/data", help="where the raw files are")
    add("--program", type=Path, default=ROOT / "build/release/tools/sketchntk")
    add("--results", type=Path, default=ROOT / "build/results", help="where JSON files are kept")
    add("--output", type=Path, default=ROOT / "docs/results.md")
    add("--title", default="Results", help="of the report")
    add("--no-seconds", action="store_true", help="no times in the report: the runs were paused")
    add("--sets", default="", help="names, separated by commas; all by default")
    add("--maps", default="linear,ntkrf", help="as for compare")
    add("--features", default="256,512,1024,2048,4096,8192")
    add("--network", default="fc(depth=3)")
    add("--splits", type=int, default=0, help="at most so many splits of each set")
    add("--sample-rows", type=int, default=1000, help="for the kernel error")
    add("--exact-rows", type=int, default=20000, help="most training rows for the exact kernel")
    add("--exact-sets", default="", help="sets that get it whatever their rows, e.g. protein")
    add("--hours", type=float, default=float("inf"), help="start no job after so many hours")
    add("--jobs", type=int, default=1, help="runs at once, which share the processors; for accuracy")
    add("--again", action="store_true", help="try again what has failed")
    add("--quick", action="store_true", help="two splits, 256 and 512 features")
    add("--report-only", action="store_true", help="write the report of what is there")
    arguments = parser.parse_args()
    arguments.maps = split_list(arguments.maps)
    arguments.features = [int(part) for part in arguments.features.split(",")]
    if arguments.quick:
        arguments.features = [256, 512]
        arguments.splits = 2
    known = {data_set.name: data_set for data_set in DATA_SETS}
    names = arguments.sets.split(",") if arguments.sets else list(known)
    for name in names + list(filter(None, arguments.exact_sets.split(","))):
        if name not in known:
            parser.error(f"unknown set '{name}'; known: {', '.join(known)}")
    arguments.sets = [known[name] for name in names]
    return arguments


def split_count(data_set, arguments):
    return min(data_set.splits, arguments.splits or data_set.splits)


def fits_exactly(data_set, arguments):
    training = data_set.rows if data_set.test_rows else 0.8 * data_set.rows
    listed = data_set.name in arguments.exact_sets.split(",")
    return listed or training <= arguments.exact_rows


def all_jobs(arguments):
    """All of them, every set's first split first: a run that is cut short has something of each."""
    jobs = []
    for split in range(1, max(split_count(s, arguments) for s in arguments.sets) + 1):
        for data_set in arguments.sets:
            if split > split_count(data_set, arguments):
                continue
            for method in arguments.maps:
                sizes = [0] if method == "linear" else arguments.features
                jobs += [Job(data_set, split, method, features) for features in sizes]
            if fits_exactly(data_set, arguments):
                jobs.append(Job(data_set, split, "exact", 0))
    return jobs


def threads_of_a_run(arguments):
    """0, which takes all, where one runs after the other."""
    return 0 if arguments.jobs == 1 else max(1, os.cpu_count() // arguments.jobs)


def command(job, arguments, output):
    data_set = job.data_set
    path = data_set.path(arguments.data, arguments.results)
    parts = [str(arguments.program), "compare", "--data", str(path)]
    parts += ["--target", data_set.target_option(), "--network", arguments.network]
    parts += ["--seed", str(job.split), "--sample-rows", str(arguments.sample_rows)]
    parts += ["--maps", "linear" if job.method == "exact" else job.method]
    parts += ["--features", str(job.features or 1), "--json", str(output)]
    parts += ["--threads", str(threads_of_a_run(arguments))]
    if job.method in LAMBDA_RULES:
        parts += ["--lambda", LAMBDA_RULES[job.method]]
    if job.method == "exact":
        parts.append("--exact")
    if data_set.classification:
        parts.append("--classification")
    if data_set.test_rows:
        test = data_set.path(arguments.data, arguments.results, "test")
        return parts + ["--test-data", str(test)]
    return parts + ["--test-fraction", "0.2"]


def run(job, arguments, path):
    """Runs a job and keeps its result, or the message with which it failed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    output = path.with_suffix(".partial")
    parts = command(job, arguments, output)
    finished = subprocess.run(parts, capture_output=True, text=True)
    if finished.returncode < 0 or "sketchntk: interrupted" in finished.stderr:
        output.unlink(missing_ok=True)
        raise KeyboardInterrupt
    if finished.returncode == 0:
        result = json.loads(output.read_text())["runs"][-1]
    else:
        result = {"failed": finished.stderr.strip().splitlines()[-1]}
        print(f"  failed: {result['failed']}", file=sys.stderr)
    output.unlink(missing_ok=True)
    partial = path.with_suffix(".new")
    partial.write_text(json.dumps({"command": parts[1:], "result": result}, indent=1) + "\n")
    partial.rename(path)


def is_done(path, arguments):
    if not path.exists():
        return False
    return not (arguments.again and "failed" in json.loads(path.read_text())["result"])


def run_all(arguments, jobs):
    end = time.monotonic() + 3600 * arguments.hours

    def run_next(numbered):
        number, job = numbered
        path = job.file(arguments.results, arguments.network)
        if is_done(path, arguments) or time.monotonic() > end:
            return
        print(
            f"{number} of {len(jobs)}: {job.data_set.name}, split {job.split}, {job.method}"
            + (f", {job.features} features" if job.features else ""),
            file=sys.stderr,
        )
        run(job, arguments, path)

    with ThreadPoolExecutor(arguments.jobs) as pool:
        try:
            for _ in pool.map(run_next, enumerate(jobs, 1)):
                pass
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            print("interrupted; the report holds what has finished", file=sys.stderr)


def main():
    arguments = parse_arguments()
    jobs = all_jobs(arguments)
    if not arguments.report_only:
        for data_set in arguments.sets:  # made once, before runs share it
            for part in ("training", "test") if data_set.test_rows else ("training",):
                data_set.path(arguments.data, arguments.results, part)
        run_all(arguments, jobs)
    write_report(arguments, jobs)


if __name__ == "__main__":
    main()
