# Tells whether the unit runs, with the new program, and with all that belongs to it.

state=$(state_of "$unit")
[ "$state" = running ] || {
    echo "$unit is $state"
    exit 1
}
why=$(stale "$@")
[ -z "$why" ] || {
    echo "$unit runs, but $(printf '%s' "$why" | tr '\n' ';')"
    exit 1
}
wants_port=no listens=no
for word do
    case $word in
    mount=*) is_mounted "${word#mount=}" || {
        echo "$unit runs, but ${word#mount=} is not mounted yet"
        exit 1
    } ;;
    listen=*)
        wants_port=yes
        ! is_listening "${word#listen=}" || listens=yes
        ;;
    also=*)
        other=$(state_of "${word#also=}")
        [ "$other" = running ] || {
            echo "$unit runs, but ${word#also=} is $other"
            exit 1
        }
        ;;
    esac
done
[ "$wants_port" = "$listens" ] || {
    echo "$unit runs, but does not listen yet"
    exit 1
}
echo "$unit runs${pid:+, process $pid}"
