#!/bin/sh
# What the lab adds: it is told of the upgrade, and may have somebody interfere.
set -e
if [ "$1" = upgrade ] && [ -e /run/lab/booted ]; then
    /usr/lib/ovs-lab/package preinst @PACKAGE@ "$2" @VERSION@
fi
