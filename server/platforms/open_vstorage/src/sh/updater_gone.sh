# Tells whether no updater is at work on this node any more.

working=$(updater_processes; updater_jobs; updater_lock)
[ -z "$working" ] || {
    echo "it still works: $working"
    exit 10
}
echo "no updater is at work"
