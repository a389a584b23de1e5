"""chDB (ClickHouse in the process): tables of the Memory engine."""

import tempfile
from pathlib import Path

import chdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet
from chdb import session

from engine_duckdb import answer
from question import MONTHS, rfm_text

NAME = "chDB"


def version():
    return chdb.__version__ if hasattr(chdb, "__version__") else chdb.chdb_version


class Engine:
    def __init__(self, known, strangers, calendar, threads):
        self.calendar = calendar
        self.home = tempfile.TemporaryDirectory()
        self.db = session.Session(self.home.name + "/db")
        self.settings = f"settings max_threads = {threads}"
        self.db.query("create database if not exists v")
        for name, part in (("p", known), ("a", strangers)):
            self.table(name, {key: pa.array(column) for key, column in part.items()})
        first = calendar.starts[0] - 1500
        self.first = first
        self.table("d", {
            "day": pa.array(np.arange(first, len(calendar.month_of_day)), pa.uint16()),
            "month": pa.array(calendar.month_of_day[first:], pa.uint8()),
            "bought": pa.array(np.left_shift(1, calendar.month_of_day[first:]), pa.uint64()),
            "active": pa.array(calendar.active_of_day[first:], pa.uint64()),
        })

    def table(self, name, columns):
        path = Path(self.home.name) / f"{name}.parquet"
        pyarrow.parquet.write_table(pa.table(columns), path, compression="none")
        types = {"uint32": "UInt32", "uint16": "UInt16", "int32": "Int32", "uint8": "UInt8",
                 "uint64": "UInt64"}
        spec = ", ".join(f"{key} {types[str(column.type)]}" for key, column in columns.items())
        self.db.query(f"create table v.{name} ({spec}) engine = Memory")
        # One thread keeps the order of customers.
        self.db.query(f"insert into v.{name} select * from file('{path}', Parquet) settings "
                      "max_threads = 1, max_insert_threads = 1")
        path.unlink()

    def rows(self, sql):
        text = self.db.query(f"{sql} {self.settings}", "TabSeparated").bytes().decode()
        return [tuple(int(cell) for cell in line.split("\t")) for line in text.splitlines()]

    def rfm(self):
        rows = self.rows("""
            with
                c as materialized (select maxIf(day, kind = 0) as r, countIf(kind = 0) as f, sum(paid) as m
                      from v.p group by customer having f > 0),
                (select (quantilesExactInclusive(1/3, 2/3)(r), quantilesExactInclusive(1/3, 2/3)(f),
                         quantilesExactInclusive(1/3, 2/3)(m)) from c) as q
            select 1 + (r > q.1[1]) + (r > q.1[2]) as R, 1 + (f > q.2[1]) + (f > q.2[2]) as F,
                   1 + (m > q.3[1]) + (m > q.3[2]) as M, count(), sum(m)
            from c group by R, F, M""")
        return rfm_text({(r, f, m): (n, money) for r, f, m, n, money in rows})

    def dashboard(self):
        shown = range(MONTHS)
        months = {}
        flows = self.rows("""
            select month, sum(revenue), sum(orders) from (
                select day, sum(paid) as revenue, countIf(kind <> 1) as orders
                from v.p group by day
                union all
                select day, sum(paid), countIf(kind <> 1) from v.a group by day) as x
            join v.d as d using (day) where month > 0 group by month""")
        by_month = {month: (revenue, orders) for month, revenue, orders in flows}
        months["revenue"] = [by_month.get(j + 1, (0, 0))[0] for j in shown]
        months["orders"] = [by_month.get(j + 1, (0, 0))[1] for j in shown]
        self.db.query("drop table if exists v.c")
        self.db.query(f"""
            create table v.c engine = Memory as
            select customer, groupBitOr(bought) as bought, groupBitOr(active) as active,
                   toUInt8(bitCount(bitXor(bought, bought - 1)) - 1) as born
            from v.p join v.d as d using (day) where kind = 0 group by customer {self.settings}""")
        ends = ", ".join(f"sum(n * bitAnd(bitShiftRight(active, {j}), 1))" for j in range(MONTHS + 1))
        kept = ", ".join(
            f"sum(n * bitAnd(bitShiftRight(bitAnd(active, bitShiftRight(active, 1)), {j}), 1))"
            for j in shown)
        row = self.rows(f"""
            select {ends}, {kept}
            from (select active, count() as n from v.c group by active)""")[0]
        months["start"] = row[:MONTHS]
        months["active"] = row[1 : MONTHS + 1]
        months["kept"] = row[MONTHS + 1 :]
        bits = ", ".join(f"sum(bitAnd(bitShiftRight(bought, {j + 1}), 1))" for j in shown)
        table = self.rows(f"select born, count(), {bits} from v.c group by born")
        money = self.rows("""
            select born, month, sum(paid) from (
                select born, booked_day, sum(paid) as paid
                from v.p as p join (select customer, born from v.c where born > 0) as c
                using (customer) group by born, booked_day) as x
            join v.d as d on d.day = x.booked_day where month > 0 group by born, month""")
        return answer(self.calendar, months, table, money)
