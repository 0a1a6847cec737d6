# Looks at one node and changes nothing. Prints one fact a line: a word and its fields, with tabs between them.
# Runs as root. $1 …: see look_kept.sh.

run_dirs='/opt/OpenvStorage/run /opt/asd-manager/run /opt/alba-asdmanager/run'
config=/opt/OpenvStorage/config

# --- what the node is ----------------------------------------------------------------------------

comm=$(cat /proc/1/comm 2>/dev/null || :)
case $comm in
systemd) init=systemd ;;
*) if init --version 2>/dev/null | grep -q upstart; then init=upstart; else init=$comm; fi ;;
esac
fact init "$init"

if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
    packages=apt
elif command -v rpm >/dev/null 2>&1 && command -v yum >/dev/null 2>&1; then
    packages=yum
else
    packages=none
fi
fact distribution "$packages"

for file in /etc/openvstorage_id /etc/openvstorage_sdm_id; do
    [ ! -s "$file" ] || fact id "${file##*/}" "$(head -n 1 "$file")"
done
if [ -r "$config/ovs.json" ]; then
    role=$(tr -d '\n' <"$config/ovs.json" | sed -n 's/.*"nodetype"[[:space:]]*:[[:space:]]*"\([A-Z]*\)".*/\1/p')
    [ -z "$role" ] || fact role "$role"
fi
for address in $(hostname -I 2>/dev/null || :) $(ip -o addr 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }'); do
    fact address "$address"
done

# --- services ------------------------------------------------------------------------------------

# $1: the file in which a service says what it runs, short and usually one line. Read by the shell itself: there is one
# for each of dozens of services, and a node is looked at again and again.
read_run() {
    said=''
    while IFS= read -r words || [ -n "$words" ]; do
        said="$said$words "
        [ "${#said}" -lt 1000 ] || break
    done <"$1"
    said=${said% }
}

# name, manager, enabled, state, pid, hook, required: of one unit.
show_unit() {
    kills=no
    case $hook in
    *kill*) kills=yes ;;
    *path=/*)
        file=${hook#*path=}
        ! grep -q kill "${file%% *}" 2>/dev/null || kills=yes
        ;;
    esac
    ours=no
    [ ! -e "$kept/processes/$name" ] || ours=yes
    fact unit "$name" "$manager" "$state" "$pid" "$enabled" "$kills" "$required" "$ours"
    for dir in $run_dirs; do
        for file in "$dir/$name.version" "$dir/${name#ovs-}.version"; do
            [ -r "$file" ] || continue
            read_run "$file"
            fact run "$name" "$said"
        done
    done
}

show_upstart() {
    name=$1 manager=upstart enabled=yes pid='' hook='' required=''
    said=$(status "$name" 2>&1 | head -n 1) || :
    state=$(printf '%s' "${said#"$name" }" | sed 's/,.*//; s/^(.*) //')
    case $said in
    *', process '*) pid=$(printf '%s' "${said##*, process }" | tr -dc 0-9) ;;
    esac
    [ ! -e "/etc/init/$name.override" ] || ! grep -qx 'manual' "/etc/init/$name.override" || enabled=no
    show_unit
}

show_sysv() {
    name=$1 manager=sysv enabled=yes hook='' required='' code=0
    service "$name" status >/dev/null 2>&1 || code=$?
    case $code in
    0) state=active ;;
    1 | 2 | 3) state=inactive ;;
    *) state="status ends with $code" ;;
    esac
    pid=$(cat "/var/run/$name.pid" 2>/dev/null || :)
    show_unit
}

# A line of what is listed below, with a name that a unit can have.
usable='^[a-z]* [A-Za-z0-9:_.\\-]*$'

show_systemd() {
    manager=systemd
    listed=$(systemctl list-unit-files 'ovs-*' 'alba-*' 'asd-*' 'memcached*' --no-legend 2>/dev/null | awk '
        match($0, /\.service +/) {
            is_off = substr($0, RSTART + RLENGTH) ~ /^(disabled|masked)/
            print (is_off ? "no " : "yes ") substr($0, 1, RSTART - 1)
        }' | grep -v '@$' || :)
    [ -n "$listed" ] || return 0
    # Told, but not asked for: whoever reads this refuses the name.
    printf '%s\n' "$listed" | { grep -v "$usable" || :; } | while read -r enabled name; do
        state=unknown pid='' hook='' required=''
        show_unit
    done
    listed=$(printf '%s\n' "$listed" | grep "$usable" || :)
    [ -n "$listed" ] || return 0
    # All in one question, the names being arguments one by one. The answers come in the same order, with an empty line
    # between them.
    systemctl show -p ActiveState -p MainPID -p RequiredBy -p ExecStopPost \
        $(printf '%s\n' "$listed" | sed 's/^[a-z]* //') 2>/dev/null |
        LISTED=$listed awk '
            BEGIN { count = split(ENVIRON["LISTED"], unit, "\n"); at = 1; fresh() }
            function fresh() { state = "unknown"; pid = required = hook = "" }
            function tell() {
                split(unit[at++], part, " ")
                print part[2] "|" part[1] "|" state "|" pid "|" required "|" hook
                fresh()
            }
            { value = substr($0, index($0, "=") + 1) }
            /^$/ { tell(); next }
            /^ActiveState=/ { state = value }
            /^MainPID=/ { pid = value }
            /^RequiredBy=/ { required = value }
            /^ExecStopPost=/ { hook = value }
            END { while (at <= count) tell() }' |
        while IFS='|' read -r name enabled state pid required hook; do
            show_unit
        done
}

case $init in
upstart)
    for file in /etc/init/ovs-*.conf /etc/init/alba-*.conf /etc/init/asd-*.conf; do
        [ -e "$file" ] || continue
        name=${file##*/}
        show_upstart "${name%.conf}"
    done
    if [ -e /etc/init/memcached.conf ]; then
        show_upstart memcached
    elif [ -e /etc/init.d/memcached ]; then
        show_sysv memcached
    fi
    ;;
systemd) show_systemd ;;
esac

# --- who has what open ---------------------------------------------------------------------------

# Every open file of every process, once: pid and path.
list_open() {
    ls -l /proc/[0-9]*/fd /proc/[0-9]*/cwd 2>/dev/null | awk '
        /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
        { at = index($0, " -> ") }
        at == 0 { next }
        $0 ~ / \/proc\/[0-9]+\/cwd -> / {
            split(substr($0, index($0, "/proc/")), part, "/")
            print part[3] "\t" substr($0, at + 4)
            next
        }
        { print pid "\t" substr($0, at + 4) }'
}
is_of_interest='$2 ~ /^\/mnt\// || $2 ~ /^\/var\/(lib\/(dpkg|apt|rpm)|cache\/apt)\// || $2 == "/var/run/yum.pid"'
opened=$(list_open | awk -F '\t' "$is_of_interest" | head -n 500 || :)

users_below() {
    printf '%s\n' "$opened" | while IFS=$tab read -r pid path; do
        case $path in
        "$1" | "$1"/*) echo "$(cat "/proc/$pid/comm" 2>/dev/null || :) $pid" ;;
        esac
    done
    # A mount that hangs must not hold up the look.
    ! command -v lsof >/dev/null 2>&1 ||
        limited 20 lsof +f -- "$1" 2>/dev/null | awk 'NR > 1 { print $1 " " $2 }' || :
}

case $init in
upstart) vpools=$(ls /etc/init 2>/dev/null | sed -n 's/^ovs-volumedriver_\(.*\)\.conf$/\1/p') ;;
systemd)
    vpools=$(systemctl list-unit-files 'ovs-volumedriver_*' --no-legend 2>/dev/null |
        sed -n 's/^ovs-volumedriver_\(.*\)\.service .*/\1/p')
    ;;
*) vpools='' ;;
esac
while read -r device mount rest; do
    case $newline$vpools$newline in
    *"$newline${mount#/mnt/}$newline"*)
        fact mount "$mount"
        users_below "$mount" | sort -u | head -n 50 | while IFS= read -r user; do fact mount_user "$mount" "$user"; done
        ;;
    esac
done </proc/mounts

for lock in /var/lib/dpkg/lock /var/lib/dpkg/lock-frontend /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
    /var/lib/rpm/.rpm.lock /var/run/yum.pid; do
    [ -e "$lock" ] || continue
    holders=$(printf '%s\n' "$opened" | awk -F '\t' -v lock="$lock" '$2 == lock { print $1 }')
    ! command -v fuser >/dev/null 2>&1 || holders="$holders $(limited 20 fuser "$lock" 2>/dev/null || :)"
    [ "$lock" != /var/run/yum.pid ] || holders="$holders $(cat "$lock" 2>/dev/null || :)"
    for pid in $(printf '%s' "$holders" | tr -cs 0-9 ' '); do
        [ ! -d "/proc/$pid" ] || fact package_lock "$(cat "/proc/$pid/comm" 2>/dev/null || :) (process $pid) has $lock"
    done
done

# --- others at work, room, guests ----------------------------------------------------------------

for file in /etc/ready_for_upgrade /etc/upgrade_ongoing /etc/update_ongoing; do
    [ ! -e "$file" ] || fact flag "$file"
done
updater_jobs | head -n 20 | while IFS= read -r line; do fact at_job "$line"; done
{ updater_processes; updater_lock; } | head -n 20 | while IFS= read -r line; do fact updater "$line"; done

for dir in / /var /opt; do
    free=$(df -Pk "$dir" 2>/dev/null | awk 'END { print $4 }')
    fact free "$dir" "$free"
done

if command -v virsh >/dev/null 2>&1; then
    fact hypervisor yes
    if guests=$(limited 30 virsh list --name 2>/dev/null); then
        printf '%s\n' "$guests" | while IFS= read -r guest; do [ -z "$guest" ] || fact guest "$guest"; done
    else
        # libvirt does not answer; its guests are processes all the same.
        for entry in /proc/[0-9]*; do
            case $(cat "$entry/comm" 2>/dev/null || :) in
            qemu* | kvm) fact guest "process ${entry#/proc/} of qemu" ;;
            esac
        done
    fi
fi

# --- arakoon -------------------------------------------------------------------------------------

show_arakoon() {
    cluster=$1 file=$config/arakoon/$1/$1.cfg members=''
    cacc=$config/arakoon_cacc.ini
    case $cluster in
    config | cacc) [ ! -r "$cacc" ] || file=$cacc ;;
    esac
    if [ -r "$file" ]; then
        where=$file
        members=$(sed -n 's/^[[:space:]]*cluster[[:space:]]*=[[:space:]]*//p' "$file" | head -n 1)
    else
        where="arakoon://config/ovs/arakoon/$cluster/config?ini=%2Fopt%2FOpenvStorage%2Fconfig%2Farakoon_cacc.ini"
    fi
    if master=$(limited 15 arakoon --who-master -config "$where" 2>&1); then
        fact arakoon "$cluster" "$where" "$members" master "$(printf '%s\n' "$master" | tail -n 1)"
    else
        fact arakoon "$cluster" "$where" "$members" none "$(printf '%s\n' "$master" | tail -n 1)"
    fi
}

case $init in
upstart)
    for file in /etc/init/ovs-arakoon-*.conf; do
        name=${file##*/ovs-arakoon-}
        [ ! -e "$file" ] || show_arakoon "${name%.conf}"
    done
    ;;
systemd)
    systemctl list-unit-files 'ovs-arakoon-*' --no-legend 2>/dev/null | while IFS= read -r line; do
        name=${line%%.service *}
        [ "$name" = "$line" ] || show_arakoon "${name#ovs-arakoon-}"
    done
    ;;
esac

# The counters of generation A lie open; later ones are kept in the configuration store (dossier 4.4).
if [ -r "$config/ovs.json" ] && command -v python >/dev/null 2>&1; then
    limited 15 python -c '
import json, sys
for name, count in sorted(json.load(open(sys.argv[1])).get("core", {}).get("versions", {}).items()):
    sys.stdout.write("counter\t%s\t%s\n" % (name, count))' "$config/ovs.json" 2>/dev/null || :
fi
