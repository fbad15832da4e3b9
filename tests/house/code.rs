//! The crate as a tree of modules, and every path that each of them mentions.
//!
//! Paths are found in the tokens, not in the syntax tree: so a path counts wherever it stands (in a body, in
//! a macro's arguments, in an attribute, behind a module of tests), and no position can be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use crate::repository::Texts;

/// A path of a module or an item, from the root of the crate.
pub type Name = Vec<String>;

/// A module: a file, or a `mod name { … }` inside a file.
#[derive(Debug, Default)]
pub struct Module {
    pub file: String,
    /// What its items are called, without its modules.
    pub defines: BTreeSet<String>,
    /// What `use` calls a path here.
    pub aliases: BTreeMap<String, Name>,
    /// What `use …::*` opens.
    pub globs: Vec<Name>,
    pub mentions: Vec<Mention>,
}

/// A path that stands somewhere in a module.
#[derive(Clone, Debug)]
pub struct Mention {
    /// As it is written, with the groups of a `use` multiplied out.
    pub path: Name,
    pub line: usize,
    pub form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In an expression, a type, a pattern, a macro, an attribute.
    Plain,
    /// `use path;`
    Import,
    /// `pub use path;`, `pub(crate) use path;`
    ReExport,
    /// `.name(…)`
    Method,
}

/// All modules of the crate. The library and the binary are one tree: the binary's `main.rs` only adds `cli`.
#[derive(Debug, Default)]
pub struct Code {
    pub modules: BTreeMap<Name, Module>,
}

impl Code {
    pub fn of(texts: &Texts) -> Self {
        let mut code = Self::default();
        for (file, text) in texts {
            let name = module_of(file);
            let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
            let mut reader = Reader {
                file,
                modules: &mut code.modules,
            };
            reader.module(&name, tokens);
        }
        // A folder is a module, whether or not its `mod.rs` is among the texts.
        let names: Vec<Name> = code.modules.keys().cloned().collect();
        for name in names {
            for end in 0..name.len() {
                code.modules.entry(name[..end].to_vec()).or_default();
            }
        }
        code
    }

    /// The module of the crate that a file belongs to: `plan`, `cli`, `digest`.
    pub fn room(name: &[String]) -> &str {
        name.first().map_or("lib", String::as_str)
    }
}

/// `src/plan/diff.rs` is `plan::diff`, `src/plan/mod.rs` is `plan`.
fn module_of(file: &str) -> Name {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut name: Name = path.split('/').map(str::to_owned).collect();
    match name.last().map(String::as_str) {
        Some("mod") => {
            name.pop();
        }
        Some("lib") if name.len() == 1 => name.clear(),
        _ => {}
    }
    name
}

/// Reads the tokens of one file.
struct Reader<'a> {
    file: &'a str,
    modules: &'a mut BTreeMap<Name, Module>,
}

impl Reader<'_> {
    fn module(&mut self, name: &Name, tokens: TokenStream) {
        let module = self.modules.entry(name.clone()).or_default();
        self.file.clone_into(&mut module.file);
        self.tokens(tokens, name);
    }

    /// Reads what stands between two brackets, or a whole file.
    fn tokens(&mut self, tokens: TokenStream, name: &Name) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at += self.item_or_path(&tokens, at, name);
        }
    }

    /// Reads what begins at a token; gives how many tokens that was.
    fn item_or_path(&mut self, tokens: &[TokenTree], at: usize, name: &Name) -> usize {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "use" => self.import(tokens, at, name),
            TokenTree::Ident(word) if word == "mod" => self.inner_module(tokens, at, name),
            TokenTree::Ident(word) => {
                if is_definition(&word.to_string())
                    && let Some(TokenTree::Ident(defined)) = tokens.get(at + 1)
                {
                    self.here(name).defines.insert(defined.to_string());
                }
                self.path(tokens, at, name)
            }
            TokenTree::Punct(mark) if mark.as_char() == '.' => self.method(tokens, at, name),
            TokenTree::Punct(mark) if mark.as_char() == ':' && mark.spacing() == Spacing::Joint => {
                if matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))) {
                    2 + self.path(tokens, at + 2, name)
                } else {
                    2
                }
            }
            TokenTree::Punct(mark) if mark.as_char() == '#' => self.attribute(tokens, at, name),
            TokenTree::Group(group) => {
                self.tokens(group.stream(), name);
                1
            }
            _ => 1,
        }
    }

    fn here(&mut self, name: &Name) -> &mut Module {
        self.modules.get_mut(name).expect("the module is being read")
    }

    fn mention(&mut self, name: &Name, path: Name, line: usize, form: Form) {
        self.here(name).mentions.push(Mention { path, line, form });
    }

    /// `use a::{b, c as d, e::*};`
    fn import(&mut self, tokens: &[TokenTree], at: usize, name: &Name) -> usize {
        let end = tokens[at..].iter().position(|token| is_punctuation(token, ';'));
        // `impl Trait + use<'a>` is no import.
        let Some(end) = end.filter(|_| !tokens.get(at + 1).is_some_and(|token| is_punctuation(token, '<')))
        else {
            return 1;
        };
        let is_shown =
            at > 0 && (is_word(&tokens[at - 1], "pub") || at > 1 && is_word(&tokens[at - 2], "pub"));
        let form = if is_shown { Form::ReExport } else { Form::Import };
        let line = tokens[at].span().start().line;
        for leaf in leaves(&tokens[at + 1..at + end], &[]) {
            let mut path = leaf.path;
            if path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let here = self.here(name);
            if leaf.name.as_deref() == Some("*") {
                here.globs.push(path.clone());
            } else if let Some(alias) = leaf.name.or_else(|| path.last().cloned()) {
                here.aliases.insert(alias, path.clone());
            }
            self.mention(name, path, line, form);
        }
        end + 1
    }

    /// `mod name { … }`, or `mod name;`.
    fn inner_module(&mut self, tokens: &[TokenTree], at: usize, name: &Name) -> usize {
        let Some(TokenTree::Ident(word)) = tokens.get(at + 1) else {
            return 1;
        };
        let Some(TokenTree::Group(group)) = tokens.get(at + 2) else {
            return 2;
        };
        let inner: Name = name.iter().cloned().chain([word.to_string()]).collect();
        self.module(&inner, group.stream());
        3
    }

    /// `a::b::c`, and `a::{…}` where a macro makes an import.
    fn path(&mut self, tokens: &[TokenTree], at: usize, name: &Name) -> usize {
        let line = tokens[at].span().start().line;
        let mut path = vec![tokens[at].to_string()];
        let mut read = 1;
        while let [first, second, next, ..] = &tokens[at + read..]
            && is_punctuation(first, ':')
            && is_punctuation(second, ':')
        {
            match next {
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                    for leaf in leaves(&inside, &path) {
                        self.mention(name, leaf.path, line, Form::Plain);
                    }
                    return read + 3;
                }
                _ => break,
            }
            read += 3;
        }
        self.mention(name, path, line, Form::Plain);
        read
    }

    /// `.name(…)`; a field is nothing.
    fn method(&mut self, tokens: &[TokenTree], at: usize, name: &Name) -> usize {
        let Some(TokenTree::Ident(word)) = tokens.get(at + 1) else {
            return 1;
        };
        if let Some(TokenTree::Group(group)) = tokens.get(at + 2)
            && group.delimiter() == Delimiter::Parenthesis
        {
            self.mention(
                name,
                vec![word.to_string()],
                word.span().start().line,
                Form::Method,
            );
        }
        2
    }

    /// `#[serde(with = "crate::text")]`: a path may stand in a string.
    fn attribute(&mut self, tokens: &[TokenTree], at: usize, name: &Name) -> usize {
        let Some(TokenTree::Group(group)) = tokens.get(at + 1) else {
            return 1;
        };
        let is_serde = group
            .stream()
            .into_iter()
            .next()
            .is_some_and(|first| is_word(&first, "serde"));
        if is_serde {
            self.strings(group.stream(), name);
        }
        1
    }

    fn strings(&mut self, tokens: TokenStream, name: &Name) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.strings(group.stream(), name),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if let Ok(tokens) = text.trim_matches('"').parse::<TokenStream>() {
                        self.tokens(tokens, name);
                    }
                }
                _ => {}
            }
        }
    }
}

/// One end of a `use` with groups.
struct Leaf {
    path: Name,
    /// What it is called here, where that is not the last word of its path; `*` for all that the path holds.
    name: Option<String>,
}

fn leaves(tokens: &[TokenTree], above: &[String]) -> Vec<Leaf> {
    let mut all = Vec::new();
    for tree in tokens.split(|token| is_punctuation(token, ',')) {
        let mut leaf = Leaf {
            path: above.to_vec(),
            name: None,
        };
        let mut group = None;
        let mut is_renamed = false;
        for token in tree {
            match token {
                TokenTree::Ident(word) if word == "as" => is_renamed = true,
                TokenTree::Ident(word) if is_renamed => leaf.name = Some(word.to_string()),
                TokenTree::Ident(word) => leaf.path.push(word.to_string()),
                TokenTree::Punct(mark) if mark.as_char() == '*' => leaf.name = Some("*".to_owned()),
                TokenTree::Group(inside) => group = Some(inside.stream()),
                _ => {}
            }
        }
        match group {
            Some(inside) => all.extend(leaves(&inside.into_iter().collect::<Vec<_>>(), &leaf.path)),
            None if leaf.path.len() > above.len() || leaf.name.is_some() => all.push(leaf),
            None => {}
        }
    }
    all
}

fn is_definition(word: &str) -> bool {
    [
        "struct", "enum", "union", "trait", "type", "fn", "const", "static",
    ]
    .contains(&word)
}

fn is_punctuation(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == mark)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == word)
}
