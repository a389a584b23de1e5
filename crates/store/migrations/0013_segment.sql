-- Saved segments. Their definitions are versions that are never changed; `borders` are those of RFM
-- that a version was saved with, so that nobody moves because others bought.
create table segment (
  id {id},
  name text not null,
  created_at bigint not null,
  updated_at bigint not null,
  archived_at bigint
);

create table segment_version (
  id {id},
  segment_id bigint not null references segment (id),
  version_no bigint not null,
  definition text not null,
  borders text,
  recorded_at bigint not null,
  unique (segment_id, version_no)
);
{append_only segment_version}

-- Who was in when a version was first counted (one bit per row id), and how many moves came since:
-- together with segment_move, who is in as last recorded.
create table segment_state (
  segment_id bigint primary key references segment (id),
  version_no bigint not null,
  members {bytes} not null,
  moves_before bigint not null,
  moves bigint not null,
  recorded_at bigint not null
);

-- Somebody came in (1) or went out (0). Row ids only.
create table segment_move (
  id {id},
  segment_id bigint not null references segment (id),
  customer_id bigint not null references customer (id),
  came bigint not null,
  recorded_at bigint not null
);
create index segment_move_segment on segment_move (segment_id, id);
create index segment_move_customer on segment_move (customer_id);
{append_only segment_move}

-- How many were in at the end of a day, and what they had paid so far.
create table segment_day (
  segment_id bigint not null references segment (id),
  day bigint not null,
  customers bigint not null,
  paid_minor bigint not null,
  primary key (segment_id, day)
) {clustered};
