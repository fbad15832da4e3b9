//! Lifts and lowers a group's members: by id, with the kind if the row states it or `$ref` tells it.
//! Addresses are compared, never followed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use serde_json::{Value as Json, json};

use crate::model::Member;
use crate::model::{Kind, Reference};
use crate::wire::failure::Failure;
use crate::wire::id::is_safe_id;
use crate::wire::scalar::Text;

/// Reads `members`. `None` if the service sends `null`.
pub(crate) struct MembersSeed;

impl<'de> DeserializeSeed<'de> for MembersSeed {
    type Value = Option<Vec<Member>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MembersSeed {
    type Value = Option<Vec<Member>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of members")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<Self::Value, S::Error> {
        let mut members = Vec::new();
        while let Some(member) = all.next_element_seed(MemberSeed)? {
            members.push(member);
        }
        members.sort_unstable();
        members.dedup_by(|later, earlier| {
            let same = later.reference == earlier.reference;
            if same {
                earlier.kind = earlier.kind.or(later.kind);
            }
            same
        });
        members.shrink_to_fit();
        Ok(Some(members))
    }
}

struct MemberSeed;

impl<'de> DeserializeSeed<'de> for MemberSeed {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Member, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MemberSeed {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member")
    }

    fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<Member, E> {
        member(id, None)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Member, M::Error> {
        let (mut id, mut kind, mut address) = (None, None, None);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name.eq_ignore_ascii_case("value") {
                id = map.next_value::<Text>()?.0;
            } else if name.eq_ignore_ascii_case("type") {
                kind = map.next_value::<Text>()?.0.and_then(|word| kind_of(&word));
            } else if name.eq_ignore_ascii_case("$ref") {
                address = map.next_value::<Text>()?.0;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let mut segments = address.as_deref().unwrap_or_default().rsplit('/');
        let last = segments.next().filter(|segment| !segment.is_empty());
        let kind = kind.or_else(|| segments.next().and_then(kind_of));
        // Some services give only a member's address.
        let id = id.or_else(|| {
            last.and_then(|segment| {
                Some(
                    percent_encoding::percent_decode_str(segment)
                        .decode_utf8()
                        .ok()?
                        .into_owned(),
                )
            })
        });
        id.map_or_else(
            || Err(M::Error::custom("a member has no `value`")),
            |id| member(&id, kind),
        )
    }
}

fn member<E: serde::de::Error>(id: &str, kind: Option<Kind>) -> Result<Member, E> {
    if !is_safe_id(id) {
        return Err(E::custom("a member's id is not safe to use"));
    }
    Ok(Member {
        reference: Reference::to_id(id),
        kind,
    })
}

fn kind_of(word: &str) -> Option<Kind> {
    Kind::ALL
        .into_iter()
        .find(|kind| word.eq_ignore_ascii_case(kind.word()) || word.eq_ignore_ascii_case(kind.plural()))
}

/// Members in the service's form. Only groups have a type, because every service assumes that other members
/// are people.
pub(crate) fn lowered(members: &[Member]) -> Result<Json, Failure> {
    members
        .iter()
        .map(|member| {
            let id = member
                .reference
                .id
                .as_deref()
                .ok_or_else(|| Failure::unresolved("a member", &member.reference.plain()))?;
            Ok(match member.kind {
                Some(Kind::Group) => json!({ "value": id, "type": "Group" }),
                _ => json!({ "value": id }),
            })
        })
        .collect()
}
