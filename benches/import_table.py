"""The table of one run of `benches/import`: printed, and written between the markers of a page."""

import json
import os
import platform
import sys
from pathlib import Path

START, END = "<!-- benches/import: begin -->", "<!-- benches/import: end -->"


def machine():
    """Processor, cores, memory, system."""
    named = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{named[0] if named else '?'}, {os.cpu_count()} cores, {memory:.1f} GB, {platform.system()} {platform.release()}"


def main():
    result, page, day, commit, load_before, load_after = sys.argv[1:]
    result = json.loads(Path(result).read_text())
    rounds = result["rounds"]

    def slowest(*path):
        """The round in which this measure was slowest; nothing when no round has it."""
        found = []
        for measured in rounds:
            for step in path:
                measured = (measured or {}).get(step)
            if measured:
                found.append(measured)
        return min(found, key=lambda one: one["rows_per_second"], default=None)

    table = ["| what | rows/s | seconds | processor, s |", "| --- | ---: | ---: | ---: |"]
    for name, measured in [
        ("the parsing child alone", slowest("child_alone")),
        ("SQLite: the whole import", slowest("sqlite", "import")),
        ("SQLite: the same file again, nothing changed", slowest("sqlite", "again")),
        ("bare SQLite: the same rows, tables and indexes", slowest("bare_sqlite")),
        ("PostgreSQL: the whole import", slowest("postgres", "import")),
        ("PostgreSQL: the same file again, nothing changed", slowest("postgres", "again")),
    ]:
        if measured:
            processor = measured.get("processor_seconds")
            cells = [f"{measured['rows_per_second']:,}", f"{measured['seconds']:.1f}"]
            cells.append("" if processor is None else f"{processor:.1f}")
            table.append(f"| {name} | " + " | ".join(cells) + " |")
    ratios = [r["sqlite"]["import"]["rows_per_second"] / r["bare_sqlite"]["rows_per_second"] for r in rounds]
    text = "\n".join([
        f"{day}, commit {commit}: {machine()}. {result['rows']:,} purchases of {result['customers']:,} "
        f"customers, a file of {result['file_mb']:,} MB; {len(rounds)} rounds, the slowest counts.",
        "",
        f"Load of the machine (1, 5, 15 minutes) before the run {load_before}, after it {load_after}; "
        "the run itself adds about two.",
        "",
        *table,
        "",
        f"The whole import is {min(ratios):.2f} of bare SQLite in the same run (the worst round). Bare SQLite gets "
        "the rows as they lie in the imported base, sealed values and all, in transactions of the same chunks with "
        "`synchronous=FULL`, and does not check foreign keys. The processor's time is that of this process and the "
        "child; the server of PostgreSQL takes its own.",
    ])
    print(text)
    page = Path(page)
    old = page.read_text()
    if START not in old or END not in old:
        raise SystemExit(f"{page} has no markers")
    head, rest = old.split(START, 1)
    page.write_text(f"{head}{START}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}")


if __name__ == "__main__":
    main()
