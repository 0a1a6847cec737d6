# Tells what has become of the updater that was started here. Follows updater.sh, updater_log.sh and package.sh, whose
# words it gets: what must be installed on this node afterwards.
# 0: it has ended and this node is new. 10: it works. 20: it failed, or is gone and this node is old. 1: nothing is at
# work, and nothing has said how it ended; shortly after the start that may still come.

[ -e "$kept/launch" ] || {
    echo "nobody has started it here"
    exit 20
}
begun=$(sed -n 's/^at //p' "$kept/launch")
passed=$(($(date +%s) - begun))
words=$(written_since | tail -n 2000)
last=$(printf '%s\n' "$words" | sed '/^[[:space:]]*$/d' | tail -n 1 | cut -c 1-300)
marker=$(printf '%s\n' "$words" | grep -F '+++' | tail -n 1 | cut -c 1-300 || :)

working=$(updater_processes; updater_jobs; updater_lock)
[ -z "$working" ] || {
    echo "it works, for $passed s now; last line: $last"
    exit 10
}
old=''
while [ $# -ge 3 ]; do
    now=$(version_of "$1")
    [ "$now" = "$3" ] || old="$old $1 is ${now:-not installed}, not $3;"
    shift 3
done
case $marker in
*[Ff]ail* | *[Aa]bort* | *[Ee]rror*)
    echo "it says that it failed: $marker"
    exit 20
    ;;
*[Ff]inish*) ;;
*)
    # Between two of its processes there is a moment without any.
    [ "$passed" -ge 120 ] || {
        echo "it was started $passed s ago and has not said how it ended"
        exit 1
    }
    [ -z "$old" ] || {
        echo "it is gone without a word about its end;$old last line: $last"
        exit 20
    }
    ;;
esac
[ -z "$old" ] || {
    echo "it has ended, but$old last line: $last"
    exit 20
}
echo "it has ended, and the packages of this node are new; last line: $last"
