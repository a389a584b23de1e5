-- Static lists are segments that nobody is in but by hand.
alter table segment add column is_list bigint not null default 0;

-- Somebody was put into a segment (1) or kept out of it (-1) by hand, or is left to its conditions
-- again (0). The latest word about a customer holds. Row ids only.
create table segment_person (
  id {id},
  segment_id bigint not null references segment (id),
  customer_id bigint not null references customer (id),
  stands bigint not null,
  recorded_at bigint not null
);
create index segment_person_segment on segment_person (segment_id, id);
{append_only segment_person}
