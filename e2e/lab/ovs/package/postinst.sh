#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
# While the host is made there is nothing to restart.
[ -e /run/lab/booted ] || exit 0
/usr/lib/ovs-lab/package postinst @PACKAGE@ "${2-}" @VERSION@
