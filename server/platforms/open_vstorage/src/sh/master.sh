# Tells whether an arakoon cluster has a master. $1: its name, $2: what arakoon takes after -config.

if master=$(limited 15 arakoon --who-master -config "$2" 2>&1); then
    echo "the master of $1 is $(printf '%s\n' "$master" | tail -n 1)"
else
    echo "$1 has no master: $(printf '%s\n' "$master" | tail -n 1)"
    exit 1
fi
