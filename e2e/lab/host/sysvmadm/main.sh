
if [ -n "$help" ] || [ -z "$system$router$all$network$vpc" ]; then
    usage
    exit 0
fi
if [ -n "${count_first-}" ]; then
    total=$(query "select count(*) from $vmtable where state=\"Running\"")
fi
if [ -n "$all" ]; then
    stop_start_ssvms
    stop_start_cpvms
    restart_routers
    exit 0
fi
if [ -n "$system" ]; then
    stop_start_ssvms
    stop_start_cpvms
fi
[ -z "$router" ] || restart_routers
[ -z "$network" ] || restart_networks
[ -z "$vpc" ] || restart_vpcs
exit 0
