#!/usr/bin/env python3
"""Checks an evidence pack of Drydock: that it is what was made, and who has signed it.

    python3 verify.py [--key KEY]… [PACK]

PACK is the ZIP archive, or the folder it was unpacked into; without it, the folder this file is in. KEY is what
`drydock audit key` prints on the server: have it from somebody you trust; more than one, where servers have keys of their own or a key
was replaced. It needs Python 3.6 or newer and nothing else.

Exit code 0: nothing was changed, and KEY has signed it. 1: something is wrong. 3: nothing is wrong in the pack, but without
KEY nobody can tell who has made it.

Whoever could have changed the pack could have changed this program in it, too: take it from another place, or read it.
"""

import argparse
import hashlib
import json
import os
import sys
import zipfile

FORMAT = 1
APART = ("manifest.json", "manifest.sig")


class Wrong(Exception):
    """What is wrong with the pack."""


def need(holds, problem):
    if not holds:
        raise Wrong(problem)


# Where the files are.


class Archive:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.names = [info.filename for info in self.zip.infolist()]

    def open(self, name):
        return self.zip.open(name)


class Folder:
    def __init__(self, path):
        self.path = path
        found = (os.path.join(top, file) for top, _, files in os.walk(path) for file in files)
        self.names = [os.path.relpath(file, path).replace(os.sep, "/") for file in found]

    def open(self, name):
        return open(os.path.join(self.path, *name.split("/")), "rb")


def whole(pack, name):
    need(name in pack.names, "%s is missing" % name)
    with pack.open(name) as file:
        return file.read()


def lines(pack, name):
    with pack.open(name) as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line.decode("utf-8"))
            except ValueError as error:
                raise Wrong("%s, line %d: %s" % (name, number, error))


# Ed25519 (RFC 8032): points of the curve -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo P, as (X, Y, Z, T) with
# x = X/Z, y = Y/Z, xy = T/Z. Slow, and for checking only: nothing here is secret.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    left, right = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    t, z = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = right - left, z - t, z + t, right + left
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def point(encoded):
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    try:
        key, signature = bytes.fromhex(key), bytes.fromhex(signature)
    except ValueError:
        return False
    if len(key) != 32 or len(signature) != 64:
        return False
    owner, proof, scalar = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if owner is None or proof is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    left = times(scalar, BASE)
    right = add(proof, times(int.from_bytes(digest, "little") % ORDER, owner))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


# The rules.


def framed(domain, fields):
    """A line that says what it is, then each field with its length in 8 bytes in front."""
    message = domain.encode()
    for field in fields:
        field = str(field).encode("utf-8")
        message += len(field).to_bytes(8, "big") + field
    return message


def check_manifest(pack):
    text = whole(pack, "manifest.json")
    signature = whole(pack, "manifest.sig").decode("ascii", "replace").strip()
    try:
        manifest = json.loads(text.decode("utf-8"))
        found, key = manifest["drydock_evidence"], manifest["key"]
        members = {member["name"]: member for member in manifest["members"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Wrong("manifest.json is no manifest of an evidence pack: %r" % error)
    need(found <= FORMAT, "the pack has format %s; this program reads up to %d" % (found, FORMAT))
    good = is_signed(key, b"drydock evidence manifest 1\n" + text, signature)
    need(good, "the signature is not good: manifest.json or manifest.sig was changed")
    need(len(members) == len(manifest["members"]), "a file is in the manifest twice")
    return manifest, members


def check_members(pack, members):
    need(len(set(pack.names)) == len(pack.names), "a file is in it twice")
    for name in members:
        need(name in pack.names, "%s is missing" % name)
    for name in pack.names:
        need(name in members or name in APART, "%s does not belong to the pack: its manifest does not name it" % name)
    for name, member in members.items():
        length, digest = 0, hashlib.sha256()
        with pack.open(name) as file:
            for piece in iter(lambda: file.read(1 << 16), b""):
                length += len(piece)
                need(length <= member["length"], "%s was changed: it is longer than it was" % name)
                digest.update(piece)
        need(length == member["length"], "%s was changed: it is shorter than it was" % name)
        need(digest.hexdigest() == member["sha256"], "%s was changed: its SHA-256 is another" % name)


def check_approved(pack, manifest, members):
    """plan.json is the plan as canonical JSON, so its SHA-256 is what was approved; policy.json likewise."""
    request, decisions = json.loads(whole(pack, "request.json")), json.loads(whole(pack, "approvals.json"))
    plan = manifest["plan"]
    need(members["plan.json"]["sha256"] == plan, "plan.json is not the plan that was approved")
    need(request["digest"] == plan and decisions["plan"] == plan, "request and approvals are about another plan")
    need(request["id"] == manifest["request"], "request.json is another request")
    need(request["state"].get("run") == manifest["run"], "request.json became another run")
    policy = members.get("policy.json", {}).get("sha256")
    need(decisions["policy"] == policy, "policy.json is not what the approvals were given under")


def check_decisions(pack, manifest):
    """Each decision is signed as it was when it was made: a line, then these fields as canonical JSON (RFC 8785)."""
    keys, without = set(), 0
    for number, decision in enumerate(json.loads(whole(pack, "approvals.json"))["decisions"], 1):
        signed = decision.get("signed")
        if signed is None:
            without += 1
            continue
        statement = {field: decision[field] for field in ("policy", "by", "by_name", "decision", "reason", "at")}
        statement.update(request=manifest["request"], number=number, plan=decision["digest"], key=signed["key"])
        text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        good = is_signed(signed["key"], b"drydock decision 1\n" + text.encode("utf-8"), signed["signature"])
        need(good, "approvals.json: decision %d, of %s, is not what was signed when it was made" % (number, decision["by_name"]))
        keys.add(signed["key"])
    return keys, without


def check_events(pack, manifest, members):
    last, outcome, told = 0, None, {}
    for line in lines(pack, "events.jsonl"):
        seq, kind = line["seq"], line["kind"]
        need(seq == last + 1, "events.jsonl: event %d is due, and event %s comes" % (last + 1, seq))
        last = seq
        need((kind["event"] == "created") == (seq == 1), "events.jsonl: the run is created once, by its first event")
        need(outcome is None, "events.jsonl: event %d comes after the end" % seq)
        if kind["event"] == "created":
            need(kind["digest"] == manifest["plan"], "events.jsonl: another plan was started")
            need(kind["request"] == manifest["request"], "events.jsonl: another request was started")
        elif kind["event"] == "finished":
            outcome = kind["outcome"]
        place = line.get("output")
        need((kind["event"] == "output") == (place is not None), "event %d does not fit its output" % seq)
        if place:
            name = place["member"]
            need(name.startswith("output/") and place["from"] == told.get(name, 0), "event %d does not fit its output" % seq)
            told[name] = place["from"] + place["length"]
    need(last == manifest["events"], "events.jsonl ends with event %d, not with %s" % (last, manifest["events"]))
    need(outcome == manifest["outcome"], "events.jsonl: the run ended otherwise than the manifest says")
    printed = {name: member["length"] for name, member in members.items() if name.startswith("output/")}
    need(told == printed, "the output is not what the events tell of")


def check_audit(pack, manifest):
    """Each entry's hash is over the one before and itself; the checkpoints say the same, signed."""
    last, before, hashes = 0, None, {}
    for line in lines(pack, "audit.jsonl"):
        seq = line["seq"]
        need(line["subject"] in (manifest["run"], manifest["request"]), "audit.jsonl: entry %s is of something else" % seq)
        need(seq > last, "audit.jsonl: entry %s stands after entry %d" % (seq, last))
        if seq == 1:
            before = hashlib.sha256(framed("drydock audit log 1\n", [manifest["log"]])).hexdigest()
        elif seq != last + 1:
            before = line["before"]
        fields = [line["before"]] + [line[field] for field in ("seq", "at", "who", "what", "subject", "detail")]
        digest = hashlib.sha256(framed("drydock audit entry 1\n", fields)).hexdigest()
        need(line["before"] == before and line["hash"] == digest, "audit.jsonl: entry %d is not what was recorded" % seq)
        last, before, hashes[seq] = seq, digest, digest
    for line in lines(pack, "checkpoints.jsonl"):
        seq = line["seq"]
        fields = [line[field] for field in ("log", "seq", "hash", "at", "instance", "key")]
        good = is_signed(line["key"], framed("drydock audit checkpoint 1\n", fields), line["signature"])
        ours = line["key"] == manifest["key"] and line["log"] == manifest["log"]
        need(good and ours and hashes.pop(seq, None) == line["hash"], "the checkpoint of entry %s is not good" % seq)
    need(not hashes, "checkpoints.jsonl does not have a checkpoint of every entry")


def check(path, keys):
    pack = Folder(path) if os.path.isdir(path) else Archive(path)
    manifest, members = check_manifest(pack)
    need(not keys or manifest["key"] in keys, "the pack was signed with the key %s" % manifest["key"])
    check_members(pack, members)
    check_approved(pack, manifest, members)
    decisions = check_decisions(pack, manifest)
    check_events(pack, manifest, members)
    check_audit(pack, manifest)
    return manifest, decisions


def say(text):
    """For any terminal: what a pack brings along does not reach it as it is."""
    print("".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text))


def main():
    parser = argparse.ArgumentParser(description="Checks an evidence pack of Drydock.")
    parser.add_argument("pack", nargs="?", default=os.path.dirname(os.path.abspath(__file__)), metavar="PACK")
    parser.add_argument(
        "--key", action="append", default=[], dest="keys", metavar="KEY", help="what `drydock audit key` prints on the server"
    )
    asked = parser.parse_args()
    try:
        manifest, (keys, without) = check(asked.pack, asked.keys)
    except Wrong as problem:
        say("NOT GOOD: %s" % problem)
        return 1
    except Exception as error:  # Whatever is wrong with the file, it is not a good one.
        say("NOT GOOD: it cannot be read: %r" % error)
        return 1
    state = manifest["outcome"] or "not over when the pack was made"
    say("run %s of plan %s: %s" % (manifest["run"], manifest["plan"], state))
    say("%d files and %d events are what they were when the pack was made" % (len(manifest["members"]), manifest["events"]))
    if without:
        say("%d decisions are older than signatures under decisions: only the audit log says what they were" % without)
    unconfirmed = sorted((keys | {manifest["key"]}) - set(asked.keys))
    if unconfirmed:
        for key in unconfirmed:
            what = "signed" if key == manifest["key"] else "decisions are signed"
            say("NOT CONFIRMED: %s with the key %s; anybody could have made such a key." % (what, key))
        say("Have the key of the server from somebody you trust (`drydock audit key`), and give it with --key.")
        return 3
    say("signed with the key that was given, as is every decision that is signed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
