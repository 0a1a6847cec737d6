# Leads one job on a host, in a process group that has no other processes, from before its first command until its exit
# code is written down. Gets: spool, file with the boot id, shell, and the job's own arguments.

dir=$1 boot_file=$2 shell=$3
shift 3
umask 077
exec </dev/null >/dev/null 2>&1

# Signals go to the whole group; this process stays until the job's end is written down.
# (A handler, unlike an ignored signal, is not passed on to the job.)
trap : TERM INT HUP

# Sets: group, started. The names of shells and of timeout have no parentheses in them.
read_process() {
    read -r stat <"/proc/$1/stat"
    set -- ${stat##*) }
    group=$3 started=${20}
}
read_process "$$"
begun=$started leader=$group
read_process "$leader"
read -r boot <"$boot_file" || exit 1

# Made elsewhere and linked, so that it appears whole; fails if the start was forbidden meanwhile.
mark="$$ $begun $boot $leader $started"
printf '%s\n' "$mark" >"$dir/pid.new"
read -r written <"$dir/pid.new"
[ "$written" = "$mark" ] || exit 1
ln "$dir/pid.new" "$dir/pid" || exit 1
# Whoever started this has waited for it.
exec 3>&-

(
    umask 022
    exec $shell -eu "$dir/script" "$@" >>"$dir/out" 2>>"$dir/err"
)
code=00$?
code=${code#"${code%???}"}

# Written over what is there, which takes no new room on a full disk.
record() {
    printf '%s\n' "$code" 1<>"$dir/exit.new"
    read -r written <"$dir/exit.new"
    [ "$written" = "$code" ] && mv "$dir/exit.new" "$dir/exit"
}
until record; do
    # The spool is gone: nobody waits for this any more.
    [ -d "$dir" ] || exit 1
    sleep 1
done
