"""The tables of one run of `benches/run`: printed, and written between the markers of a page.

table.py PEERS_JSON OUR_JSON PAGE DAY LOAD_BEFORE LOAD_AFTER COMMIT BEFORE AFTER   the peers' table
table.py --big OUR_JSON PAGE DAY LOAD_BEFORE LOAD_AFTER COMMIT RUN                 the big base's
"""

import json
import sys
from pathlib import Path

NAMES = {"duckdb": "DuckDB", "polars": "Polars", "datafusion": "DataFusion", "chdb": "chDB (ClickHouse)"}


def main():
    if sys.argv[1] == "--big":
        big(*sys.argv[2:])
    else:
        peers(*sys.argv[1:])


def peers(out, ours, page, day, load_before, load_after, commit, before, after):
    peers = json.loads(Path(out).read_text())
    runs = [json.loads(text) for text in (before, after)]
    for run in runs:
        for asked in ("rfm", "rfm_kept", "dashboard"):
            expected = peers["digest"][asked.split("_")[0]]
            if run[asked]["digest"] != expected:
                raise SystemExit(f"Vernis answers {asked} otherwise: {run[asked]['digest']}")
    result = {"commit": commit, "load_before": load_before, "load_after": load_after, "runs": runs}
    Path(ours).write_text(json.dumps(result, indent=1) + "\n")

    def of_vernis(asked):
        # The slower of both runs counts.
        return max((run[asked] for run in runs), key=lambda answer: answer["median_seconds"])

    fastest = peers["fastest_seconds"]
    table = [
        "| engine | RFM 27, s | best | dashboard, s | best |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    name = f"Vernis {runs[0]['version']}"
    ways = [
        (f"{name}: from the purchases, nothing kept", "rfm", "dashboard"),
        (f"{name}: live, after 1,000 new purchases", "rfm_live", "dashboard_live"),
    ]
    for way, rfm, board in ways:
        cells = [number for asked in (rfm, board) for number in both(of_vernis(asked))]
        table.append(f"| {way} | " + " | ".join(f"{seconds:.4f}" for seconds in cells) + " |")
    for key, engine in peers["engines"].items():
        cells = [number for asked in ("rfm", "dashboard") for number in both(engine[asked])]
        title = f"{NAMES[key]} {engine['version']}"
        table.append(f"| {title} | " + " | ".join(f"{seconds:.3f}" for seconds in cells) + " |")
    ratios = ["| against the fastest peer | RFM 27 | dashboard |", "| --- | ---: | ---: |"]
    for way, rfm, board in [*ways, (f"{name}: from the facts kept per customer", "rfm_kept", None)]:
        ratio = [
            f"{fastest[peer] / of_vernis(asked)['median_seconds']:.1f}×" if asked else "—"
            for peer, asked in (("rfm", rfm), ("dashboard", board))
        ]
        ratios.append(f"| {way} | " + " | ".join(ratio) + " |")
    # Of the other measurements the run before the peers is shown; the other is in the results.
    run = runs[0]
    machine = peers["machine"]
    text = "\n".join([
        f"{day}, commit {commit}: {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; "
        f"{peers['threads']} threads each. "
        f"{peers['customers']:,} customers, {peers['documents']:,} documents "
        f"({peers['documents_without_customer']:,} without a customer, {peers['returns']:,} returns).",
        "",
        *load(load_before, load_after),
        "",
        *table,
        "",
        *ratios,
        "",
        "Seconds: median, and best, of fifteen answers of Vernis (the slower of two runs, one before "
        f"and one after the peers) and of {peers['runs']} of every peer. Answers over the same "
        f"purchases have the digests {peers['digest']['rfm']} and {peers['digest']['dashboard']}. "
        "*Nothing kept*: both answers are made from the purchases, as the peers make theirs. *Live*: "
        "before every answer 1,000 new purchases are applied, which is not timed, so that no answer "
        "can be repeated; every answer is compared with that of a base that remembers nothing; RFM is "
        "answered from the facts kept per customer. On purchases that stand still it takes "
        f"{of_vernis('rfm_kept')['median_seconds']:.4f} s that way. The kernel threads of Vernis run at "
        "niceness 10: on a busy machine they stand behind other work, the peers do not.",
        "",
        *life(run),
    ])
    print(text)
    write(page, "benches/run", text)


def life(run):
    """How the base lives: starts, is traded on, is watched."""
    start, visible = run["start"], run["visible"]
    quiet, trading = run["dashboard_quiet"], run["dashboard_trading"]

    def ms(spread):
        return f"{spread['p50_ms']:.2f} | {spread['p99_ms']:.2f}"

    def page(asked):
        return f"{run[asked]['median_seconds'] * 1e3:.2f} | "

    return [
        "| the base lives | median, ms | 99 of 100, ms |",
        "| --- | ---: | ---: |",
        f"| one committed purchase until every number has it | {ms(visible['apply'])} |",
        f"| the same and the first dashboard after it, every hundredth purchase | {ms(visible['dashboard'])} |",
        f"| dashboard, nobody buys | {ms(quiet)} |",
        f"| dashboard, 1,000 purchases a second | {ms(trading)} |",
        f"| all metrics of a month with both comparisons, first look | {page('metrics')} |",
        f"| the same, after 1,000 new purchases | {page('metrics_live')} |",
        f"| snapshot file ({start['mb']:,} MB, in the page cache, not sealed) read | {start['read_seconds'] * 1e3:.0f} | |",
        "",
        f"*Until every number has it*: from handing the event to the live base to the moment a new "
        f"reader holds the version with it, over {visible['purchases']:,} purchases applied one by one; "
        "the commit to the database is not in it. Memory: "
        f"{run['hot_bytes_per_purchase']} bytes a purchase and {run['hot_bytes_per_customer']} a customer "
        f"for what both questions read, {run['remembered_bytes_per_customer']} more a customer for what "
        "is remembered of the questions above.",
    ]


def big(ours, page, day, load_before, load_after, commit, run):
    run = json.loads(run)
    result = {"commit": commit, "load_before": load_before, "load_after": load_after, "run": run}
    Path(ours).write_text(json.dumps(result, indent=1) + "\n")

    def line(title, asked):
        return f"| {title} | " + " | ".join(f"{number:.3f}" for number in both(run[asked])) + " |"

    text = "\n".join([
        f"{day}, commit {commit}: {run['customers']:,} customers, {run['documents']:,} documents, "
        f"{run['threads']} threads; the same dump {run['copies']} times, each time with customers of its own.",
        "",
        *load(load_before, load_after),
        "",
        "| Vernis | median, s | best |",
        "| --- | ---: | ---: |",
        line("RFM 27 from the purchases", "rfm"),
        line("RFM 27 from kept facts", "rfm_kept"),
        line("dashboard from the purchases, nothing kept", "dashboard"),
        line("dashboard, live, after 1,000 new purchases", "dashboard_live"),
        line("all metrics of a month, first look", "metrics"),
        line("all metrics of a month, live", "metrics_live"),
        "",
        *life(run),
        "",
        f"Loaded in {run['load_seconds']:.0f} s; at most {run['peak_memory_mb']:,} MB of memory.",
    ])
    print(text)
    write(page, "benches/run --big", text)


def load(before, after):
    return [
        f"Load of the machine (1, 5, 15 minutes) before the run {before}, after it {after}. "
        "An idle machine begins near 0 and the run itself adds about two: what is above that is "
        "other work, and takes time from all engines.",
    ]


def both(answer):
    return answer["median_seconds"], answer.get("best_seconds", min(answer.get("seconds", [0])))


def write(page, marker, text):
    start, end = f"<!-- {marker}: begin -->", f"<!-- {marker}: end -->"
    page = Path(page)
    head, rest = page.read_text().split(start)
    page.write_text(f"{head}{start}\n\n{text}\n\n{end}{rest.split(end)[1]}")


if __name__ == "__main__":
    main()
