"""The purchases the peers get: columns of a dump (`demo_dump columns`), or made up here.

Dump: one little-endian array per column, purchases ordered by customer, then day; receipts without
a customer last (customer 4294967295). See `crates/app/src/demo/columns.rs`.
"""

from pathlib import Path

import numpy as np

NO_CUSTOMER = 0xFFFFFFFF
COLUMNS = {
    "customer": "<u4",
    "day": "<u2",
    "booked_day": "<u2",
    "paid": "<i4",
    "discount": "<i4",
    "store": "<u2",
    "kind": "|u1",
}
SUFFIX = {"<u4": "u32", "<u2": "u16", "<i4": "i32", "|u1": "u8"}
SALE, RETURN, SALE_TAKEN_BACK = 0, 1, 2


def load(directory):
    """Columns of a dump, by name."""
    columns = {
        name: np.fromfile(Path(directory) / f"{name}.{SUFFIX[kind]}", dtype=kind)
        for name, kind in COLUMNS.items()
    }
    if len({len(column) for column in columns.values()}) != 1:
        raise SystemExit(f"{directory}: the columns are not of one length")
    return columns


def save(columns, directory):
    """Writes columns as a dump."""
    Path(directory).mkdir(parents=True, exist_ok=True)
    for name, kind in COLUMNS.items():
        columns[name].astype(kind).tofile(Path(directory) / f"{name}.{SUFFIX[kind]}")


def split(columns):
    """(purchases with a customer, purchases without one)."""
    known = int(np.searchsorted(columns["customer"], NO_CUSTOMER))
    first = {name: column[:known] for name, column in columns.items()}
    rest = {name: column[known:] for name, column in columns.items()}
    return first, rest


def make_up(customers, purchases, seed=1, last_day=20780, history_days=1095):
    """Purchases with the demo shop's shape: 44 % one-timers, gaps of 4 to 150 days, growth, three
    returns in a hundred sales (a third of them whole), 15 % of receipts without a customer."""
    rng = np.random.default_rng(seed)
    known = int(purchases * 0.85 / 1.03)
    share = rng.choice([0.0, 3.0, 12.0, 70.0], customers, p=[0.44, 0.29, 0.215, 0.055])
    weight = share * rng.gamma(2.0, 0.5, customers)
    extra = rng.multinomial(max(known - customers, 0), weight / weight.sum())
    counts = extra + 1
    customer = np.repeat(np.arange(customers, dtype=np.uint32), counts)
    first_day = last_day - history_days + 1
    start = first_day + (np.sqrt(rng.random(customers)) * history_days).astype(np.int64)
    life = np.minimum(rng.exponential(750.0, customers), last_day - start).astype(np.int64)
    ends = np.cumsum(counts)
    within = rng.random(len(customer))
    within[ends - counts] = 0.0
    day = np.repeat(start, counts) + (within * np.repeat(life, counts)).astype(np.int64)
    day = np.minimum(day, last_day)
    columns = documents(rng, customer, day, last_day)
    strangers = int(purchases * 0.15)
    when = first_day + (np.sqrt(rng.random(strangers)) * history_days).astype(np.int64)
    nobody = np.full(strangers, NO_CUSTOMER, dtype=np.uint32)
    other = documents(rng, nobody, np.minimum(when, last_day), last_day)
    return {name: np.concatenate([columns[name], other[name]]) for name in COLUMNS}


def documents(rng, customer, day, last_day):
    """Sales of these customers on these days, and their returns, in order."""
    count = len(customer)
    paid = (np.exp(rng.normal(11.3, 0.75, count)).astype(np.int64) // 100 + 1) * 100
    discount = np.where(rng.random(count) < 0.3, paid // 9, 0)
    store = rng.choice(6, count, p=[0.26, 0.18, 0.13, 0.17, 0.09, 0.17])
    back_day = day + 1 + rng.integers(0, 14, count)
    back = (rng.random(count) < 0.03) & (back_day <= last_day)
    whole = back & (rng.random(count) < 0.35)
    part = np.where(whole, 1.0, rng.uniform(0.1, 0.9, count))
    kind = np.where(whole, SALE_TAKEN_BACK, SALE)
    columns = {
        "customer": np.concatenate([customer, customer[back]]),
        "day": np.concatenate([day, back_day[back]]),
        "booked_day": np.concatenate([day, day[back]]),
        "paid": np.concatenate([paid, -(paid * part).astype(np.int64)[back]]),
        "discount": np.concatenate([discount, -(discount * part).astype(np.int64)[back]]),
        "store": np.concatenate([store, store[back]]),
        "kind": np.concatenate([kind, np.full(back.sum(), RETURN)]),
    }
    order = np.lexsort((columns["day"], columns["customer"]))
    return {name: columns[name][order].astype(kind) for name, kind in COLUMNS.items()}
