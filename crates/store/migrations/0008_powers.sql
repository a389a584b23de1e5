-- What staff and keys may do. A given role that nobody edited has no row: it follows the program.
create table staff_role (
  code text primary key,
  name text not null,
  permissions text not null,
  changed_at bigint not null
);

-- Whoever could sign in before could do everything.
alter table staff_user add column role text not null default 'owner';
alter table staff_user add column scope text not null default '{"kind":"all"}';

alter table api_key add column permissions text not null default '*';
alter table api_key add column scope text not null default '{"kind":"all"}';
alter table api_key add column per_minute bigint;
alter table api_key add column rotated_at bigint;
-- The secret before the last rotation, while it still works.
alter table api_key add column old_hash {bytes};
alter table api_key add column old_until bigint;

-- What an invitation gives; empty for other links.
alter table one_time_link add column gives text not null default '';
