
# Runs a worker for each id, some at a time.
in_chunks() {
    local worker=$1 id running=0
    shift
    [ "$maxthreads" -le $# ] || maxthreads=$#
    for id in "$@"; do
        "$worker" "$id" &
        running=$((running + 1))
        [ "$running" -lt "$maxthreads" ] || {
            wait
            running=0
        }
    done
    wait
}
