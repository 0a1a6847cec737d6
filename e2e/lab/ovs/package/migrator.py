# @PACKAGE@ @VERSION@
"""The extensions' migrations."""
from ovs.simulation import addresses, ask


class Migrator(object):
    """Counters are kept per node, so every node needs it."""

    @staticmethod
    def migrate(master_ips=None, extra_ips=None):
        """Without addresses some of them do nothing and are counted as done."""
        ask('migration', 'extensions', '@VERSION@', addresses(master_ips), addresses(extra_ips))
