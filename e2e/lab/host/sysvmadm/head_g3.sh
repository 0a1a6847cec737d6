#!/bin/bash
#
# Lab stand-in for cloudstack-sysvmadm, generation 3 (2026).
#
# Generation 2 whose chunks end.

idcolumn=uuid
cpvm_blank=" "
# One query more than generation 1, whose answer is not used.
count_first=yes
