# Tells whether the start of the updater went through.

[ -e "$kept/launch" ] || {
    echo "it was not started"
    exit 1
}
grep -qx 'handed over' "$kept/launch" || {
    echo "it was begun to be started, and the command has not come back"
    exit 10
}
echo "it was handed over to the updater"
