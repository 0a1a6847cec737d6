# Copies files that were changed by hand to where no package reaches them. Two words for each: SHA-256 and path.
# A copy lies under its checksum, so that none is ever overwritten.

umask 077
mkdir -p "$kept/files"
while [ $# -ge 2 ]; do
    now=$(sha256sum <"$2" | cut -d ' ' -f 1)
    [ "$now" = "$1" ] || {
        echo "$2 was changed since the plan was made: look again" >&2
        exit 64
    }
    place=$kept/files/$1
    mkdir -p "$place"
    cp -p "$2" "$place/${2##*/}"
    remember_path "$place" "$2"
    echo "$1  $2  is kept as $place/${2##*/}"
    shift 2
done
