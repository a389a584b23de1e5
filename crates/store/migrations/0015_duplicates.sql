-- How it was made sure that a contact is the person's own: a fact of the same value that says so.
alter table customer_value add column verified text;
-- Values the shop itself has blocked, append-only; sealed for the shop. A row with `withdraws` lets
-- the one it names go again.
create table blocked_contact (
  id {id},
  kind text not null,
  value {bytes} not null,
  withdraws bigint references blocked_contact (id),
  source_kind text not null,
  source_id bigint,
  recorded_at bigint not null
);
{append_only blocked_contact}
-- Two trusted ids of one purchase or row pointed to two people: once for each pair, append-only.
-- `first_id` is who got what was recorded, found by the earlier kind.
create table id_conflict (
  id {id},
  pair_key text not null unique,
  first_id bigint not null references customer (id),
  first_kind text not null,
  second_id bigint not null references customer (id),
  second_kind text not null,
  source_kind text not null,
  source_id bigint,
  recorded_at bigint not null
);
{append_only id_conflict}
-- What was decided about two records that may be one person, append-only. `merge_id` is the merge of
-- a decision `same`; a row with `undoes` takes back the one it names.
create table duplicate_decision (
  id {id},
  one_id bigint not null references customer (id),
  other_id bigint not null references customer (id),
  decision text not null,
  merge_id bigint references merge (id),
  undoes bigint references duplicate_decision (id),
  source_kind text not null,
  source_id bigint,
  recorded_at bigint not null
);
{append_only duplicate_decision}
