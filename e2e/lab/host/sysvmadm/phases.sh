
# One call on a system VM, to its end. What it prints is swallowed by its caller.
send_request() {
    local job status
    job=$(submit "$1" "$2")
    status=$(follow "$job")
    [ "$status" = 1 ] && return 0
    note "ERROR: Failed to $1 id=$2; jobId is $job"
    echo "ERROR: Failed to $1 id=$2; jobId is $job"
    return 1
}

say() {
    echo -e "$1"
    note "$2"
}

stop_start_ssvms() {
    local ids id result
    ids=($(query "select $idcolumn from $vmtable where state=\"Running\" and type=\"SecondaryStorageVm\"$(clause)"))
    local text="Stopping and starting ${#ids[@]} secondary storage vm(s)$inzone$withids..."
    say "\n$text" "$text"
    if [ ${#ids[@]} -eq 0 ]; then
        say "No running secondary storage vms found \n" "No running secondary storage vms found"
        return
    fi
    for id in "${ids[@]}"; do
        note "INFO: Stopping secondary storage vm with id $id"
        if ! result=$(send_request stopSystemVm "$id"); then
            text="ERROR: Failed to stop secondary storage vm with id $id"
            say "$text \n" "$text"
            continue
        fi
        note "INFO: Starting secondary storage vm with id $id"
        if ! result=$(send_request startSystemVm "$id"); then
            # Both go to the log; a person in front of the screen sees nothing.
            note "ERROR: Failed to start secondary storage vm with id $id"
            note "ERROR: Failed to start secondary storage vm with id $id"
        fi
    done
    text="Done stopping and starting secondary storage vm(s)$inzone$withids"
    say "$text" "$text."
}

stop_start_cpvms() {
    local ids id result
    ids=($(query "select $idcolumn from $vmtable where state=\"Running\" and type=\"ConsoleProxy\"$(clause)"))
    local text="Stopping and starting ${#ids[@]} console proxy vm(s)$inzone$withids..."
    say "\n$text" "$text"
    if [ ${#ids[@]} -eq 0 ]; then
        say "No running console proxy vms found \n" "No running console proxy vms found"
        return
    fi
    for id in "${ids[@]}"; do
        note "INFO: Stopping console proxy with id $id"
        if ! result=$(send_request stopSystemVm "$id"); then
            text="ERROR: Failed to stop console proxy vm with id $id"
            say "$text \n" "$text"
            continue
        fi
        note "INFO: Starting console proxy vm with id $id"
        if ! result=$(send_request startSystemVm "$id"); then
            text="ERROR: Failed to start console proxy vm with id $id"
            say "$text \n" "$text"
        fi
    done
    text="Done stopping and starting console proxy vm(s)$inzone$cpvm_blank$withids."
    say "$text" "$text"
}

reboot_router() {
    local job status
    note "INFO: Restarting router with id $1"
    job=$(submit rebootRouter "$1")
    if [ -z "$job" ]; then
        note "ERROR: Failed to restart domainRouter with id $1; unable to submit the job"
        echo 2
        return
    fi
    status=$(follow "$job")
    if [ "$status" = 1 ]; then
        note "INFO: Successfully restarted domainRouter with id $1; jobId $job"
    else
        say "ERROR: Failed to restart domainRouter with id $1 \n" \
            "ERROR: Failed to restart domainRouter with id $1; jobId $job"
        exit 0
    fi
}

restart_routers() {
    local ids
    ids=($(query "select $idcolumn from vm_instance where state=\"Running\" and type=\"DomainRouter\"$(clause)"))
    local text="Stopping and starting ${#ids[@]} running routing vm(s)$inzone$withids..."
    say "\n$text " "$text "
    if [ ${#ids[@]} -eq 0 ]; then
        note "No running router vms found"
        return
    fi
    in_chunks reboot_router "${ids[@]}"
    text="Done restarting router(s)$inzone$withids."
    say "$text \n" "$text "
}

restart_network() {
    local job
    note "INFO: Restarting network with id $1"
    job=$(submit restartNetwork "$1")
    if [ -n "$job" ] && [ "$(follow "$job")" = 1 ]; then
        note "INFO: Successfully restarted network with id $1; jobId $job"
    else
        note "ERROR: Failed to restart network with id $1; jobId $job"
    fi
}

restart_networks() {
    local ids
    ids=($(query "select n.$idcolumn from networks n, network_offerings no
        where n.network_offering_id = no.id and no.system_only = 0 and n.removed is null$zoneclause"))
    local text="Restarting ${#ids[@]} networks$inzone..."
    say "$text " "$text "
    [ ${#ids[@]} -eq 0 ] || in_chunks restart_network "${ids[@]}"
    say "Done restarting networks$inzone. " "Done restarting networks$inzone. "
}

restart_vpc() {
    local job
    say "INFO: Restarting vpc with id $1" "INFO: Restarting vpc with id $1"
    job=$(submit restartVPC "$1")
    if [ -n "$job" ] && [ "$(follow "$job")" = 1 ]; then
        say "INFO: Successfully restarted vpc with id $1 " \
            "INFO: Successfully restarted vpc with id $1; jobId $job"
    else
        say "ERROR: Failed to restart vpc with id $1 " \
            "ERROR: Failed to restart vpc with id $1; jobId $job"
    fi
}

restart_vpcs() {
    local ids
    # The table calls it zone_id, so that a zone is an error in SQL.
    ids=($(query "select $idcolumn from vpc WHERE removed is null$zoneclause"))
    say "Restarting ${#ids[@]} vpcs... " "Restarting ${#ids[@]} vpcs... "
    [ ${#ids[@]} -eq 0 ] || in_chunks restart_vpc "${ids[@]}"
    say "Done restarting vpcs$inzone. " "Done restarting vpcs$inzone. "
}
