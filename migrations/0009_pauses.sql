-- A place that cannot be reached is left alone until then, whatever has come for it since.
alter table notification_target add column paused_until bigint;
