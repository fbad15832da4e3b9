//! What a path means: an item of a file of this crate, or something foreign.

use std::collections::BTreeMap;

use crate::code::{Code, Form, Mention, Module, Name};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A module of the crate itself.
    Module(Name),
    /// Something that this module of the crate defines.
    Item(Name),
    /// `std::fs::read`: the full path of something of another crate.
    Foreign(Name),
}

/// More `use` behind `use` than any file has.
const DEEPEST: usize = 16;

impl Code {
    /// What a mention in a module means.
    pub fn target(&self, name: &Name, mention: &Mention) -> Target {
        let module = &self.modules[name];
        let path = &mention.path;
        if mention.form == Form::Plain {
            return self.resolve(name, path, DEEPEST);
        }
        // The name that an import makes is not what it imports.
        let own = path.len() == 1 && module.aliases.get(&path[0]) == Some(path);
        if own {
            self.absolute(name, path)
        } else {
            self.resolve(name, path, DEEPEST)
        }
    }

    fn resolve(&self, name: &Name, path: &[String], deepest: usize) -> Target {
        let (Some((first, rest)), Some(deepest)) = (path.split_first(), deepest.checked_sub(1)) else {
            return Target::Module(name.clone());
        };
        match first.as_str() {
            "crate" | "wpsync" => return self.walk(&Name::new(), rest, deepest),
            "self" => return self.walk(name, rest, deepest),
            "super" => {
                let parent = &name[..name.len().saturating_sub(1)];
                return self.resolve_below(&parent.to_vec(), rest, deepest);
            }
            _ => {}
        }
        if self.has(name, first, deepest) {
            return self.walk(name, path, deepest);
        }
        self.absolute(name, path)
    }

    /// Behind `super` there may be another `super`.
    fn resolve_below(&self, name: &Name, rest: &[String], deepest: usize) -> Target {
        if rest.first().is_some_and(|next| next == "super") {
            self.resolve(name, rest, deepest)
        } else {
            self.walk(name, rest, deepest)
        }
    }

    fn absolute(&self, name: &Name, path: &[String]) -> Target {
        let is_of_the_crate = self.modules.contains_key(&path[..1]) && name == &["main"];
        if is_of_the_crate {
            return self.walk(&Name::new(), path, DEEPEST);
        }
        Target::Foreign(path.to_vec())
    }

    /// Whether a module says what a name is.
    fn has(&self, name: &Name, word: &str, deepest: usize) -> bool {
        let Some(module) = self.modules.get(name) else {
            return false;
        };
        module.defines.contains(word)
            || module.aliases.contains_key(word)
            || self.modules.contains_key(&below(name, word))
            || self.opened(name, module, word, deepest).is_some()
    }

    /// The module behind a `use …::*` that has a name.
    fn opened(&self, name: &Name, module: &Module, word: &str, deepest: usize) -> Option<Name> {
        let deepest = deepest.checked_sub(1)?;
        module
            .globs
            .iter()
            .find_map(|glob| match self.resolve(name, glob, deepest) {
                Target::Module(opened) if &opened != name && self.has(&opened, word, deepest) => Some(opened),
                _ => None,
            })
    }

    /// Follows a path from a module downwards, through what it imports.
    fn walk(&self, name: &Name, path: &[String], deepest: usize) -> Target {
        let Some((first, rest)) = path.split_first() else {
            return Target::Module(name.clone());
        };
        let (Some(module), Some(deepest)) = (self.modules.get(name), deepest.checked_sub(1)) else {
            return Target::Item(name.clone());
        };
        let child = below(name, first);
        let is_child = self.modules.contains_key(&child);
        if is_child && (!rest.is_empty() || !module.aliases.contains_key(first)) {
            return self.walk(&child, rest, deepest);
        }
        if let Some(alias) = module.aliases.get(first) {
            let path: Name = alias.iter().chain(rest).cloned().collect();
            // `use glob::glob;` names a crate, or the module beside.
            return match alias[0] == *first {
                true if is_child => self.walk(&child, &path[1..], deepest),
                true => self.absolute(name, &path),
                false => self.resolve(name, &path, deepest),
            };
        }
        if module.defines.contains(first) {
            return Target::Item(name.clone());
        }
        match self.opened(name, module, first, deepest) {
            Some(opened) => self.walk(&opened, path, deepest),
            None => Target::Item(name.clone()),
        }
    }

    /// Which file uses what of which other files. A re-export alone is no use: whoever goes through it uses
    /// the file behind.
    pub fn uses(&self) -> Uses<'_> {
        let mut uses = Uses::new();
        for (name, module) in &self.modules {
            let of_file = uses.entry(&module.file).or_default();
            for mention in &module.mentions {
                if matches!(mention.form, Form::ReExport | Form::Method) {
                    continue;
                }
                if let Target::Item(target) = self.target(name, mention)
                    && let Some(used) = self.modules.get(&target)
                    && used.file != module.file
                {
                    of_file.entry(&used.file).or_insert(mention);
                }
            }
        }
        uses
    }
}

/// For each file, the files whose items it uses, each with the first mention.
pub type Uses<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Mention>>;

fn below(name: &Name, word: &str) -> Name {
    name.iter()
        .map(String::as_str)
        .chain([word])
        .map(str::to_owned)
        .collect()
}

/// The files that can be reached from a file, and through which file each was found.
pub fn reached<'a>(uses: &Uses<'a>, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut found = BTreeMap::new();
    let mut todo = vec![start];
    while let Some(file) = todo.pop() {
        for next in uses.get(file).into_iter().flat_map(BTreeMap::keys) {
            if !found.contains_key(next) {
                found.insert(*next, file);
                todo.push(next);
            }
        }
    }
    found
}
