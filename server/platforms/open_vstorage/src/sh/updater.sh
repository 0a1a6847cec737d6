# Functions that tell whether the cluster's own updater is at work on this node (dossier 3.1, 3.2).

# The words by which its processes and its jobs are known, in all generations.
is_updater() {
    case $1 in
    # The questions of Drydock carry these words in their own text.
    *drydock*) return 1 ;;
    *UpdateController* | *SetupController*update* | *ovs.lib.update* | *execute_update*) return 0 ;;
    *'ovs update '* | *'ovs local_update '* | */tmp/update*) return 0 ;;
    *) return 1 ;;
    esac
}

# One line for each process of it.
updater_processes() {
    # A shell reads byte by byte, and each process of this very question has all of its text among its words: so only what
    # can be an updater comes that far.
    { ps -eo pid=,args= 2>/dev/null || ps -o pid,args 2>/dev/null || :; } | awk '
        !/drydock/ && /[Uu]pdate/' | while read -r pid words; do
        ! is_updater "$words" || printf '%s (process %s)\n' "$(printf '%s' "$words" | cut -c 1-160)" "$pid"
    done
}

# One line for each of its jobs that wait in the queue of at. The stock page makes short jobs of its own there (1.3, P7).
updater_jobs() {
    command -v atq >/dev/null 2>&1 || return 0
    atq 2>/dev/null | while read -r job rest; do
        case $job in
        '' | *[!0-9]*) continue ;;
        esac
        text=$(at -c "$job" 2>/dev/null | tail -n 5 | tr '\n' ' ') || text=''
        ! is_updater "$text" || printf 'job %s of at: %s\n' "$job" "$rest"
    done
}

# One line when somebody holds its lock.
updater_lock() {
    lock=/var/lock/ovs_flock_system_update
    [ -e "$lock" ] && command -v flock >/dev/null 2>&1 || return 0
    flock -n "$lock" true 2>/dev/null || echo "$lock is held"
}
