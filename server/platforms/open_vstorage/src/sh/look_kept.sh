# --- files that were changed by hand, and kept ---------------------------------------------------

for from in "$kept"/files/*/.from; do
    [ -r "$from" ] || continue
    sum=${from%/.from}
    sum=${sum##*/}
    path=$(head -n 1 "$from")
    now=$(sha256sum 2>/dev/null <"$path" | cut -d ' ' -f 1) || now=''
    if [ "$now" = "$sum" ]; then same=yes; else same=no; fi
    fact kept "$path" "$sum" "$same"
done
