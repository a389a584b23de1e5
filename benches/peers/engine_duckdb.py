"""DuckDB: tables in its own memory, perfect-width integers, one pass per question where possible."""

import duckdb
import numpy as np
import pyarrow as pa

from question import MONTHS, dashboard_text, rfm_text

NAME = "DuckDB"


def version():
    return duckdb.__version__


class Engine:
    def __init__(self, known, strangers, calendar, threads):
        self.calendar = calendar
        self.db = duckdb.connect(":memory:", config={"threads": threads})
        for name, part in (("p", known), ("a", strangers)):
            columns = pa.table({key: pa.array(column) for key, column in part.items()})
            self.db.execute(f"create table {name} as select * from columns")
        days = pa.table({
            "day": pa.array(np.arange(len(calendar.month_of_day)), pa.uint16()),
            "month": pa.array(calendar.month_of_day, pa.uint8()),
            "bought": pa.array(np.left_shift(1, calendar.month_of_day), pa.int64()),
            "active": pa.array(calendar.active_of_day, pa.int64()),
        })
        first = calendar.starts[0] - 1500
        self.db.execute(f"create table d as select * from days where day >= {first}")

    def rfm(self):
        rows = self.db.execute("""
            with c as materialized (
                select max(day) filter (kind = 0) as r,
                       count(*) filter (kind = 0) as f,
                       sum(paid)::bigint as m
                from p group by customer having f > 0),
            q as (
                select quantile_cont(r::double, [1/3, 2/3]) as r,
                       quantile_cont(f::double, [1/3, 2/3]) as f,
                       quantile_cont(m::double, [1/3, 2/3]) as m from c)
            select 1 + (c.r > q.r[1])::int + (c.r > q.r[2])::int as r,
                   1 + (c.f > q.f[1])::int + (c.f > q.f[2])::int as f,
                   1 + (c.m > q.m[1])::int + (c.m > q.m[2])::int as m,
                   count(*), sum(c.m)
            from c, q group by 1, 2, 3""").fetchall()
        return rfm_text({(r, f, m): (n, money) for r, f, m, n, money in rows})

    def dashboard(self):
        db, shown = self.db, range(MONTHS)
        months = {}
        flows = db.execute("""
            select d.month, sum(revenue)::bigint, sum(orders) from (
                select day, sum(paid) as revenue, count(*) filter (kind <> 1) as orders
                from p group by day
                union all
                select day, sum(paid), count(*) filter (kind <> 1) from a group by day)
            join d using (day) where d.month > 0 group by 1""").fetchall()
        by_month = {month: (revenue, orders) for month, revenue, orders in flows}
        months["revenue"] = [by_month.get(j + 1, (0, 0))[0] for j in shown]
        months["orders"] = [by_month.get(j + 1, (0, 0))[1] for j in shown]
        # One row per customer: months in which he bought and month ends at which he was active, as
        # bits; the lowest bit is the month of his first sale (bit 0: before the 36 months).
        db.execute("""
            create or replace temp table c as
            select customer, bought, active, (bit_count(xor(bought, bought - 1)) - 1)::utinyint as born
            from (select customer, bit_or(bought) as bought, bit_or(active) as active
                  from p join d using (day) where kind <> 1 group by customer)""")
        bits = ", ".join(f"sum((bought >> {j + 1}) & 1)" for j in shown)
        ends = ", ".join(f"sum((active >> {j}) & 1)" for j in range(MONTHS + 1))
        kept = ", ".join(f"sum(((active & (active >> 1)) >> {j}) & 1)" for j in shown)
        row = db.execute(f"select {ends}, {kept} from c").fetchone()
        months["start"] = row[:MONTHS]
        months["active"] = row[1 : MONTHS + 1]
        months["kept"] = row[MONTHS + 1 :]
        table = db.execute(f"select born, count(*), {bits} from c group by born").fetchall()
        money = db.execute("""
            select c.born, d.month, sum(p.paid)::bigint
            from p join c using (customer) join d on d.day = p.booked_day
            where c.born > 0 and d.month > 0 group by 1, 2""").fetchall()
        return answer(self.calendar, months, table, money)


def answer(calendar, months, table, money):
    """The text of a dashboard from months' flows, buyers by month of birth, and cohorts' money."""
    born = {row[0]: row[1:] for row in table}
    buyers = [sum(row[1 + j] for row in born.values()) for j in range(MONTHS)]
    months["new"] = [born.get(j + 1, (0,))[0] for j in range(MONTHS)]
    months["returning"] = [all_ - new for all_, new in zip(buyers, months["new"])]
    cohorts = {}
    for cohort, *bought in ((key - 1, *row[1:]) for key, row in born.items() if key > 0):
        for age in range(MONTHS - cohort):
            cohorts[(cohort, age)] = [bought[cohort + age], 0]
    for cohort, month, paid in money:
        cohorts[(cohort - 1, month - cohort)][1] = paid
    return dashboard_text(calendar, months, cohorts)
