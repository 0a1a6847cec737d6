# Tells whether everything that will be installed lies ready on the node.

words=''
while [ $# -ge 3 ]; do
    [ "$(version_of "$1")" = "$3" ] || words="$words $1 $3"
    shift 3
done
[ -n "$words" ] || {
    echo "everything is installed already"
    exit 0
}
case $packages in
apt)
    set -- $words
    words=''
    while [ $# -ge 2 ]; do
        words="$words $1=$2"
        shift 2
    done
    missing=$(apt_get -qq --print-uris install $words) || {
        echo "apt-get cannot install$words"
        exit 1
    }
    # What lies on the node itself is not fetched; it is named all the same.
    missing=$(printf '%s\n' "$missing" | grep -v "^'file:" || :)
    [ -z "$missing" ] || {
        echo "not fetched yet: $(printf '%s\n' "$missing" | sed "s/' .*//; s/.*\///" | tr '\n' ' ')"
        exit 1
    }
    ;;
yum)
    set -- $words
    while [ $# -ge 2 ]; do
        found=$(find /var/cache/yum -name "$1-*.rpm" 2>/dev/null | grep -cF -- "${2#*:}" || :)
        [ "$found" -gt 0 ] || {
            echo "not fetched yet: $1 $2"
            exit 1
        }
        shift 2
    done
    ;;
esac
echo "everything lies ready"
