# --- files that were changed by hand, and kept ---------------------------------------------------

# $1: SHA-256; $2: path; $3: whether the copy is on this node; $4: since when.
tell_kept() {
    now=$({ sha256sum <"$2"; } 2>/dev/null | cut -d ' ' -f 1) || now=''
    if [ "$now" = "$1" ]; then same=yes; else same=no; fi
    fact kept "$2" "$1" "$same" "$3" "$4"
}

for from in "$kept"/files/*/.from; do
    [ -r "$from" ] || continue
    sum=${from%/.from}
    sum=${sum##*/}
    age=$(stat -c %Y "$from")
    while IFS= read -r path; do
        ! is_kept "$sum" "$path" || tell_kept "$sum" "$path" here "$age"
    done <"$from"
done
# $1 …: SHA-256 and path of each copy in Drydock's own store.
while [ $# -ge 2 ]; do
    is_kept "$1" "$2" || tell_kept "$1" "$2" away ''
    shift 2
done
