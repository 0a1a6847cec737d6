# Tells whether the unit is stopped, and nothing of it is left.

state=$(state_of "$unit")
case $state in
stopped | failed) ;;
*)
    echo "$unit is $state"
    exit 1
    ;;
esac
left=$(left_over "$@")
[ -z "$left" ] || {
    echo "$unit is stopped, but still there is $(printf '%s' "$left" | tr '\n' ' ')"
    exit 1
}
for word do
    case $word in
    mount=*) ! is_mounted "${word#mount=}" || {
        echo "$unit is stopped, but ${word#mount=} is still mounted: somebody may have a file open there"
        exit 1
    } ;;
    listen=*) ! is_listening "${word#listen=}" || {
        echo "$unit is stopped, but somebody still listens on its port"
        exit 1
    } ;;
    esac
done
echo "$unit is stopped"
