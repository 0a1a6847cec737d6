-- Who carries a run out, and its signs of life: counted up while that server lives. Another server takes a run up when it
-- has seen the count stand still for longer than a lease, by its own clock.
alter table run add column holder text;
alter table run add column beat bigint not null default 0;
