"""The table of one run of `benches/run`: printed, and written between the markers of a page."""

import json
import sys
from pathlib import Path

START, END = "<!-- benches/run: begin -->", "<!-- benches/run: end -->"
NAMES = {"duckdb": "DuckDB", "polars": "Polars", "datafusion": "DataFusion", "chdb": "chDB (ClickHouse)"}


def main():
    out, ours, page, day, load_before, load_after, commit, before, after = sys.argv[1:]
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

    lines = [("Vernis " + runs[0]["version"], of_vernis("rfm"), of_vernis("dashboard"))]
    for name, engine in peers["engines"].items():
        lines.append((f"{NAMES[name]} {engine['version']}", engine["rfm"], engine["dashboard"]))
    table = [
        "| engine | RFM 27, s | best | dashboard, s | best |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, rfm, board in lines:
        cells = [rfm["median_seconds"], best(rfm), board["median_seconds"], best(board)]
        table.append(f"| {name} | " + " | ".join(f"{seconds:.3f}" for seconds in cells) + " |")
    kept = of_vernis("rfm_kept")
    machine = peers["machine"]
    text = "\n".join([
        f"{day}, commit {commit}: {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; "
        f"{peers['threads']} threads each. "
        f"{peers['customers']:,} customers, {peers['documents']:,} documents "
        f"({peers['documents_without_customer']:,} without a customer, {peers['returns']:,} returns).",
        "",
        f"Load of the machine (1, 5, 15 minutes) before the run {load_before}, after it {load_after}. "
        "An idle machine begins near 0 and the run itself adds about two: what is above that is "
        "other work, and takes time from all engines.",
        "",
        *table,
        "",
        "Seconds: median, and best, of fifteen answers of Vernis (the slower of two runs, one before "
        f"and one after the peers) and of {peers['runs']} of every peer. All answers have the digests "
        f"{peers['digest']['rfm']} and {peers['digest']['dashboard']}. Vernis answers RFM from the "
        "purchases here, as the peers do; from the facts it keeps per customer it takes "
        f"{kept['median_seconds']:.3f} s. Its kernel threads run at niceness 10: on a busy machine "
        "they stand behind other work, the peers do not.",
    ])
    print(text)
    page = Path(page)
    whole = page.read_text()
    head, rest = whole.split(START)
    page.write_text(f"{head}{START}\n\n{text}\n\n{END}{rest.split(END)[1]}")


def best(answer):
    return answer.get("best_seconds", min(answer.get("seconds", [0])))


if __name__ == "__main__":
    main()
