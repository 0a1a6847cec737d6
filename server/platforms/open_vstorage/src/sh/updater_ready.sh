# Makes room for the record of a start. Refuses while an updater is at work.

working=$(updater_processes; updater_jobs; updater_lock)
[ -z "$working" ] || {
    echo "an updater is at work: $working" >&2
    exit 1
}
rm -f "$kept/launch"
