# Restarts the management server.

systemctl restart cloudstack-management
systemctl is-active cloudstack-management
