# Removes the files that open the gate and show the update as under way. $1 …: the files.

working=$(updater_processes; updater_jobs)
[ -z "$working" ] || {
    echo "the cluster's own updater is at work: $working" >&2
    exit 1
}
rm -f "$@"
