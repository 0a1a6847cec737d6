# Functions for what needs the database of the management server. Put in front of other scripts.
# Passwords live in shell variables and in files of mode 0600, never in the arguments of a process.

properties=/etc/cloudstack/management/db.properties

# Prints one entry of a Java properties file: the last one counts, a backslash protects the next character.
property() {
    sed -n "s/^[[:space:]]*$1[[:space:]]*[=:][[:space:]]*//p" "$properties" |
        tail -n 1 | tr -d '\r' | sed 's/\\\(.\)/\1/g'
}

# Finds out host, user and password, and writes the password as an option file for mysql to $1.
# Returns 3 when the password is encrypted and none was handed over.
database_options() {
    [ -r "$properties" ] || { echo "cannot read $properties: the rights of root are needed" >&2; return 1; }
    db_host=$(property db.cloud.host)
    db_user=$(property db.cloud.username)
    db_password=$(property db.cloud.password)
    case $db_password in
    'ENC('*)
        [ -n "${DRYDOCK_DB_PASSWORD:-}" ] || return 3
        db_password=$DRYDOCK_DB_PASSWORD
        ;;
    esac
    case $db_host$db_user in
    '' | *[!A-Za-z0-9._:@-]*)
        echo "db.cloud.host and db.cloud.username in $properties are not as expected" >&2
        return 1
        ;;
    esac
    (
        umask 077
        printf '[client]\npassword="%s"\n' "$(printf '%s' "$db_password" | sed 's/\\/\\\\/g')" >"$1"
    )
    unset db_password DRYDOCK_DB_PASSWORD
}
