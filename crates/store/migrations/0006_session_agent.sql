-- With which browser somebody signed in, as it names itself; empty when it does not.
alter table session add column agent text not null default '';
