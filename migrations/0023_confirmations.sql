-- Where the plan of a request waits for somebody to confirm, as JSON: the rules ask for it, and the plan itself may be large. Plans of
-- older versions have none.
alter table request add column confirmations text not null default '[]';
