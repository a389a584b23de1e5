-- That two records are one person: append-only. A row with `undoes` takes the merge it names back.
create table merge (
  id integer primary key,
  survivor_id bigint not null references customer (id),
  joined_id bigint not null references customer (id),
  undoes bigint references merge (id),
  source_kind text not null,
  recorded_at bigint not null
);
create trigger merge_no_update before update on merge begin select raise(abort, 'merge is append-only'); end;
create trigger merge_no_delete before delete on merge begin select raise(abort, 'merge is append-only'); end;
-- Which merges hold: a projection of `merge`, kept in the same transaction.
create table customer_link (
  joined_id integer primary key references customer (id),
  survivor_id bigint not null references customer (id),
  merge_id bigint not null references merge (id)
);
create index customer_link_survivor on customer_link (survivor_id);
