# @PACKAGE@ @VERSION@
"""The updater."""
import fcntl
import time

from ovs.simulation import ask


def run(*components):
    """The lab plays it. The lock is this process's, so that it goes with it."""
    with open('/run/lock/ovs_flock_system_update', 'w') as lock:
        for _ in range(20):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except IOError:
                time.sleep(0.1)
        else:
            ask('updater-waited')
            return
        ask('updater', *components)


class UpdateController(object):
    """What `ovs update` calls."""

    @staticmethod
    def update_framework():
        """Up to 2.7.6."""
        run('framework')

    @staticmethod
    def update_volumedriver():
        """Up to 2.7.6."""
        run('volumedriver')

    @staticmethod
    def execute_update(components):
        """Since 2.7.7."""
        run(*components)
