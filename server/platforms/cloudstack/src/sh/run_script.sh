# Runs cloudstack-sysvmadm such that its password stands in no argument and its detail log is not lost.
# $1: private working directory, $2: the script, $3: its SHA-256, $4: where the integration API answers,
# from $5 on: what else the script gets.

umask 077
work=$1 script=$2 wanted=$3 address=$4
shift 4

found=$(sha256sum "$script" | cut -d ' ' -f 1)
[ "$found" = "$wanted" ] || {
    echo "$script was changed since the plan was made: it is not started" >&2
    exit 64
}
mysql=$(command -v mysql)

mkdir -m 0700 "$work" || {
    echo "$work is there already: another run of the script may be under way. It is not started" >&2
    exit 65
}
run='' mirror=''
# Only when both are gone: what still writes would leave a folder that is not empty behind.
end() {
    [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1"; } || :
}
# Who ends a job tells its group and then each process of it: the second word must not cut short what the first one began.
deaf() {
    trap '' HUP INT TERM
}
clean_up() {
    deaf
    end "$run"
    end "$mirror"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'deaf; exit 129' HUP
trap 'deaf; exit 130' INT
trap 'deaf; exit 143' TERM

found=0
database_options "$work/options" || found=$?
[ "$found" -ne 3 ] || echo "the password in $properties is encrypted, and none is configured in Drydock" >&2
[ "$found" -eq 0 ] || exit "$found"

# The script hands its password to mysql as an argument, even an empty one. This takes it out again.
mkdir "$work/bin"
cat >"$work/bin/mysql" <<'SHIM'
#!/bin/sh
for word do
    shift
    case $word in
    --password=*) ;;
    *) set -- "$@" "$word" ;;
    esac
done
exec "$DRYDOCK_MYSQL" --defaults-extra-file="$DRYDOCK_MYSQL_OPTIONS" "$@"
SHIM
chmod 0700 "$work/bin/mysql"
DRYDOCK_MYSQL=$mysql DRYDOCK_MYSQL_OPTIONS=$work/options
export DRYDOCK_MYSQL DRYDOCK_MYSQL_OPTIONS
PATH=$work/bin:$PATH
export PATH

log=$work/detail.log
: >"$log"
cd "$work"
"$script" -d "$db_host" -u "$db_user" -m "$address" -l "$log" "$@" &
run=$!
tail -n +1 -s 1 -f --pid="$run" "$log" >&2 &
mirror=$!

code=0
wait "$run" || code=$?
run=''
wait "$mirror" || :
mirror=''
exit "$code"
