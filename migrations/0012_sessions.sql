-- Whose a session is, and what its owner sees of it. Sessions of before do not say so: their people log in once more.
delete from session;
-- None while the password was right and a code has still to come.
alter table session add column person text references person (id);
alter table session add column begun_at bigint;
alter table session add column seen_at bigint;
-- Where it was used from last, and what the browser says of itself.
alter table session add column address text;
alter table session add column agent text;
create index session_person on session (person) where person is not null;
