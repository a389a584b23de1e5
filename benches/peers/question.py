"""What is asked: months, borders, the canonical text of the answers, and a plain reference.

RFM 27 over the whole base. Per customer with at least one sale that was not taken back whole:
R = day of the last such sale, F = number of such sales, M = sum of all his documents (returns are
negative). Borders are the terciles by type 7; a value equal to a border belongs to the lower group.
As values are integers, "<= the type-7 quantile" is "<= the order statistic just below it", so no
engine depends on rounding. Answer: customers and revenue of 27 cells.

Dashboard. 36 calendar months, the last one holds the last day. For each: revenue (all documents on
their own day, receipts without a customer too), orders (sales, also those taken back later), mean
order (rounded half away from zero). Then, by sales that were not taken back whole: new (first such
sale in the month), returning (other buyers), active at the month's end (one in the last W = 90
days), of those active at the month's start how many are active at its end (strict CRR). Cohorts by
month of the first such sale: size, buyers of each later month, and money, returns booked on the day
of their sale.
"""

import datetime
import hashlib

import numpy as np

MONTHS = 36
W = 90
EPOCH = datetime.date(1970, 1, 1)


class Calendar:
    """Borders of the 36 months, and look-ups by day that an engine may join with."""

    def __init__(self, last_day):
        last = EPOCH + datetime.timedelta(days=int(last_day))
        number = last.year * 12 + last.month - 1
        self.starts = [
            (datetime.date(n // 12, n % 12 + 1, 1) - EPOCH).days
            for n in range(number - MONTHS + 1, number + 2)
        ]
        self.labels = [
            f"{n // 12}-{n % 12 + 1:02}" for n in range(number - MONTHS + 1, number + 1)
        ]
        days = np.arange(0, self.starts[-1] + 1)
        # 0 = before the 36 months, else 1..36.
        self.month_of_day = np.searchsorted(self.starts, days, side="right").astype(np.int64)
        self.month_of_day[days >= self.starts[-1]] = 0
        # Bit j: a sale on this day keeps a customer active at the start of month j (j = 36: at the
        # end of the last one).
        self.active_of_day = np.zeros(len(days), dtype=np.int64)
        for j, start in enumerate(self.starts):
            inside = (days >= start - W) & (days < start)
            self.active_of_day[inside] |= 1 << j


def rfm_text(cells):
    """`cells`: {(r, f, m): (customers, revenue)}; absent cells are zero."""
    lines = []
    for r in (1, 2, 3):
        for f in (1, 2, 3):
            for m in (1, 2, 3):
                customers, revenue = cells.get((r, f, m), (0, 0))
                lines.append(f"{r}{f}{m} {int(customers)} {int(revenue)}")
    return "\n".join(lines)


def dashboard_text(calendar, months, cohorts):
    """`months`: arrays of 36 by name; `cohorts`: {(cohort, age): [customers, money]}, from 0."""
    lines = []
    for j, label in enumerate(calendar.labels):
        revenue, orders = int(months["revenue"][j]), int(months["orders"][j])
        mean = (2 * abs(revenue) + orders) // (2 * orders) if orders else 0
        mean = mean if revenue >= 0 else -mean
        rest = " ".join(
            str(int(months[name][j])) for name in ("new", "returning", "active", "start", "kept")
        )
        lines.append(f"{label} {revenue} {orders} {mean} {rest}")
    for cohort, label in enumerate(calendar.labels):
        for age in range(MONTHS - cohort):
            customers, money = cohorts.get((cohort, age), (0, 0))
            lines.append(f"{label}+{age} {int(customers)} {int(money)}")
    return "\n".join(lines)


def digest(text):
    """Short fingerprint of an answer."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def reference_rfm(known):
    """RFM 27 the obvious way, with numpy."""
    counted = known["kind"] == 0
    customers = int(known["customer"].max()) + 1
    frequency = np.bincount(known["customer"][counted], minlength=customers)
    last = np.zeros(customers, dtype=np.int64)
    np.maximum.at(last, known["customer"][counted], known["day"][counted])
    money = np.zeros(customers, dtype=np.int64)
    np.add.at(money, known["customer"], known["paid"])
    inside = frequency > 0
    groups = []
    for values in (last[inside], frequency[inside], money[inside]):
        low, high = np.quantile(values, [1 / 3, 2 / 3], method="linear")
        groups.append(1 + (values > low) + (values > high))
    cells = {}
    for r in (1, 2, 3):
        for f in (1, 2, 3):
            for m in (1, 2, 3):
                here = (groups[0] == r) & (groups[1] == f) & (groups[2] == m)
                cells[(r, f, m)] = (here.sum(), money[inside][here].sum())
    return rfm_text(cells)


def reference_dashboard(known, strangers, calendar):
    """The dashboard month by month, with sets: slow, obvious, another way than the engines go."""
    starts = calendar.starts
    sale = known["kind"] == 0
    customer, day = known["customer"][sale], known["day"][sale].astype(np.int64)
    customers = int(known["customer"].max()) + 1
    first = np.full(customers, 1 << 30, dtype=np.int64)
    np.minimum.at(first, customer, day)
    months = {name: [] for name in ("revenue", "orders", "new", "returning", "active", "start", "kept")}

    def distinct(low, high):
        return np.unique(customer[(day >= low) & (day < high)])

    buyers_of_month = []
    for low, high in zip(starts, starts[1:]):
        revenue = orders = 0
        for part in (known, strangers):
            here = (part["day"] >= low) & (part["day"] < high)
            revenue += int(part["paid"][here].sum(dtype=np.int64))
            orders += int((here & (part["kind"] != 1)).sum())
        buyers = distinct(low, high)
        new = int(((first >= low) & (first < high)).sum())
        before, after = distinct(low - W, low), distinct(high - W, high)
        months["revenue"].append(revenue)
        months["orders"].append(orders)
        months["new"].append(new)
        months["returning"].append(len(buyers) - new)
        months["active"].append(len(after))
        months["start"].append(len(before))
        months["kept"].append(len(np.intersect1d(before, after, assume_unique=True)))
        buyers_of_month.append(buyers)
    cohort_of = np.searchsorted(starts, first, side="right") - 1
    cohort_of[(first < starts[0]) | (first >= starts[-1])] = -1
    cohorts = {}
    for month, buyers in enumerate(buyers_of_month):
        low, high = starts[month], starts[month + 1]
        booked = (known["booked_day"] >= low) & (known["booked_day"] < high)
        cohort_of_row = cohort_of[known["customer"][booked]]
        paid = known["paid"][booked]
        for cohort in range(month + 1):
            size = int((cohort_of[buyers] == cohort).sum())
            money = int(paid[cohort_of_row == cohort].sum(dtype=np.int64))
            cohorts[(cohort, month - cohort)] = (size, money)
    return dashboard_text(calendar, months, cohorts)
