//! Expressions of Entra's attribute mappings as CEL: `[mail]` is a field, `=` and `<>` compare, an argument
//! that is left out is nothing, a backslash escapes itself and a quote. Entra's language has no `AND` and
//! `OR`; here they are added.

/// An expression in CEL, and where each part of it comes from.
pub(super) struct Translated {
    pub(super) text: String,
    /// Places in the CEL text with the places in the original, both in characters and rising.
    places: Vec<(usize, usize)>,
}

impl Translated {
    /// The place in the original of a place in the CEL text.
    pub(super) fn place(&self, of: usize) -> usize {
        let at = self.places.partition_point(|(place, _)| *place <= of);
        at.checked_sub(1).map_or(0, |at| self.places[at].1)
    }
}

struct Translator<'a> {
    characters: Vec<char>,
    at: usize,
    variable: &'a str,
    made: String,
    length: usize,
    places: Vec<(usize, usize)>,
    /// Whether a value must come next, so that a comma or a bracket means that one is left out.
    wants_value: bool,
}

type Problem = (usize, String);

/// Translates an expression; else says what is wrong, and where.
pub(super) fn translate(text: &str, variable: &str) -> Result<Translated, Problem> {
    let characters = text.chars().collect();
    let mut translator = Translator {
        characters,
        at: 0,
        variable,
        made: String::new(),
        length: 0,
        places: Vec::new(),
        wants_value: false,
    };
    while translator.at < translator.characters.len() {
        translator.token()?;
    }
    Ok(Translated {
        text: translator.made,
        places: translator.places,
    })
}

impl Translator<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    /// Writes a part that stands for what starts at a place of the original.
    fn write(&mut self, part: &str, from: usize) {
        self.places.push((self.length, from));
        self.length += part.chars().count();
        self.made.push_str(part);
    }

    fn token(&mut self) -> Result<(), Problem> {
        let start = self.at;
        let one = self.characters[start];
        let made = match one {
            _ if one.is_whitespace() => {
                self.at += 1;
                self.write(" ", start);
                return Ok(());
            }
            '[' => self.attribute()?,
            '"' => self.quoted()?,
            '&' => self.hexadecimal()?,
            '(' | ',' | ')' => {
                self.punctuation(one);
                return Ok(());
            }
            '=' | '<' | '>' => {
                let pair = (one, self.peek(1));
                let (made, length) = match pair {
                    ('<', Some('>')) => ("!=", 2),
                    ('<', Some('=')) => ("<=", 2),
                    ('>', Some('=')) => (">=", 2),
                    ('=', Some('=')) => ("==", 2),
                    ('=', _) => ("==", 1),
                    ('<', _) => ("<", 1),
                    _ => (">", 1),
                };
                self.at += length;
                made.to_owned()
            }
            '-' => {
                self.at += 1;
                "-".to_owned()
            }
            _ if one.is_ascii_digit() => self.run(|one| one.is_ascii_digit()),
            _ if one.is_ascii_alphabetic() || one == '_' => self.word(),
            _ => return Err((start, format!("`{one}` means nothing here"))),
        };
        self.wants_value = false;
        self.write(&made, start);
        Ok(())
    }

    fn punctuation(&mut self, one: char) {
        let start = self.at;
        if self.wants_value && one == ','
            || self.wants_value && one == ')' && self.made.trim_end().ends_with(',')
        {
            self.write("null", start);
        }
        self.at += 1;
        self.wants_value = one != ')';
        self.write(&one.to_string(), start);
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(&belongs) {
            self.at += 1;
        }
        self.characters[start..self.at].iter().collect()
    }

    /// `[mail]`.
    fn attribute(&mut self) -> Result<String, Problem> {
        let start = self.at;
        let end = self.characters[start..]
            .iter()
            .position(|one| *one == ']')
            .ok_or((start, "`[` has no `]`".to_owned()))?;
        let name: String = self.characters[start + 1..start + end].iter().collect();
        if name.trim().is_empty() {
            return Err((start, "`[]` names no attribute".to_owned()));
        }
        self.at = start + end + 1;
        Ok(format!("{}[{}]", self.variable, literal(name.trim())))
    }

    /// A text, in which a backslash stands before a backslash or a quote; before anything else it is one.
    fn quoted(&mut self) -> Result<String, Problem> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err((start, "this quote has no end".to_owned())),
                (Some('"'), _) => break,
                (Some('\\'), Some(escaped @ ('\\' | '"'))) => {
                    text.push(escaped);
                    self.at += 2;
                }
                (Some(one), _) => {
                    text.push(one);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(literal(&text))
    }

    /// `&HF7`.
    fn hexadecimal(&mut self) -> Result<String, Problem> {
        let start = self.at;
        if !matches!(self.peek(1), Some('H' | 'h')) {
            return Err((
                start,
                "`&` begins a number, as `&HF7`; texts are put together with `Join` or `Append`".to_owned(),
            ));
        }
        self.at += 2;
        let digits = self.run(|one| one.is_ascii_hexdigit());
        if digits.is_empty() {
            return Err((start, "`&H` has no digits".to_owned()));
        }
        Ok(format!("0x{digits}"))
    }

    /// A function, a comparison's word, or one of the words that arguments may be.
    fn word(&mut self) -> String {
        let word = self.run(|one| one.is_ascii_alphanumeric() || one == '_');
        match word.as_str() {
            "AND" | "And" | "and" => "&&".to_owned(),
            "OR" | "Or" | "or" => "||".to_owned(),
            "True" | "true" => "true".to_owned(),
            "False" | "false" => "false".to_owned(),
            "vbTextCompare" | "vbBinaryCompare" => literal(&word),
            _ => word,
        }
    }
}

/// A text as a literal of CEL.
fn literal(text: &str) -> String {
    let mut made = String::from("\"");
    for one in text.chars() {
        match one {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            one => made.push(one),
        }
    }
    made.push('"');
    made
}
