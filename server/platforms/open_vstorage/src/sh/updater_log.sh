# Functions about what the updater writes. $kept/launch holds what was there before it was started.

logs='/var/log/ovs/update.log /var/log/ovs/lib.log'

# The sizes of the logs, one line each.
log_sizes() {
    for log in $logs; do
        echo "$log $(stat -c %s "$log" 2>/dev/null || echo 0)"
    done
}

# What was written since the start.
written_since() {
    while read -r log size; do
        case $log in /var/log/*) ;; *) continue ;; esac
        [ -r "$log" ] || continue
        now=$(stat -c %s "$log")
        # A log that was rotated begins anew.
        [ "$now" -ge "$size" ] || size=0
        tail -c +$((size + 1)) "$log"
    done <"$kept/launch"
}
