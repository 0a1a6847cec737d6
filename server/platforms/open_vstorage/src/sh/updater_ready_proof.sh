# Tells whether no updater is at work, nor was started by an earlier run that is still on record. $1 …: flag files.

working=$(updater_processes; updater_jobs; updater_lock)
[ -z "$working" ] || {
    echo "an updater is at work: $working"
    exit 10
}
[ ! -e "$kept/launch" ] || {
    echo "the record of an earlier start is still there"
    exit 1
}
for file do
    [ ! -e "$file" ] || {
        echo "$file is there: an update is under way, or was left half done"
        exit 1
    }
done
for program in ovs at; do
    command -v "$program" >/dev/null 2>&1 || {
        echo "there is no command $program on this node: the updater cannot be started"
        exit 20
    }
done
echo "no updater is at work"
