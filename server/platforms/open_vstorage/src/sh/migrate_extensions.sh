# Migrates this node's configuration. $1: addresses of the masters, $2: those of the other nodes, with commas.
# Without them one of the migrations is skipped for ever (dossier 5.1); releases before 2.6 take none.

mkdir -p "$kept"
rm -f "$kept/migrated-extensions"
cd /opt/OpenvStorage
PYTHONPATH=/opt/OpenvStorage
export PYTHONPATH
python -c '
import sys
from ovs.extensions.migration.migrator import Migrator
masters, extras = [[ip for ip in words.split(",") if ip] for words in sys.argv[1:3]]
code = Migrator.migrate.__code__
if code.co_argcount >= 2 or code.co_flags & 4:
    Migrator.migrate(masters, extras)
else:
    Migrator.migrate()
' "$1" "$2"
date >"$kept/migrated-extensions"
echo "the migration has returned without an error"
