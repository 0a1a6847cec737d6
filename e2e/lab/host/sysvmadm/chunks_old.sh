
# Runs a worker for each id, some at a time: chunk after chunk, not as places become free.
in_chunks() {
    local worker=$1 id pid busy
    shift
    local pids=() unfinishedPids=0
    [ "$maxthreads" -le $# ] || maxthreads=$#
    for id in "$@"; do
        "$worker" "$id" &
        pids+=($!)
        unfinishedPids=$((unfinishedPids + 1))
        [ "$unfinishedPids" -eq "$maxthreads" ] || continue
        busy=yes
        while [ -n "$busy" ]; do
            sleep 10
            busy=
            for pid in "${pids[@]}"; do
                # Found in any line of ps, not only in the column of numbers.
                ! ps ax | grep -v grep | grep -q "$pid" || busy=yes
            done
        done
        pids=()
        unfinishedPids=0
    done
    # Nothing in here changes the number: a last chunk that is not full is waited for for ever.
    while [ "$unfinishedPids" -gt 0 ]; do
        sleep 10
    done
}
