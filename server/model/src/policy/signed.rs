//! What a server signs of a decision: then nobody who can change the database can agree in somebody else's name.

use serde::{Deserialize, Serialize};

use super::VoidReason;
use crate::canonical::canonical;
use crate::id::{AuditKey, AuditSignature, PersonId, PlanDigest, PolicyDigest, RequestId};
use crate::request::{Approval, Decision};

/// Stands in front of the statement, so that a signature under something else, made with the same key, never passes for one
/// of these.
const DECISION: &[u8] = b"drydock decision 1\n";

/// Under a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The key of the server that has recorded it.
    pub key: AuditKey,
    /// Over [`statement`].
    pub signature: AuditSignature,
}

/// What is signed. Its fields are part of the format: a new one needs another [`DECISION`].
#[derive(Serialize)]
struct Statement<'a> {
    request: &'a RequestId,
    /// Counts the decisions of the request, from 1: none can be taken out before another one, or put in twice.
    number: usize,
    plan: &'a PlanDigest,
    /// The digest of what the policies asked for, which holds their versions.
    policy: &'a PolicyDigest,
    by: &'a PersonId,
    by_name: &'a str,
    decision: Decision,
    reason: &'a str,
    /// Milliseconds.
    at: i64,
    key: &'a AuditKey,
}

/// The bytes that are signed with that key for the decision of that number: a line that says what it is, then canonical JSON.
#[must_use]
pub fn statement(request: &RequestId, number: usize, decision: &Approval, key: &AuditKey) -> Vec<u8> {
    let statement = Statement {
        request,
        number,
        plan: &decision.digest,
        policy: &decision.policy,
        by: &decision.by,
        by_name: &decision.by_name,
        decision: decision.decision,
        reason: &decision.reason,
        at: decision.at.0,
        key,
    };
    [DECISION, &canonical(&statement)].concat()
}

/// Whether a signature was made over a message with the secret half of a key.
pub type Verify = fn(&AuditKey, &[u8], &AuditSignature) -> bool;

/// Which signatures under decisions count.
#[derive(Debug, Clone, Copy)]
pub struct Believed<'a> {
    /// Made with one of these.
    pub keys: &'a [AuditKey],
    /// Good, as this says.
    pub verify: Verify,
}

impl Believed<'_> {
    /// Why the signature under the decision of that number does not count, or `None`.
    #[must_use]
    pub fn doubt(&self, request: &RequestId, number: usize, decision: &Approval) -> Option<VoidReason> {
        let Some(signed) = &decision.signed else { return Some(VoidReason::Unsigned) };
        // Who can write another decision can write a key of their own beside it: only one that is believed proves a change.
        if !self.keys.contains(&signed.key) {
            return Some(VoidReason::OtherKey);
        }
        let is_good = (self.verify)(&signed.key, &statement(request, number, decision, &signed.key), &signed.signature);
        (!is_good).then_some(VoidReason::Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

    fn decision() -> Approval {
        Approval {
            by: PersonId::new(ID).unwrap(),
            by_name: "paul".into(),
            digest: PlanDigest::new("a".repeat(64)).unwrap(),
            policy: PolicyDigest::new("b".repeat(64)).unwrap(),
            decision: Decision::Approve,
            reason: "fine \"as it is\"\n".into(),
            at: Timestamp(1_700_000_000_000),
            signed: None,
        }
    }

    fn key(fill: &str) -> AuditKey {
        AuditKey::new(fill.repeat(64)).unwrap()
    }

    fn message(decision: &Approval) -> Vec<u8> {
        statement(&RequestId::new(ID).unwrap(), 1, decision, &key("c"))
    }

    #[test]
    fn the_statement_is_a_line_and_canonical_json_that_any_program_can_write_again() {
        let (a, b, c) = ("a".repeat(64), "b".repeat(64), "c".repeat(64));
        let wanted = format!(
            "drydock decision 1\n{{\"at\":1700000000000,\"by\":\"{ID}\",\"by_name\":\"paul\",\"decision\":\"approve\",\
             \"key\":\"{c}\",\"number\":1,\"plan\":\"{a}\",\"policy\":\"{b}\",\"reason\":\"fine \\\"as it is\\\"\\n\",\
             \"request\":\"{ID}\"}}"
        );
        assert_eq!(String::from_utf8(message(&decision())).unwrap(), wanted);
    }

    #[test]
    fn every_field_of_a_decision_is_signed() {
        let other = "9c2f1d5e-0f8c-4c62-9a35-1f5b8a1f0a11";
        let changed = [
            Approval { by: PersonId::new(other).unwrap(), ..decision() },
            Approval { by_name: "pau1".into(), ..decision() },
            Approval { digest: PlanDigest::new("d".repeat(64)).unwrap(), ..decision() },
            Approval { policy: PolicyDigest::new("d".repeat(64)).unwrap(), ..decision() },
            Approval { decision: Decision::Deny, ..decision() },
            Approval { reason: String::new(), ..decision() },
            Approval { at: Timestamp(1_700_000_000_001), ..decision() },
        ];
        for changed in &changed {
            assert_ne!(message(changed), message(&decision()), "{changed:?}");
        }
        let of = |request: &str, number, key: &AuditKey| {
            statement(&RequestId::new(request).unwrap(), number, &decision(), key)
        };
        for moved in [of(other, 1, &key("c")), of(ID, 2, &key("c")), of(ID, 1, &key("d"))] {
            assert_ne!(moved, message(&decision()));
        }
    }

    #[test]
    fn a_signature_counts_when_it_is_good_and_its_key_is_believed() {
        let signature = AuditSignature::new("e".repeat(128)).unwrap();
        let signed = |fill: &str| Approval {
            signed: Some(Signed { key: key(fill), signature: signature.clone() }),
            ..decision()
        };
        let doubt = |keys: &[AuditKey], verify: Verify, decision: &Approval| {
            Believed { keys, verify }.doubt(&RequestId::new(ID).unwrap(), 1, decision)
        };
        let keys = [key("c"), key("d")];
        assert_eq!(doubt(&keys, |_, _, _| true, &signed("c")), None);
        assert_eq!(doubt(&keys, |_, _, _| true, &signed("d")), None);
        assert_eq!(doubt(&keys, |_, _, _| false, &signed("c")), Some(VoidReason::Forged));
        assert_eq!(doubt(&keys, |_, _, _| true, &signed("e")), Some(VoidReason::OtherKey));
        assert_eq!(doubt(&[], |_, _, _| true, &signed("c")), Some(VoidReason::OtherKey));
        assert_eq!(doubt(&keys, |_, _, _| true, &decision()), Some(VoidReason::Unsigned));
    }
}
