# Tells which of the files that were changed by hand are still as they were. Two words for each: SHA-256 and path.
# Always holds: what is to be patched again is for people to decide.

replaced=0
while [ $# -ge 2 ]; do
    if [ ! -e "$2" ]; then
        now='is gone'
    elif [ "$(sha256sum <"$2" | cut -d ' ' -f 1)" = "$1" ]; then
        now=''
    else
        now='was replaced by the package'
    fi
    [ -z "$now" ] || {
        echo "$2 $now; yours is $kept/files/$1/${2##*/}"
        replaced=$((replaced + 1))
    }
    shift 2
done
[ "$replaced" -gt 0 ] || echo "all of them are as they were"
