# Put in front of every script: the same words and programs whoever logs in.

PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

# Where Drydock keeps what outlives a script. Not below /tmp, where anybody could have made it before.
kept=/var/lib/drydock-ovs

# Runs a command that may hang for at most $1 seconds.
limited() {
    if command -v timeout >/dev/null 2>&1; then
        timeout "$@"
    else
        shift
        "$@"
    fi
}
