"""A memcached that answers `version` and `stats`, and caches nothing."""
import os
import socketserver


class Talk(socketserver.StreamRequestHandler):
    """One client."""

    def handle(self):
        """Line by line."""
        for line in self.rfile:
            word = line.strip()
            if word == b'quit':
                return
            if word == b'version':
                answer = b'VERSION 1.4.14\r\n'
            elif word == b'stats':
                answer = 'STAT pid {0}\r\nEND\r\n'.format(os.getpid()).encode()
            elif word == b'flush_all':
                answer = b'OK\r\n'
            else:
                answer = b'ERROR\r\n'
            self.wfile.write(answer)


class Server(socketserver.ThreadingTCPServer):
    """Restarts must find the port free."""
    allow_reuse_address = True
    daemon_threads = True


with open('/proc/self/comm', 'w') as comm:
    comm.write('memcached')
with Server(('0.0.0.0', 11211), Talk) as server:
    print('up', flush=True)
    server.serve_forever()
