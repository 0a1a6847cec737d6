#!/bin/bash
#
# Lab stand-in for cloudstack-sysvmadm, generation 0 (up to 4.17).
#
# It behaves as the real one is described in dossier 1.1 to 1.7, its faults included:
#  - options are pasted into SQL and URLs as they are,
#  - answers are read by position and not by name,
#  - the exit code is 0 whatever happened,
#  - the lines that say "Done" are printed whatever happened.
#
# Each mode is a phase: -s, -r, -n, -v run in this order; -a is -s and -r.
#
# stdout is for people, the file of -l for details. Neither is complete.
#
# The order of the parts: options, requests, chunks, phases, main. The
# complaint below is known to come from line 21.
#
# Red Hat's helper functions, which Debian does not have. The script goes on
# without them, after a complaint on stderr.

. /etc/rc.d/init.d/functions

idcolumn=id
cpvm_blank=
