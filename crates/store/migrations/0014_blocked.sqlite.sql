-- A contact may be blocked: a look-up row that finds nobody keeps everybody from being found by it.
create table identifier_new (
  blind blob primary key,
  kind text not null,
  customer_id bigint references customer (id)
) without rowid;
insert into identifier_new (blind, kind, customer_id) select blind, kind, customer_id from identifier;
drop table identifier;
alter table identifier_new rename to identifier;
