# Looks at one node and changes nothing. Prints one fact a line: a word and its fields, with tabs between them.
# Runs as root. $1 …: see look_kept.sh.

run_dirs='/opt/OpenvStorage/run /opt/asd-manager/run /opt/alba-asdmanager/run'
config=/opt/OpenvStorage/config

# --- what the node is ----------------------------------------------------------------------------

comm=''
[ ! -r /proc/1/comm ] || read -r comm </proc/1/comm || :
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
    [ -s "$file" ] || continue
    read -r id <"$file" || :
    fact id "${file##*/}" "$id"
done
if [ -r "$config/ovs.json" ]; then
    role=$(tr -d '\n' <"$config/ovs.json" | sed -n 's/.*"nodetype"[[:space:]]*:[[:space:]]*"\([A-Z]*\)".*/\1/p')
    [ -z "$role" ] || fact role "$role"
fi
for address in $(hostname -I 2>/dev/null || :) $(ip -o addr 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }'); do
    fact address "$address"
done

# --- services ------------------------------------------------------------------------------------
#
# There are dozens of them on each of up to a hundred nodes, which are looked at again and again: a process for each, or a
# shell that reads byte by byte, is most of what a look costs. So a list of all goes through one awk.

# One unit a line: name, manager, enabled, state, pid, required, hook. Prints its facts, with what lies in files about it:
# whether its hook kills, whether it was Drydock who stopped it, and what it says that it runs.
tell_units='
    function clean(text) { gsub(/[\t\n]/, " ", text); return text }
    function is_there(file,    line, found) { found = (getline line < file) >= 0; close(file); return found }
    function kills(hook,    file, line, found) {
        if (hook ~ /kill/) return "yes"
        if (!match(hook, /path=\/[^ ]*/)) return "no"
        file = substr(hook, RSTART + 5, RLENGTH - 5)
        found = "no"
        while ((getline line < file) > 0) if (line ~ /kill/) found = "yes"
        close(file)
        return found
    }
    # Short and usually one line.
    function tell_run(name, file,    line, said) {
        if ((getline line < file) < 0) return
        said = line
        while (length(said) < 1000 && (getline line < file) > 0) said = said " " line
        close(file)
        print "run\t" name "\t" clean(said)
    }
    BEGIN { FS = "\t"; places = split(ENVIRON["RUN_DIRS"], dir, " ") }
    {
        ours = is_there(ENVIRON["STOPPED"] "/" $1) ? "yes" : "no"
        print "unit\t" clean($1) "\t" $2 "\t" $4 "\t" $5 "\t" $3 "\t" kills($7) "\t" $6 "\t" ours
        for (at = 1; at <= places; at++) {
            tell_run($1, dir[at] "/" $1 ".version")
            if ($1 ~ /^ovs-/) tell_run($1, dir[at] "/" substr($1, 5) ".version")
        }
    }'

show_unit() {
    printf '%s\t%s\t%s\t%s\t%s\t\t\n' "$name" "$manager" "$enabled" "$state" "$pid"
}

# $jobs: what upstart said of all its jobs. One that it does not name there is asked for.
show_upstart() {
    name=$1 manager=upstart enabled=yes pid=''
    case $newline$jobs in
    *"$newline$name "*)
        said=$newline$jobs
        said="$name ${said#*"$newline$name "}"
        ;;
    *) said=$(status "$name" 2>&1) || : ;;
    esac
    said=${said%%"$newline"*}
    state=${said#"$name" }
    state=${state%%,*}
    # An instance of a job stands in brackets.
    case $state in
    '('*') '*) state=${state#*') '} ;;
    esac
    case $said in
    *', process '*)
        pid=${said##*, process }
        pid=${pid%%[!0-9]*}
        ;;
    esac
    [ ! -e "/etc/init/$name.override" ] || ! grep -qx 'manual' "/etc/init/$name.override" || enabled=no
    show_unit
}

show_sysv() {
    name=$1 manager=sysv enabled=yes pid='' code=0
    service "$name" status >/dev/null 2>&1 || code=$?
    case $code in
    0) state=active ;;
    1 | 2 | 3) state=inactive ;;
    *) state="status ends with $code" ;;
    esac
    [ ! -r "/var/run/$name.pid" ] || read -r pid <"/var/run/$name.pid" || :
    show_unit
}

list_upstart() {
    jobs=$(initctl list 2>/dev/null) || jobs=''
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
}

# $listed: see below. Names that no unit can have are told, but not asked for: whoever reads this refuses them. All others
# go into one question, being arguments one by one. The answers come in the same order, with an empty line between them.
list_systemd() {
    {
        [ -z "$names" ] ||
            systemctl show -p ActiveState -p MainPID -p RequiredBy -p ExecStopPost $names 2>/dev/null
    } | LISTED=$listed awk '
        BEGIN {
            lines = split(ENVIRON["LISTED"], line, "\n")
            for (at = 1; at <= lines; at++) {
                split(line[at], part, "\t")
                if (part[1] == "usable") { name[++count] = part[3]; enabled[count] = part[2] }
                else if (part[1] != "") print part[3] "\tsystemd\t" part[2] "\tunknown\t\t\t"
            }
            at = 1
            fresh()
        }
        function fresh() { state = "unknown"; pid = required = hook = "" }
        function tell() {
            print name[at] "\tsystemd\t" enabled[at] "\t" state "\t" pid "\t" required "\t" hook
            at++
            fresh()
        }
        { value = substr($0, index($0, "=") + 1); gsub(/\t/, " ", value) }
        /^$/ { tell(); next }
        /^ActiveState=/ { state = value }
        /^MainPID=/ { pid = value }
        /^RequiredBy=/ { required = value }
        /^ExecStopPost=/ { hook = value }
        END { while (at <= count) tell() }'
}

names=''
case $init in
upstart)
    for file in /etc/init/ovs-*.conf; do
        [ ! -e "$file" ] || { name=${file##*/} && names="$names ${name%.conf}"; }
    done
    ;;
systemd)
    listed=$(systemctl list-unit-files 'ovs-*' 'alba-*' 'asd-*' 'memcached*' --no-legend 2>/dev/null | awk '
        match($0, /\.service +/) {
            name = substr($0, 1, RSTART - 1)
            if (name ~ /@$/) next
            is_off = substr($0, RSTART + RLENGTH) ~ /^(disabled|masked)/
            print (name ~ /^[A-Za-z0-9:_.\\-]*$/ ? "usable" : "odd") "\t" (is_off ? "no" : "yes") "\t" name
        }' || :)
    names=$(printf '%s\n' "$listed" | sed -n "s/^usable$tab[a-z]*$tab//p")
    ;;
esac
case $init in
upstart) list_upstart ;;
systemd) list_systemd ;;
esac | RUN_DIRS=$run_dirs STOPPED=$kept/processes awk "$tell_units"

vpools='' clusters=''
for name in $names; do
    case $name in
    ovs-volumedriver_*) vpools="$vpools ${name#ovs-volumedriver_}" ;;
    ovs-arakoon-*) clusters="$clusters ${name#ovs-arakoon-}" ;;
    esac
done

# --- who has what open ---------------------------------------------------------------------------

# Of what every process has open, what is below a mount or belongs to the packages: pid and path.
opened=$(ls -l /proc/[0-9]*/fd /proc/[0-9]*/cwd 2>/dev/null | awk '
    function tell(pid, path) {
        if (path !~ /^\/mnt\// && path !~ /^\/var\/(lib\/(dpkg|apt|rpm)|cache\/apt)\// && path != "/var/run/yum.pid") return
        if (count++ < 500) print pid "\t" path
    }
    /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
    { at = index($0, " -> ") }
    at == 0 { next }
    $0 ~ / \/proc\/[0-9]+\/cwd -> / {
        split(substr($0, index($0, "/proc/")), part, "/")
        tell(part[3], substr($0, at + 4))
        next
    }
    { tell(pid, substr($0, at + 4)) }' || :)

# The processes that have something open at $1 or below it, one a line.
users_below() {
    [ -z "$opened" ] || printf '%s\n' "$opened" | BELOW=$1 awk -F '\t' '
        $2 == ENVIRON["BELOW"] || index($2, ENVIRON["BELOW"] "/") == 1 { print $1 }'
    # These see what is mapped, too; fuser in a fifth of the time. A mount that hangs must not hold up the look.
    if command -v fuser >/dev/null 2>&1; then
        limited 20 fuser -m "$1" 2>/dev/null | tr -s ' ' '\n' || :
    elif command -v lsof >/dev/null 2>&1; then
        limited 20 lsof -t +f -- "$1" 2>/dev/null || :
    fi
}

mounts=''
[ -z "$vpools" ] || mounts=$(VPOOLS=" $vpools " awk '
    { name = $2; sub(/^\/mnt\//, "", name) }
    index(ENVIRON["VPOOLS"], " " name " ") { print $2 }' /proc/mounts)
for mount in $mounts; do
    fact mount "$mount"
    users=$(users_below "$mount" | sort -un | head -n 50)
    for pid in $users; do
        [ ! -d "/proc/$pid" ] || fact mount_user "$mount" "$(cat "/proc/$pid/comm" 2>/dev/null || :) $pid"
    done
done

tell_package_locks() {
    set --
    for lock in /var/lib/dpkg/lock /var/lib/dpkg/lock-frontend /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
        /var/lib/rpm/.rpm.lock /var/run/yum.pid; do
        [ ! -e "$lock" ] || set -- "$@" "$lock"
    done
    # All in one question: usually nobody holds any.
    held=no
    if [ $# -gt 0 ] && command -v fuser >/dev/null 2>&1 && limited 20 fuser "$@" >/dev/null 2>&1; then held=yes; fi
    for lock do
        holders=''
        [ -z "$opened" ] || holders=$(printf '%s\n' "$opened" | awk -F '\t' -v lock="$lock" '$2 == lock { print $1 }')
        [ "$held" = no ] || holders="$holders $(limited 20 fuser "$lock" 2>/dev/null || :)"
        [ "$lock" != /var/run/yum.pid ] || holders="$holders $(tr -cs 0-9 ' ' <"$lock" 2>/dev/null || :)"
        for pid in $holders; do
            [ ! -d "/proc/$pid" ] || fact package_lock "$(cat "/proc/$pid/comm" 2>/dev/null || :) (process $pid) has $lock"
        done
    done
}
tell_package_locks

# --- others at work, room, guests ----------------------------------------------------------------

for file in /etc/ready_for_upgrade /etc/upgrade_ongoing /etc/update_ongoing; do
    [ ! -e "$file" ] || fact flag "$file"
done
updater_jobs | head -n 20 | while IFS= read -r line; do fact at_job "$line"; done
{ updater_processes; updater_lock; } | head -n 20 | while IFS= read -r line; do fact updater "$line"; done

tell_room() {
    set --
    for dir in / /var /opt; do
        [ ! -d "$dir" ] || set -- "$@" "$dir"
    done
    # One line for each, in this order; the first is the head.
    df -Pk "$@" 2>/dev/null | awk -v asked="$*" '
        BEGIN { split(asked, dir, " ") }
        NR > 1 { print "free\t" dir[NR - 1] "\t" $4 }' || :
}
tell_room

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
        fact arakoon "$cluster" "$where" "$members" master "${master##*"$newline"}"
    else
        fact arakoon "$cluster" "$where" "$members" none "${master##*"$newline"}"
    fi
}

for cluster in $clusters; do show_arakoon "$cluster"; done

# The counters of generation A lie open; later ones are kept in the configuration store (dossier 4.4).
if [ -r "$config/ovs.json" ] && command -v python >/dev/null 2>&1; then
    limited 15 python -c '
import json, sys
for name, count in sorted(json.load(open(sys.argv[1])).get("core", {}).get("versions", {}).items()):
    sys.stdout.write("counter\t%s\t%s\n" % (name, count))' "$config/ovs.json" 2>/dev/null || :
fi
