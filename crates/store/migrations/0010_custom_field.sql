-- Fields a shop makes for itself. What they hold of a person is a fact (`customer_value`, kind
-- `custom`) and part of his sealed profile; here are names only.
create table custom_field (
  id {id},
  key text not null unique,
  kind text not null,
  name_ru text not null,
  name_en text not null,
  choices text not null,
  personal bigint not null,
  position bigint not null,
  recorded_at bigint not null,
  archived_at bigint
);
