"""DataFusion: record batches in memory, two partitions cut between customers."""

import datafusion
import numpy as np
import pyarrow as pa

from engine_duckdb import answer
from question import MONTHS, rfm_text

NAME = "DataFusion"
BATCH_ROWS = 65_536


def version():
    return datafusion.__version__


class Engine:
    def __init__(self, known, strangers, calendar, threads):
        self.calendar = calendar
        config = (
            datafusion.SessionConfig()
            .with_target_partitions(threads)
            .with_batch_size(BATCH_ROWS)
            .set("datafusion.execution.coalesce_batches", "true")
        )
        self.ctx = datafusion.SessionContext(config)
        for name, part in (("p", known), ("a", strangers)):
            self.ctx.register_record_batches(name, partitions(part, threads))
        first = calendar.starts[0] - 1500
        day = np.arange(first, len(calendar.month_of_day))
        month = calendar.month_of_day[first:]
        days = pa.table({
            "day": pa.array(day, pa.uint16()),
            "month": pa.array(month, pa.int64()),
            "bought": pa.array(np.left_shift(1, month), pa.int64()),
            "active": pa.array(calendar.active_of_day[first:], pa.int64()),
        })
        self.ctx.register_record_batches("d", [days.to_batches()])

    def rows(self, sql):
        batches = self.ctx.sql(sql).collect()
        columns = [pa.Table.from_batches(batches).column(n).to_pylist()
                   for n in range(batches[0].num_columns)] if batches else []
        return list(zip(*columns))

    def rfm(self):
        c = self.ctx.sql("""
            select r, f, m from (
                select max(case when kind = 0 then day end) as r,
                       sum(case when kind = 0 then 1 else 0 end) as f,
                       sum(paid) as m
                from p group by customer) where f > 0""").collect()
        self.ctx.register_record_batches("c", [c])
        cuts = self.rows("""
            select percentile_cont(cast(r as double), 1.0/3), percentile_cont(cast(r as double), 2.0/3),
                   percentile_cont(cast(f as double), 1.0/3), percentile_cont(cast(f as double), 2.0/3),
                   percentile_cont(cast(m as double), 1.0/3), percentile_cont(cast(m as double), 2.0/3)
            from c""")[0]
        group = lambda name, low, high: (
            f"1 + cast({name} > {low!r} as int) + cast({name} > {high!r} as int)")
        rows = self.rows(f"""
            select {group('r', *cuts[0:2])} as rg, {group('f', *cuts[2:4])} as fg,
                   {group('m', *cuts[4:6])} as mg, count(*), sum(m)
            from c group by 1, 2, 3""")
        self.ctx.deregister_table("c")
        return rfm_text({(r, f, m): (n, money) for r, f, m, n, money in rows})

    def dashboard(self):
        shown = range(MONTHS)
        months = {}
        flows = self.rows("""
            select d.month, sum(revenue), sum(orders) from (
                select day, sum(paid) as revenue, sum(case when kind <> 1 then 1 else 0 end) as orders
                from p group by day
                union all
                select day, sum(paid), sum(case when kind <> 1 then 1 else 0 end)
                from a group by day) x
            join d on d.day = x.day where d.month > 0 group by 1""")
        by_month = {month: (revenue, orders) for month, revenue, orders in flows}
        months["revenue"] = [by_month.get(j + 1, (0, 0))[0] for j in shown]
        months["orders"] = [by_month.get(j + 1, (0, 0))[1] for j in shown]
        c = self.ctx.sql("""
            select customer, bit_or(bought) as bought, bit_or(active) as active
            from p join d on d.day = p.day where kind = 0 group by customer""").collect()
        self.ctx.register_record_batches("raw", [c])
        # No count of bits here: the lowest bit's number is the logarithm of its value.
        born = self.ctx.sql("""
            select customer, bought, active,
                   cast(round(log2(cast(bought & -bought as double))) as int) as born
            from raw""").collect()
        self.ctx.register_record_batches("c", [born])
        ends = ", ".join(f"sum(n * ((active >> {j}) & 1)) as e{j}" for j in range(MONTHS + 1))
        kept = ", ".join(f"sum(n * (((active & (active >> 1)) >> {j}) & 1)) as k{j}" for j in shown)
        row = self.rows(f"""
            select {ends}, {kept}
            from (select active, count(*) as n from c group by active) x""")[0]
        months["start"] = row[:MONTHS]
        months["active"] = row[1 : MONTHS + 1]
        months["kept"] = row[MONTHS + 1 :]
        bits = ", ".join(f"sum((bought >> {j + 1}) & 1) as b{j}" for j in shown)
        table = self.rows(f"select born, count(*), {bits} from c group by born")
        money = self.rows("""
            select born, d.month, sum(paid) from (
                select c.born, p.booked_day, sum(p.paid) as paid
                from p join c on p.customer = c.customer where c.born > 0 group by 1, 2) x
            join d on d.day = x.booked_day where d.month > 0 group by 1, 2""")
        self.ctx.deregister_table("raw")
        self.ctx.deregister_table("c")
        return answer(self.calendar, months, table, money)


def partitions(part, count):
    """Record batches in `count` partitions; no customer lies in two."""
    table = pa.table({name: pa.array(column) for name, column in part.items()})
    rows, customer = table.num_rows, part["customer"]
    cuts = [0]
    for n in range(1, count):
        at = rows * n // count
        cuts.append(max(cuts[-1], int(np.searchsorted(customer, customer[at])) if rows else 0))
    cuts.append(rows)
    return [table.slice(low, high - low).to_batches(max_chunksize=BATCH_ROWS)
            for low, high in zip(cuts, cuts[1:])]
