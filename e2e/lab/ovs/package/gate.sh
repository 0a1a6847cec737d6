# A fresh installation is not gated; an upgrade passes the old version (3.1).
if [ "$1" = upgrade ] && [ -n "${2-}" ] && [ ! -e /etc/ready_for_upgrade ]; then
    echo "You cannot upgrade @PACKAGE@ on its own. Start the upgrade through the GUI: all nodes must go together."
    exit 1
fi
