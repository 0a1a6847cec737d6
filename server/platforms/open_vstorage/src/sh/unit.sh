# Functions about one unit. $1: upstart, sysv or systemd; $2: its name; the rest, in any order:
#   package=name=version   what it must run: it has to be younger than the package, and to say this version
#   newer=name             it has to be younger than this package
#   mount=/mnt/vpool1      what it mounts
#   listen=0100007F:2BCB   where it listens, as /proc/net/tcp writes it; any one of several
#   words=a,b              what the command line of its processes holds
#   also=unit              what must run beside it

manager=$1 unit=$2
shift 2

# Prints one word: running, stopped, failed, starting, or what it is called there.
state_of() {
    case $manager in
    upstart)
        said=$(status "$1" 2>&1 | head -n 1) || :
        case $said in
        *' start/running'*) echo running ;;
        *' stop/waiting'*) echo stopped ;;
        *' start/'*) echo starting ;;
        *) printf '%s\n' "$said" ;;
        esac
        ;;
    sysv)
        code=0
        service "$1" status >/dev/null 2>&1 || code=$?
        case $code in
        0) echo running ;;
        1 | 2 | 3) echo stopped ;;
        *) echo "status ends with $code" ;;
        esac
        ;;
    systemd)
        said=$(systemctl is-active "$1" 2>/dev/null || :)
        case $said in
        active) echo running ;;
        inactive) echo stopped ;;
        activating) echo starting ;;
        *) printf '%s\n' "${said:-unknown}" ;;
        esac
        ;;
    esac
}

# The main process; nothing when there is none.
pid_of() {
    case $manager in
    upstart) status "$1" 2>/dev/null | sed -n 's/.*, process \([0-9]*\).*/\1/p' | head -n 1 ;;
    sysv) cat "/var/run/$1.pid" 2>/dev/null || pidof "$1" 2>/dev/null | cut -d ' ' -f 1 || : ;;
    systemd) systemctl show "$1" -p MainPID 2>/dev/null | sed -n 's/^MainPID=\([1-9][0-9]*\)$/\1/p' ;;
    esac
}

# When a process was started, in clock ticks since the host was; nothing when it is gone.
ticks_of() {
    [ -n "$1" ] && stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # The name, in parentheses, may hold anything.
    set -- ${stat##*) }
    # One that has ended, and only waits for its parent to take notice, is gone.
    case $1 in
    Z | X) ;;
    *) echo "${20}" ;;
    esac
}

# The same in seconds since 1970.
started_at() {
    ticks=$(ticks_of "$1")
    [ -n "$ticks" ] || return 0
    boot=$(sed -n 's/^btime //p' /proc/stat)
    echo $((boot + ticks / $(getconf CLK_TCK 2>/dev/null || echo 100)))
}

# When a package was installed, in seconds since 1970; nothing when that cannot be told.
installed_at() {
    if command -v dpkg-query >/dev/null 2>&1; then
        for list in /var/lib/dpkg/info/"$1".list /var/lib/dpkg/info/"$1":*.list; do
            [ ! -e "$list" ] || stat -c %Y "$list"
        done | head -n 1
    else
        rpm -q --qf '%{INSTALLTIME}\n' "$1" 2>/dev/null | tail -n 1
    fi
}

# Versions of packages and of programs are written differently (dossier 4.3): 1.5.22-1, ee-6.16.6, 1:6.16.6-0.
plain_version() {
    printf '%s\n' "$1" | sed 's/^ee-//; s/^[0-9]*://; s/-.*//'
}

# What the service itself wrote down at its start about a package; nothing where it wrote nothing (dossier 3.1).
told_version() {
    for dir in /opt/OpenvStorage/run /opt/asd-manager/run /opt/alba-asdmanager/run; do
        for file in "$dir/$unit.version" "$dir/${unit#ovs-}.version"; do
            [ -r "$file" ] || continue
            tr ';' '\n' <"$file" | while IFS= read -r line || [ -n "$line" ]; do
                case $line in
                "$1"=*) echo "${line#*=}" ;;
                *=* | '') ;;
                # Generation A writes the version alone.
                *) echo "$line" ;;
                esac
            done | head -n 1
            return 0
        done
    done
}

# Prints what is old about the running service; nothing when it is as new as its packages.
stale() {
    pid=$(pid_of "$unit")
    for word do
        case $word in
        package=*) name=${word#package=} wanted=${word##*=} ;;
        newer=*) name=${word#newer=} wanted='' ;;
        *) continue ;;
        esac
        name=${name%%=*}
        installed=$(installed_at "$name")
        begun=$(started_at "$pid")
        # Both clocks count whole seconds.
        if [ -n "$installed" ] && [ -n "$begun" ] && [ "$begun" -lt $((installed - 1)) ]; then
            echo "it was started before $name was installed"
        fi
        [ -n "$wanted" ] || continue
        told=$(told_version "$name")
        case $told in
        '') ;;
        *-reboot) echo "it says itself that it has to be restarted for $name" ;;
        *)
            [ "$(plain_version "$told")" = "$(plain_version "$wanted")" ] ||
                echo "it says that it runs $name $told, not $wanted"
            ;;
        esac
    done
}

# What is left in memory although the unit is stopped.
left_over() {
    if read -r pid ticks 2>/dev/null <"$kept/processes/$unit" && [ -n "$ticks" ] &&
        [ "$(ticks_of "$pid")" = "$ticks" ]; then
        echo "process $pid"
    fi
    for word do
        case $word in words=*) ;; *) continue ;; esac
        wanted=${word#words=}
        # The shell reads byte by byte, and this very question is among the processes with all of its text.
        { ps -eo pid=,args= 2>/dev/null || ps -o pid,args 2>/dev/null || :; } | FIRST=${wanted%%,*} awk '
            !/drydock/ && index($0, ENVIRON["FIRST"])' | while read -r pid line; do
            if has_words "$line" "$wanted"; then echo "process $pid"; fi
        done
    done
}

# Whole words only: vpool1 is not vpool10 and not vpool1-b.
has_words() {
    rest=$2,
    while [ -n "$rest" ]; do
        one=${rest%%,*} rest=${rest#*,}
        case " $1 " in
        *[!A-Za-z0-9_-]"$one"[!A-Za-z0-9_-]*) ;;
        *) return 1 ;;
        esac
    done
}

is_mounted() {
    while read -r device mount type; do
        [ "$mount" != "$1" ] || return 0
    done </proc/mounts
    return 1
}

# 0A: listening.
is_listening() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v wanted="$1" '$2 == wanted && $4 == "0A" { found = 1 } END { exit !found }'
}
