-- Who looks after a customer: facts in the order they were learned, the last one counts. `user_id` is
-- null when he was taken off. No personal value: both are row numbers.
create table customer_manager (
  id {id},
  customer_id bigint not null references customer (id),
  user_id bigint references staff_user (id),
  source_kind text not null,
  set_by bigint,
  recorded_at bigint not null
);

{append_only customer_manager}

create index customer_manager_of on customer_manager (customer_id, id);

-- Masked contacts that were shown: what the budget of a day counts.
create table reveal (
  id {id},
  customer_id bigint not null,
  actor_kind text not null,
  actor_id bigint not null,
  recorded_at bigint not null
);

create index reveal_of_actor on reveal (actor_kind, actor_id, recorded_at);

{append_only reveal}
