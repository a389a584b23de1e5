"""The sentence of issue 4 asked of other engines, over the dump of `cargo bench --bench segments`.

"Bought at least 3 times in the last 180 days, last purchase over 60 days ago, over 10,000 in all, and
bought in category 3." A sale taken back whole is no purchase; of a category only what was not taken
back counts. Every engine gets its own sorted table before the clock starts, answers ids, and must give
the digest that Vernis gave.

    python3 benches/peers/segment.py DUMP DIGEST [THREADS]
"""

import hashlib
import statistics
import sys
import time

import numpy as np

LAST = 20_700
RUNS = 15


def read(path):
    def column(name, kind):
        return np.fromfile(f"{path}/{name}", dtype=kind)

    documents = {
        "customer": column("customer.u32", "<u4"),
        "day": column("day.u16", "<u2"),
        "paid": column("paid.i32", "<i4"),
        "id": column("id.u32", "<u4"),
        "original": column("original.u32", "<u4"),
    }
    lines = {
        "id": column("line_id.u32", "<u4"),
        "category": column("line_category.u8", "u1"),
        "paid": column("line_paid.i32", "<i4"),
    }
    # Whose a line is, and the sale it belongs to, are columns of each engine's own table.
    place = np.zeros(int(documents["id"].max()) + 1, dtype=np.int64)
    place[documents["id"]] = np.arange(len(documents["id"]))
    row = place[lines["id"]]
    lines["customer"] = documents["customer"][row]
    original = documents["original"][row]
    lines["sale"] = np.where(original > 0, original, lines["id"])
    back = documents["original"] > 0
    given = np.zeros(len(place), dtype=np.int64)
    np.add.at(given, documents["original"][back], documents["paid"][back])
    named = np.zeros(len(place), dtype=bool)
    named[documents["original"][back]] = True
    gone = named & (given + np.bincount(documents["id"], documents["paid"], len(place)).astype(np.int64) <= 0)
    documents["counts"] = ~back & ~gone[documents["id"]]
    lines["gone"] = gone[lines["sale"]]
    return documents, lines


SQL = f"""
with d as (select customer, count(*) filter (where counts and day > {LAST - 180}) as recent,
             max(day) filter (where counts) as last, sum(paid) as paid
           from documents group by customer),
     b as (select distinct customer from (select customer, sale from lines where category = 3 and not gone
           group by customer, sale having sum(paid) > 0) s)
select d.customer from d join b using (customer)
where recent >= 3 and {LAST} - last > 60 and paid > 1000000 order by 1
"""


def digest(ids):
    return hashlib.sha256("\n".join(str(int(one)) for one in ids).encode()).hexdigest()[:16]


def duckdb(documents, lines, threads):
    import duckdb as engine
    import pandas

    base = engine.connect(config={"threads": threads})
    for name, table in (("documents", documents), ("lines", lines)):
        frame = pandas.DataFrame(table)
        base.execute(f"create table {name} as select * from frame order by customer")
        del frame
    return lambda: [row[0] for row in base.execute(SQL).fetchall()]


def polars(documents, lines, threads):
    import polars as engine

    d, l = engine.DataFrame(documents).sort("customer"), engine.DataFrame(lines).sort("customer")
    c = engine.col

    def ask():
        known = (
            d.lazy()
            .group_by("customer")
            .agg(
                (c("counts") & (c("day").cast(engine.Int32) > LAST - 180)).sum().alias("recent"),
                c("day").cast(engine.Int32).filter(c("counts")).max().alias("last"),
                c("paid").cast(engine.Int64).sum(),
            )
            .filter((c("recent") >= 3) & (LAST - c("last") > 60) & (c("paid") > 1_000_000))
        )
        bought = (
            l.lazy()
            .filter((c("category") == 3) & ~c("gone"))
            .group_by("customer", "sale")
            .agg(c("paid").cast(engine.Int64).sum())
            .filter(c("paid") > 0)
        )
        return known.join(bought, on="customer", how="semi").select("customer").collect().sort("customer")["customer"].to_list()

    return ask


def datafusion(documents, lines, threads):
    import datafusion as engine
    import pyarrow

    context = engine.SessionContext(engine.SessionConfig().with_target_partitions(threads))
    for name, table in (("documents", documents), ("lines", lines)):
        order = np.argsort(table["customer"], kind="stable")
        arrow = pyarrow.table({key: values[order] for key, values in table.items()})
        context.register_record_batches(name, [arrow.to_batches(max_chunksize=1 << 16)])
    return lambda: [row["customer"] for row in context.sql(SQL).to_pylist()]


def main():
    path, wanted = sys.argv[1], sys.argv[2]
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    documents, lines = read(path)
    for engine in (duckdb, polars, datafusion):
        try:
            ask = engine(dict(documents), dict(lines), threads)
        except ImportError:
            print(f"{engine.__name__}: not installed")
            continue
        found = digest(ask())
        if found != wanted:
            print(f"{engine.__name__}: ANOTHER ANSWER {found}")
            continue
        seconds = []
        for _ in range(RUNS):
            started = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - started)
        print(f"{engine.__name__}: median {statistics.median(seconds) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
