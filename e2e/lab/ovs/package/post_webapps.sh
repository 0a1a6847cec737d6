# (3.7) Masters have nginx.
[ ! -e /opt/OpenvStorage/config/ssl/server.crt ] || service nginx restart >/dev/null
mkdir -p /etc/nginx/sites-enabled
ln -sf ../sites-available/openvstorage_ssl.conf /etc/nginx/sites-enabled/openvstorage_ssl.conf
