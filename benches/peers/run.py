#!/usr/bin/env python3
"""Measures RFM 27 and the dashboard on DuckDB, Polars, DataFusion and chDB.

    run.py --data DIR [--threads 2] [--runs 5] [--out results/…json]
    run.py --customers 1000000 --purchases 10000000 …      (no dump: purchases are made up)

Each engine runs in a process of its own, gets its own in-memory tables before the clock starts,
answers once to warm up and then `--runs` times; the median counts. Every answer must have the same
digest as the plain numpy reference: an engine with another answer ends the run.
"""

import argparse
import importlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import data
import question

ENGINES = ["duckdb", "polars", "datafusion", "chdb"]
RECORDED_ON = "2026-11-23"


def main():
    arguments = parse()
    if arguments.engine:
        return measure_one(arguments)
    columns = load(arguments)
    known, strangers = data.split(columns)
    calendar = question.Calendar(int(columns["day"].max()))
    expected = {
        "rfm": question.digest(question.reference_rfm(known)),
        "dashboard": question.digest(question.reference_dashboard(known, strangers, calendar)),
    }
    result = {
        "recorded_on": RECORDED_ON,
        "machine": machine(),
        "threads": arguments.threads,
        "runs": arguments.runs,
        "data": f"dump {Path(arguments.data).name}" if arguments.data else "made up by data.py",
        "customers": int(len(set(known["customer"].tolist()))),
        "documents": int(len(columns["day"])),
        "documents_without_customer": int(len(strangers["day"])),
        "returns": int((columns["kind"] == data.RETURN).sum()),
        "digest": expected,
        "engines": {},
    }
    del columns, known, strangers
    for name in ENGINES:
        print(f"{name} …", file=sys.stderr, flush=True)
        result["engines"][name] = in_own_process(name, arguments, expected)
    result["fastest_seconds"] = {
        asked: min(engine[asked]["median_seconds"] for engine in result["engines"].values())
        for asked in expected
    }
    result["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if arguments.out:
        Path(arguments.out).parent.mkdir(parents=True, exist_ok=True)
        Path(arguments.out).write_text(text + "\n")
    print(text)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="directory of a dump")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--purchases", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", help="file for the JSON result")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    return parser.parse_args()


def load(arguments):
    if arguments.data:
        return data.load(arguments.data)
    return data.make_up(arguments.customers, arguments.purchases)


def in_own_process(name, arguments, expected):
    threads = str(arguments.threads)
    environment = dict(os.environ, POLARS_MAX_THREADS=threads, OMP_NUM_THREADS=threads)
    command = [sys.executable, __file__, "--engine", name, "--threads", threads,
               "--runs", str(arguments.runs), "--customers", str(arguments.customers),
               "--purchases", str(arguments.purchases)]
    if arguments.data:
        command += ["--data", arguments.data]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    # An engine may print words of its own; the result is the last line.
    measured = json.loads(done.stdout.splitlines()[-1])
    for asked, digest in expected.items():
        for question_name, answer in measured.items():
            if question_name.startswith(asked) and answer["digest"] != digest:
                raise SystemExit(f"{name} answers {question_name} otherwise: {answer['digest']}")
    return measured


def measure_one(arguments):
    columns = load(arguments)
    known, strangers = data.split(columns)
    calendar = question.Calendar(int(columns["day"].max()))
    module = importlib.import_module(f"engine_{arguments.engine}")
    started = time.perf_counter()
    engine = module.Engine(known, strangers, calendar, arguments.threads)
    measured = {
        "version": module.version(),
        "load_seconds": round(time.perf_counter() - started, 3),
    }
    answers = {}
    for asked in ("rfm", "dashboard", "dashboard_plain"):
        if hasattr(engine, asked):
            answers[asked] = timed(getattr(engine, asked), arguments.runs)
    measured.update(answers)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    measured["peak_memory_mb"] = peak // 1024
    # Only questions carry digests; the parent checks them.
    print(json.dumps(measured))


def timed(answer, runs):
    answer()
    seconds, digests = [], set()
    for _ in range(runs):
        started = time.perf_counter()
        text = answer()
        seconds.append(time.perf_counter() - started)
        digests.add(question.digest(text))
    return {
        "median_seconds": round(statistics.median(seconds), 4),
        "best_seconds": round(min(seconds), 4),
        "seconds": [round(value, 4) for value in seconds],
        "digest": digests.pop() if len(digests) == 1 else "differs from run to run",
    }


def machine():
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = Path("/proc/meminfo").read_text().split()[1]
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory) / 1024 / 1024, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    main()
