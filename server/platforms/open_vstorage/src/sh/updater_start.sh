# Starts the cluster's own updater, on this one node. $1: what it is to update, as the command takes it.
# The command hands the work to at and returns at once (dossier 3.2): that it ends well says nothing of the update.

mkdir -p "$kept"
chmod 0700 "$kept"
# Made whole and put in place only if there is none: nobody starts a second one by this road.
record=$(mktemp "$kept/launch.XXXXXX")
trap 'rm -f "$record"' EXIT
{
    echo "at $(date +%s)"
    log_sizes
} >"$record"
ln "$record" "$kept/launch" || {
    echo "the updater was started already: it is not started again" >&2
    exit 65
}
echo "ovs update $1"
ovs update "$1"
echo "handed over" >>"$kept/launch"
