# Migrates the data model of the whole cluster. Runs on one node only.

mkdir -p "$kept"
rm -f "$kept/migrated-model"
cd /opt/OpenvStorage
PYTHONPATH=/opt/OpenvStorage
export PYTHONPATH
python -c '
from ovs.dal.helpers import Migration
Migration.migrate()
'
date >"$kept/migrated-model"
echo "the migration has returned without an error"
