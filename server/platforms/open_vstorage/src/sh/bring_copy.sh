# Puts a copy where copies are kept on this node. It comes in COPY_1, COPY_2 …, each in base64: in no argument and no file.
# $1: SHA-256; $2: path; $3: mode; $4: owner; $5: group; $6: how many parts.

umask 077
place=$kept/files/$1
mkdir -p "$place"
trap 'rm -f "$place/.new"' EXIT
: >"$place/.new"
part=1
while [ "$part" -le "$6" ]; do
    # The number is our own count: nothing of the copy is ever read as a command.
    eval "printf '%s' \"\$COPY_$part\"" | base64 -d >>"$place/.new"
    part=$((part + 1))
done
now=$(sha256sum <"$place/.new" | cut -d ' ' -f 1)
[ "$now" = "$1" ] || {
    echo "what has come is not the copy of $2 that was sealed" >&2
    exit 64
}
chown "$4:$5" "$place/.new" || echo "$4 and $5 are not known here: the copy stays root's" >&2
# After the owner: a change of owner takes away what a mode may give to others.
chmod "$3" "$place/.new"
mv -f "$place/.new" "$place/${2##*/}"
remember_path "$place" "$2"
echo "the copy of $2 is back as $place/${2##*/}"
