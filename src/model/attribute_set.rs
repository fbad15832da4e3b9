//! A set of attributes with one bit per attribute. A listing asks the set about every attribute of every
//! resource, so the set must be fast.

use super::AttributeId;

/// Some attributes of one catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AttributeSet {
    words: Vec<u64>,
}

impl AttributeSet {
    /// Whether an attribute is in the set.
    pub(crate) fn contains(&self, attribute: AttributeId) -> bool {
        let (word, bit) = place(attribute);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Puts an attribute into the set.
    pub(crate) fn insert(&mut self, attribute: AttributeId) {
        let (word, bit) = place(attribute);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }
}

impl FromIterator<AttributeId> for AttributeSet {
    fn from_iter<I: IntoIterator<Item = AttributeId>>(attributes: I) -> Self {
        let mut set = Self::default();
        for attribute in attributes {
            set.insert(attribute);
        }
        set
    }
}

fn place(attribute: AttributeId) -> (usize, u64) {
    (attribute.number() / 64, 1 << (attribute.number() % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Catalog;

    #[test]
    fn it_holds_what_was_put_in_and_nothing_else() {
        let catalog = Catalog::built_in();
        let all: Vec<_> = crate::model::Kind::ALL
            .into_iter()
            .flat_map(|kind| catalog.of(kind).map(|attribute| attribute.id))
            .collect();
        let set: AttributeSet = all.iter().copied().step_by(3).collect();
        for (number, attribute) in all.into_iter().enumerate() {
            assert_eq!(set.contains(attribute), number % 3 == 0, "{attribute:?}");
        }
    }
}
