
note() {
    echo "[$(date +%Y.%m.%d-%H.%M.%S)] $*" >>"$logfile"
}

query() {
    mysql -h "$db" --user="$user" --password="$password" --skip-column-names -U cloud -e "$1"
}

ask() {
    curl -sS "http://$ms:8096/?command=$1&response=json"
}

# The value of a field of an answer; of several of one name the last.
field() {
    sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"
}

submit() {
    ask "$1&id=$2" | field jobid
}

# Waits for a job and prints its status.
follow() {
    local status
    while :; do
        status=$(ask "queryAsyncJobResult&jobId=$1" | field jobstatus)
        [ "$status" = 0 ] || break
        sleep 5
    done
    printf '%s' "$status"
}
