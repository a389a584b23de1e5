-- What staff write about a customer, and contacts with him: append-only. An edit or a removal is a new
-- row of the same thread (the id of its first row); the newest row of a thread is what holds.
-- `body` is sealed with the person's key; a removal has an empty one.
create table note (
  id {id},
  thread_id bigint not null references note (id),
  customer_id bigint not null references customer (id),
  body {bytes} not null,
  touch text,
  outcome text,
  occurred_at bigint not null,
  local_day bigint not null,
  removed bigint not null,
  author_id bigint,
  source_kind text not null,
  recorded_at bigint not null
);
create index note_customer on note (customer_id);
create index note_thread on note (thread_id);
{append_only note}
-- Merges of one person are read for his timeline.
create index merge_survivor on merge (survivor_id);
create index merge_joined on merge (joined_id);
