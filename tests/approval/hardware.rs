//! A security key's signature, made here as the hardware makes it (OpenSSH's PROTOCOL.u2f): over the
//! application, flags, a counter and the text.

use ssh_key::private::KeypairData;
use ssh_key::public::{KeyData, SkEd25519};
use ssh_key::sha2::{Digest as _, Sha256};
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, Signature, SigningKey, SshSig};
use wpsync::approval::{NAMESPACE, Refusal, statement};

use crate::support::{Keys, Letter, plan, verdict};

const APPLICATION: &str = "ssh:";
/// The user was present.
const FLAGS: [u8; 5] = [1, 0, 0, 0, 7];

/// A plain signature over bytes, without a frame.
fn raw(key: &impl SigningKey, bytes: &[u8]) -> Vec<u8> {
    key.try_sign(bytes).expect("signed").as_bytes().to_vec()
}

fn signature(pair: &KeypairData, public: &KeyData, statement: &str) -> String {
    let framed = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, statement.as_bytes()).expect("framed");
    let mut signed = Sha256::digest(APPLICATION).to_vec();
    signed.extend(FLAGS);
    signed.extend(Sha256::digest(framed));
    let mut bytes = raw(&PrivateKey::new(pair.clone(), "").expect("a key"), &signed);
    bytes.extend(FLAGS);
    let signature = Signature::new(Algorithm::SkEd25519, bytes).expect("a signature");
    let signature = SshSig::new(public.clone(), NAMESPACE, HashAlg::Sha512, signature).expect("a signature");
    signature.to_pem(LineEnding::LF).expect("text")
}

#[test]
fn ssh_keygen_and_wpsync_agree_on_a_security_key() {
    let keys = Keys::new();
    keys.make("one", "ed25519");
    let private = PrivateKey::from_openssh(std::fs::read(keys.path("one")).expect("read")).expect("a key");
    let plain = private.public_key().key_data().ed25519().expect("ed25519");
    let public = KeyData::SkEd25519(SkEd25519::new(*plain, APPLICATION));
    let signers = format!(
        "ada {}\n",
        PublicKey::from(public.clone()).to_openssh().expect("text")
    );
    let statement = statement(&plan(0, 0));
    let good = signature(private.key_data(), &public, &statement);
    let other = statement.replace("create: 2", "create: 1");
    for (text, accepted) in [(&statement, true), (&other, false)] {
        assert_eq!(
            keys.is_accepted_there(
                &signers,
                "",
                "ada",
                Letter {
                    statement: text,
                    signature: &good
                }
            ),
            accepted,
            "ssh-keygen"
        );
        assert_eq!(
            verdict(
                &signers,
                "",
                "ada",
                Letter {
                    statement: text,
                    signature: &good
                }
            )
            .is_ok(),
            accepted,
            "wpsync"
        );
    }
    let plain_line = format!("ada {}\n", keys.public("one"));
    assert_eq!(
        verdict(
            &plain_line,
            "",
            "ada",
            Letter {
                statement: &statement,
                signature: &good
            }
        ),
        Err(Refusal::Unknown),
        "the key without its hardware is another key"
    );
}
