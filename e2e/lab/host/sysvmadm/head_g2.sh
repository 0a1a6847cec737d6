#!/bin/bash
#
# Lab stand-in for cloudstack-sysvmadm, generation 2 (4.19.2, 4.20.0 and later).
#
# Against generation 1: job answers are read by name, ids are UUIDs, and nothing of Red Hat is needed.
# The endless loop after the last chunk is still there (dossier 1.7).

idcolumn=uuid
cpvm_blank=" "
# One query more than generation 1, whose answer is not used.
count_first=yes
