// A host whose script prints: the vendor's script on the lab's management hosts gets a line more, before it does its work. What it
// prints goes the way of everything that is printed: real SSH, the spool on the host, the journal, the stream, the page.
import { spawnSync } from 'node:child_process';
import type { CloudDetails } from '../fixtures/lab';

export interface Printing {
  lines: number;
  /** As many as it can, unless this says how many. */
  perSecond?: number;
}

/** Each line has its number, and when it was printed, in milliseconds. One in twenty is coloured. */
export const LINE = /line (\d+) at (\d+)/g;

const program = ({ lines, perSecond }: Printing) => `#!/usr/bin/perl
use strict;
use warnings;
use Time::HiRes qw(time);
my ($total, $rate) = (${lines}, ${perSecond ?? 0});
my ($printed, $begun) = (0, time);
$| = 1;
while ($printed < $total) {
    my $due = $rate ? int((time - $begun) * $rate) + 1 : $printed + 1000;
    $due = $total if $due > $total;
    my ($text, $now) = ('', int(time * 1000));
    for (; $printed < $due; $printed++) {
        my $word = $printed % 20 ? 'note' : "\\e[33mmind\\e[0m";
        $text .= "$word: line $printed at $now: unpacked libwhatever-$printed, sum is right, put in its place\\n";
    }
    print $text;
    select undef, undef, undef, 0.005 if $rate;
}
`;

/** From the next plan on. The plan names the script by its SHA-256, so that what is approved is what prints. */
export function letPrint(lab: CloudDetails, printing: Printing): void {
  const script = `set -eu
cat >/usr/bin/print-lines <<'END_OF_PROGRAM'
${program(printing)}END_OF_PROGRAM
chmod 755 /usr/bin/print-lines
script=/usr/bin/cloudstack-sysvmadm
grep -q print-lines "$script" || sed -i 's/^stop_start_ssvms() {$/&\\n    print-lines/' "$script"
grep -q '^    print-lines$' "$script"
`;
  for (const host of lab.management) {
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'IdentitiesOnly=yes'];
    const args = ['-F', 'none', ...options.flatMap((option) => ['-o', option]), '-i', host.private_key, '-p', String(host.port), `${host.user}@${host.address}`];
    const done = spawnSync('ssh', [...args, 'sudo -n sh -s'], { input: script, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${host.name} cannot be made to print (the lab has to be root's): ${done.stderr}`);
  }
}
