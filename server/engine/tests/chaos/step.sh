# One step: its number of rounds is $3. Writes what it really does to $2, which no reboot takes away.
spool=${PWD%/work} spool=${spool##*/}
read -r boot </proc/sys/kernel/random/boot_id
echo "$1 $spool $(uname -n) $boot" >>"$2/starts"
: >>"$2/marker"
busy=$2/busy-$boot
mkdir "$busy" || echo "$1 $spool" >>"$2/overlaps"
round=0
while [ "$round" -lt "$3" ]; do
    line=0
    while [ "$line" -lt 20 ]; do
        echo "$1 says $round.$line"
        echo "$1 complains $round.$line" >&2
        line=$((line + 1))
    done
    round=$((round + 1))
    echo "$round" >>"$2/rounds-$spool"
    sleep 0.1
done
rmdir "$busy"
echo "$1 $spool" >>"$2/ends"
