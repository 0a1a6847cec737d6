-- Every entry carries a hash over itself and the hash before it. Entries that an older version has written have none until
-- they are chained, which happens right after this.
alter table audit add column hash text not null default '';

-- Which log this is; a single row, made right after this.
create table audit_log (
    one bigint not null primary key default 1 check (one = 1),
    id  text not null
);
