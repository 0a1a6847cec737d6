# (3.7)
chown -R root:root /opt/OpenvStorage
find /opt/OpenvStorage -name '*.pyc' -delete
if grep -q '^ *AcceptEnv' /etc/ssh/sshd_config 2>/dev/null || ! grep -q '^UseDNS no' /etc/ssh/sshd_config 2>/dev/null; then
    sed -i 's/^ *AcceptEnv/#AcceptEnv/; /^ *UseDNS/d' /etc/ssh/sshd_config 2>/dev/null || :
    echo 'UseDNS no' >>/etc/ssh/sshd_config
fi
service ssh restart >/dev/null
