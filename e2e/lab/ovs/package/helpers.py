# @PACKAGE@ @VERSION@
"""The data model's migrations."""
from ovs.simulation import ask


class Migration(object):
    """Counters are kept in the model, so once per cluster is enough."""

    @staticmethod
    def migrate():
        """Needs the model's Arakoon."""
        ask('migration', 'model', '@VERSION@')
