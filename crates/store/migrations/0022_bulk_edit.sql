-- Changes of many customers at once. What is changed is sealed; whom is row ids only.
create table bulk_edit (
  id {id},
  state text not null,
  change {bytes} not null,
  total bigint not null,
  looked_at bigint not null,
  changed bigint not null,
  restored bigint not null,
  kept bigint not null,
  actor_kind text not null,
  actor_id bigint,
  created_at bigint not null,
  updated_at bigint not null
);
-- Their steps: whom each is about, and the records it changed (null until it is done).
create table bulk_edit_step (
  bulk_edit_id bigint not null references bulk_edit (id),
  step_no bigint not null,
  targets text not null,
  changed text,
  undone_at bigint,
  primary key (bulk_edit_id, step_no)
) {clustered};
-- Which change of many gave a record its manager.
alter table customer_manager add column source_id bigint;
