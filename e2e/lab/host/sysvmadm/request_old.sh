
note() {
    echo "[$(date +%Y.%m.%d-%H.%M.%S)] $*" >>"$logfile"
}

query() {
    mysql -h "$db" --user="$user" --password="$password" --skip-column-names -U cloud -e "$1"
}

ask() {
    curl -sS "http://$ms:8096/?command=$1&response=json"
}

# The job of an answer: what stands between the second and the third colon.
submit() {
    ask "$1&id=$2" | sed 's/["{} ]//g' | awk -F: {'print $3'}
}

# Waits for a job and prints its status: the fourth field of the answer, whatever that is.
follow() {
    local status
    while :; do
        status=$(ask "queryAsyncJobResult&jobId=$1" | sed 's/["{} ]//g' |
            awk -F, {'print $4'} | awk -F: {'print $2'})
        [ "$status" = 0 ] || break
        sleep 5
    done
    printf '%s' "$status"
}
