"""DuckDB: tables in its own memory, perfect-width integers, one pass per question where possible."""

import duckdb
import numpy as np
import pyarrow as pa

from question import MONTHS, W, dashboard_text, rfm_text

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
        # Days and counts take few values: their order statistics come from a histogram.
        cuts = lambda column: f"""(
            select [min(v) filter (upto > (n - 1) // 3), min(v) filter (upto > 2 * (n - 1) // 3)]
            from (select v, sum(k) over (order by v) as upto, sum(k) over () as n
                  from (select {column} as v, count(*) as k from c group by 1)))"""
        rows = self.db.execute(f"""
            with c as materialized (
                select max(day) filter (kind = 0) as r,
                       count(*) filter (kind = 0) as f,
                       sum(paid)::bigint as m
                from p group by customer having f > 0),
            q as (
                select (select quantile_cont(m, [1/3, 2/3]) from c) as m,
                       {cuts('r')} as r, {cuts('f')} as f)
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
                  from p join d using (day) where kind = 0 group by customer)""")
        bits = ", ".join(f"sum((bought >> {j + 1}) & 1)" for j in shown)
        ends = ", ".join(f"sum(n * ((active >> {j}) & 1))" for j in range(MONTHS + 1))
        kept = ", ".join(f"sum(n * (((active & (active >> 1)) >> {j}) & 1))" for j in shown)
        # Many customers share a mask: 73 sums over the distinct ones are cheaper.
        row = db.execute(f"""
            select {ends}, {kept}
            from (select active, count(*) as n from c group by active)""").fetchone()
        months["start"] = row[:MONTHS]
        months["active"] = row[1 : MONTHS + 1]
        months["kept"] = row[MONTHS + 1 :]
        table = db.execute(f"select born, count(*), {bits} from c group by born").fetchall()
        money = db.execute("""
            select c.born, d.month, sum(p.paid)::bigint
            from p join c using (customer) join d on d.day = p.booked_day
            where c.born > 0 and d.month > 0 group by 1, 2""").fetchall()
        return answer(self.calendar, months, table, money)

    def dashboard_plain(self):
        """The same question as an analyst writes it: one readable statement for each figure."""
        db = self.db
        starts = ", ".join(f"({j}, {day})" for j, day in enumerate(self.calendar.starts))
        db.execute(f"""
            create or replace temp table m as
            select j, low, lead(low) over (order by j) as high
            from (values {starts}) t(j, low)""")
        db.execute("create or replace temp table s as "
                   "select customer, d.month::int - 1 as month, day::int as day from p join d using (day) where kind = 0")
        flows = db.execute("""
            select month::int - 1, sum(paid)::bigint, count(*) filter (kind <> 1)
            from (select day, paid, kind from p union all select day, paid, kind from a)
            join d using (day) where month > 0 group by 1 order by 1""").fetchall()
        db.execute("create or replace temp table b as "
                   "select customer, min(month) as cohort from s group by customer")
        new = dict(db.execute("select cohort, count(*) from b group by 1").fetchall())
        buyers = dict(db.execute(
            "select month, count(distinct customer) from s group by 1").fetchall())
        db.execute(f"""
            create or replace temp table e as
            select distinct m.j, s.customer from m join s on s.day >= m.low - {W} and s.day < m.low""")
        active = dict(db.execute("select j, count(*) from e group by 1").fetchall())
        kept = dict(db.execute("""
            select x.j, count(*) from e x join e y on y.customer = x.customer and y.j = x.j + 1
            group by 1""").fetchall())
        table = db.execute("""
            select cohort, month - cohort, count(distinct customer) from s join b using (customer)
            where cohort >= 0 group by 1, 2""").fetchall()
        money = db.execute("""
            select cohort, d.month::int - 1 - cohort, sum(paid)::bigint
            from p join b using (customer) join d on d.day = p.booked_day
            where cohort >= 0 and d.month > 0 group by 1, 2""").fetchall()
        at = lambda found, j: found.get(j, 0)
        shown = range(MONTHS)
        months = {
            "revenue": [row[1] for row in flows], "orders": [row[2] for row in flows],
            "new": [at(new, j) for j in shown],
            "returning": [at(buyers, j) - at(new, j) for j in shown],
            "active": [at(active, j + 1) for j in shown], "start": [at(active, j) for j in shown],
            "kept": [at(kept, j) for j in shown],
        }
        cohorts = {(cohort, age): [size, 0] for cohort, age, size in table}
        for cohort, age, paid in money:
            cohorts.setdefault((cohort, age), [0, 0])[1] = paid
        return dashboard_text(self.calendar, months, cohorts)


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
        # Before the month of the first purchase there may be a sale that was taken back.
        if month >= cohort:
            cohorts[(cohort - 1, month - cohort)][1] = paid
    return dashboard_text(calendar, months, cohorts)
