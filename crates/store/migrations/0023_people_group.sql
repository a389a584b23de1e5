-- Groups of people: companies and households. A name, an ИНН and a note are sealed for the shop (those of a
-- sole trader are a person's); `blind` finds a company by its ИНН and КПП.
create table people_group (
  id {id},
  kind text not null,
  profile {bytes} not null,
  blind {bytes} unique,
  created_at bigint not null,
  updated_at bigint not null,
  archived_at bigint
);
-- Who belongs to them, append-only: the last row of a group and a record holds. The role is sealed with the
-- person's key.
create table group_person (
  id {id},
  group_id bigint not null references people_group (id),
  customer_id bigint not null references customer (id),
  present bigint not null,
  role {bytes},
  source_kind text not null,
  source_id bigint,
  recorded_at bigint not null
);
{append_only group_person}
create index group_person_group on group_person (group_id, customer_id, id);
create index group_person_customer on group_person (customer_id, id);
