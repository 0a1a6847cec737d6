# Puts files back that were changed by hand. Two words for each: SHA-256 of the copy and path.
# What is there now is kept as well, and the file changes in one step: nobody ever reads half of it.

while [ $# -ge 2 ]; do
    copy=$kept/files/$1/${2##*/}
    now=$(sha256sum <"$copy" | cut -d ' ' -f 1)
    [ "$now" = "$1" ] || {
        echo "the copy $copy is not what it was: nothing is put back" >&2
        exit 64
    }
    if [ -e "$2" ]; then
        there=$(sha256sum <"$2" | cut -d ' ' -f 1)
        umask 077
        mkdir -p "$kept/replaced/$there"
        cp -p "$2" "$kept/replaced/$there/${2##*/}"
        echo "what was there is kept as $kept/replaced/$there/${2##*/}"
    fi
    cp -p "$copy" "$2.drydock-new"
    mv -f "$2.drydock-new" "$2"
    echo "$2 is back"
    shift 2
done
