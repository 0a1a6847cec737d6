# Put in front of every look: the same words and programs whoever logs in. Nothing here changes anything.

PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

# Free kibibytes where each of these directories is; those that are not there are left out.
show_room() {
    for dir do
        [ -d "$dir" ] || continue
        free=$(df -Pk "$dir" 2>/dev/null | awk 'END { print $4 }')
        fact free "$dir" "$free"
    done
}

# Those of these programs that are not there.
show_missing() {
    for program do
        command -v "$program" >/dev/null 2>&1 || fact missing "$program"
    done
}
