# Functions about copies of files: each lies under its checksum, with the paths it was taken from beside it.

# $1: directory of the copy; $2: path. Files in several places may hold the same. When it was last so is the file's age.
remember_path() {
    grep -qxF -- "$2" "$1/.from" 2>/dev/null || printf '%s\n' "$2" >>"$1/.from"
    touch "$1/.from"
}

# $1: SHA-256; $2: path. Whether the copy is there and whole.
is_kept() {
    found=$({ sha256sum <"$kept/files/$1/${2##*/}"; } 2>/dev/null | cut -d ' ' -f 1) || found=''
    [ "$found" = "$1" ]
}
