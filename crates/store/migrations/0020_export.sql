-- Exports asked for, and what became of each. What was asked (the question, the columns, the reason) is
-- sealed: a search spells a name or a phone. `mark` is in every row code of the file and names the export
-- also after a restore; `seed` gives the order of rows and the invented customers.
create table export (
  id {id},
  mark bigint not null unique,
  seed {bytes} not null,
  asked_by bigint not null references staff_user (id),
  asked_at bigint not null,
  wanted {bytes} not null,
  people bigint not null,
  masked bigint not null,
  needs_second bigint not null
);
create index export_asked_by on export (asked_by, asked_at);
{append_only export}

-- Steps: decided (approved, refused, withdrawn), begun, ended (made, failed), downloaded (any number of
-- times), removed (the file is gone: expired, erased, by_hand).
create table export_step (
  id {id},
  export_id bigint not null references export (id),
  step text not null,
  outcome text not null,
  actor_id bigint references staff_user (id),
  people bigint,
  size_bytes bigint,
  canaries bigint,
  recorded_at bigint not null
);
create unique index export_step_once on export_step (export_id, step) where step <> 'downloaded';
create index export_step_export on export_step (export_id);
{append_only export_step}

-- How many people's contacts an account was shown in a day of the shop, in steps ahead of what was shown.
create table exposure (
  actor_kind text not null,
  actor_id bigint not null,
  day bigint not null,
  people bigint not null,
  primary key (actor_kind, actor_id, day)
) {clustered};

-- Accounts the program froze because they were shown too many people, and when somebody let them in again.
create table account_freeze (
  id {id},
  actor_kind text not null,
  actor_id bigint not null,
  day bigint not null,
  people bigint not null,
  budget bigint not null,
  frozen bigint not null,
  recorded_at bigint not null
);
{append_only account_freeze}
create table account_thaw (
  freeze_id bigint primary key references account_freeze (id),
  actor_id bigint,
  recorded_at bigint not null
);
{append_only account_thaw}

-- A frozen key opens nothing until somebody lets it in again.
alter table api_key add column frozen_at bigint;
