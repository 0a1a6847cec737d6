-- The signature of the server that has recorded a decision, and the public half of its key. Decisions that are older have none,
-- and do not count any more: they have to be given again.
alter table decision add column signed_with text;
alter table decision add column signature text;
