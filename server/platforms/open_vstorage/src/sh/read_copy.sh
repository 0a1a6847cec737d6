# Prints a kept copy: mode, owner and group on one line, then the file as it is. Nothing of it goes anywhere else.
# $1: SHA-256; $2: path; $3: the most bytes.

copy=$kept/files/$1/${2##*/}
size=$(stat -c %s "$copy")
[ "$size" -le "$3" ] || {
    echo "$2 has $size bytes; at most $3 are taken" >&2
    exit 66
}
stat -c '%a %U %G' "$copy"
cat "$copy"
