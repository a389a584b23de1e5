"""Polars: one frame, the customer column known to be sorted, lazy expressions."""

import os

import numpy as np
import polars as pl

from engine_duckdb import answer
from question import MONTHS, rfm_text

NAME = "Polars"


def version():
    return pl.__version__


class Engine:
    def __init__(self, known, strangers, calendar, threads):
        if pl.thread_pool_size() != threads:
            raise SystemExit(f"set POLARS_MAX_THREADS={threads} (now {os.environ})")
        self.calendar = calendar
        frame = lambda part: pl.DataFrame({name: column for name, column in part.items()})
        self.p = frame(known).with_columns(pl.col("customer").set_sorted())
        self.a = frame(strangers)
        days = len(calendar.month_of_day)
        self.month = pl.Series(calendar.month_of_day, dtype=pl.UInt8)
        self.bought = pl.Series(np.left_shift(1, calendar.month_of_day), dtype=pl.Int64)
        self.active = pl.Series(calendar.active_of_day, dtype=pl.Int64)
        self.days = pl.DataFrame({
            "day": pl.Series(np.arange(days), dtype=pl.UInt16),
            "month": self.month, "bought": self.bought, "active": self.active,
        }).filter(pl.col("day") >= calendar.starts[0] - 1500)

    def rfm(self):
        counted = pl.col("kind") == 0
        c = (
            self.p.lazy().group_by("customer")
            .agg(
                r=pl.when(counted).then(pl.col("day")).max(),
                f=counted.sum(),
                m=pl.col("paid").cast(pl.Int64).sum(),
            )
            .filter(pl.col("f") > 0).select("r", "f", "m").collect()
        )
        group = lambda name: sum(
            ((pl.col(name) > c[name].quantile(p, interpolation="linear")).cast(pl.UInt8)
             for p in (1 / 3, 2 / 3)), start=pl.lit(1, dtype=pl.UInt8))
        rows = (
            c.lazy()
            .group_by(R=group("r"), F=group("f"), M=group("m"))
            .agg(n=pl.len(), money=pl.col("m").sum())
            .collect().rows()
        )
        return rfm_text({(r, f, m): (n, money) for r, f, m, n, money in rows})

    def dashboard(self):
        shown = range(MONTHS)
        months = {}
        by_day = [
            part.lazy().group_by("day").agg(
                revenue=pl.col("paid").cast(pl.Int64).sum(), orders=(pl.col("kind") != 1).sum())
            for part in (self.p, self.a)
        ]
        customers = (
            self.p.lazy().filter(pl.col("kind") == 0)
            .join(self.days.lazy(), on="day")
            .group_by("customer")
            .agg(pl.col("bought").bitwise_or(), pl.col("active").bitwise_or())
            .with_columns(born=(pl.col("bought") ^ (pl.col("bought") - 1)).bitwise_count_ones() - 1)
        )
        flows, c = pl.collect_all([pl.concat(by_day), customers])
        flows = (
            flows.join(self.days, on="day").filter(pl.col("month") > 0)
            .group_by("month").agg(pl.col("revenue").sum(), pl.col("orders").sum()).rows()
        )
        by_month = {month: (revenue, orders) for month, revenue, orders in flows}
        months["revenue"] = [by_month.get(j + 1, (0, 0))[0] for j in shown]
        months["orders"] = [by_month.get(j + 1, (0, 0))[1] for j in shown]
        bit = lambda expression, j: ((expression // (1 << j)) & 1).sum()
        active = pl.col("active")
        both = active & (active // 2)
        many = lambda expression, j: (pl.col("n") * ((expression // (1 << j)) & 1)).sum()
        row = c.lazy().group_by("active").agg(n=pl.len().cast(pl.Int64)).select(
            [many(active, j).alias(f"e{j}") for j in range(MONTHS + 1)]
            + [many(both, j).alias(f"k{j}") for j in shown]
        ).collect().row(0)
        months["start"] = row[:MONTHS]
        months["active"] = row[1 : MONTHS + 1]
        months["kept"] = row[MONTHS + 1 :]
        table = (
            c.lazy().group_by("born")
            .agg([pl.len()] + [bit(pl.col("bought"), j + 1).alias(f"b{j}") for j in shown])
            .collect().rows()
        )
        money = (
            self.p.lazy().select("customer", "booked_day", "paid")
            .join(c.lazy().select("customer", "born"), on="customer")
            .group_by("born", "booked_day").agg(pl.col("paid").cast(pl.Int64).sum())
            .join(self.days.lazy().select(booked_day="day", month="month"), on="booked_day")
            .filter((pl.col("born") > 0) & (pl.col("month") > 0))
            .group_by("born", "month").agg(pl.col("paid").sum())
            .collect().rows()
        )
        return answer(self.calendar, months, table, money)
