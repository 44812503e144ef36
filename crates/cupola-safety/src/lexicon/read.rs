//! The format of `rules/*.txt`; `rules/README.md` describes it.

use super::followers::follow;
use super::{Contexts, Element, Finds, Lexicon, Reach, Rule, RuleError};
use crate::policy::{Category, Detection, Severity};
use std::collections::HashMap;
use std::sync::Arc;

const CONTEXTS_MAX: usize = 32;
const GAP_WORDS_MAX: u8 = 6;

/// Reads all files, as one.
pub(super) fn read(files: &[(&'static str, &'static str)]) -> Result<Lexicon, RuleError> {
    let mut reader = Reader {
        lexicon: Lexicon::default(),
        classes: HashMap::new(),
        contexts: HashMap::new(),
        defaults: HashMap::new(),
        current: None,
    };
    reader.lexicon.words.push(super::Word::default());
    for (file, text) in files {
        reader.current = None;
        for (index, line) in text.lines().enumerate() {
            reader.line(line).map_err(|rule| RuleError {
                file,
                line: index + 1,
                rule,
            })?;
        }
    }
    follow(&mut reader.lexicon);
    Ok(reader.lexicon)
}

/// What the phrases of a rule have in common.
#[derive(Clone)]
struct Head {
    id: Arc<str>,
    finds: Finds,
    lowered_by: Contexts,
    raised_by: Contexts,
}

struct Reader {
    lexicon: Lexicon,
    classes: HashMap<String, Vec<u16>>,
    contexts: HashMap<String, u8>,
    /// By category name.
    defaults: HashMap<String, (Contexts, Contexts)>,
    current: Option<Head>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line.starts_with(' ') {
            let Some(head) = self.current.clone() else {
                return Err(
                    "a phrase stands under its rule: begin with 'rule ID CATEGORY SEVERITY'".to_owned(),
                );
            };
            return self.phrase(&head, line);
        }
        self.current = None;
        let (head, body) = line.split_once('=').unwrap_or((line, ""));
        let mut head = head.split_whitespace();
        match head.next() {
            Some("class") => self.class(head.next(), body),
            Some("context") => self.context(head.next(), head.next(), head.next(), body),
            Some("default") => self.default_of(head.next(), head),
            Some("rule") => self.rule(head.next(), head.next(), head),
            _ => Err("a line begins with class, context, default or rule, or with a space".to_owned()),
        }
    }

    fn class(&mut self, name: Option<&str>, body: &str) -> Result<(), String> {
        let name = name.ok_or("a class has a name: class NAME = words")?;
        let mut words = Vec::new();
        for word in body.split_whitespace() {
            self.words_of(word, &mut words)?;
        }
        self.classes
            .entry(name.to_owned())
            .or_default()
            .append(&mut words);
        Ok(())
    }

    fn context(
        &mut self,
        name: Option<&str>,
        before: Option<&str>,
        after: Option<&str>,
        body: &str,
    ) -> Result<(), String> {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
        let (Some(name), Some(before), Some(after)) = (name, number(before), number(after)) else {
            return Err(
                "a context says how far it reaches, in words: context NAME BEFORE AFTER = phrases".to_owned(),
            );
        };
        let bit = match self.contexts.get(name) {
            Some(bit) => *bit,
            None if self.lexicon.contexts.len() == CONTEXTS_MAX => {
                return Err(format!("there are at most {CONTEXTS_MAX} contexts"));
            }
            None => {
                let bit = self.lexicon.contexts.len() as u8;
                self.lexicon.contexts.push(Reach { before, after });
                self.contexts.insert(name.to_owned(), bit);
                bit
            }
        };
        for phrase in body.split_whitespace() {
            if phrase.contains('+') {
                let head = Head {
                    id: format!("context.{name}").into(),
                    finds: Finds::Context(bit),
                    lowered_by: 0,
                    raised_by: 0,
                };
                self.phrase(&head, &phrase.replace('+', " "))?;
            } else {
                let mut words = Vec::new();
                self.alternatives(phrase, &mut words)?;
                for word in words {
                    self.lexicon.words[usize::from(word)].sets |= 1 << bit;
                }
            }
        }
        Ok(())
    }

    fn default_of<'a>(
        &mut self,
        category: Option<&str>,
        contexts: impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let category = category.ok_or("a default has a category: default CATEGORY -CONTEXT +CONTEXT")?;
        let both = self.changes(contexts, (0, 0))?;
        self.defaults.insert(category.to_owned(), both);
        Ok(())
    }

    fn rule<'a>(
        &mut self,
        id: Option<&str>,
        category: Option<&str>,
        mut rest: impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let (Some(id), Some(category)) = (id, category) else {
            return Err("a rule says what it is: rule ID CATEGORY SEVERITY".to_owned());
        };
        let harm = Category::ALL.into_iter().find(|one| one.name() == category);
        let detection = Detection::ALL.into_iter().find(|one| one.name() == category);
        let finds = match (harm, detection) {
            (Some(harm), _) => Finds::Harm(harm, severity(rest.next())?),
            (None, Some(detection)) => Finds::Detection(detection),
            (None, None) => return Err(format!("'{category}' is no category or detection")),
        };
        let rest: Vec<&str> = rest.collect();
        let (bare, rest) = match rest.split_first() {
            Some((&"bare", rest)) => (true, rest),
            _ => (false, rest.as_slice()),
        };
        let base = if bare {
            (0, 0)
        } else {
            self.defaults.get(category).copied().unwrap_or_default()
        };
        let (lowered_by, raised_by) = self.changes(rest.iter().copied(), base)?;
        self.current = Some(Head {
            id: id.into(),
            finds,
            lowered_by,
            raised_by,
        });
        Ok(())
    }

    fn changes<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
        (mut lowered_by, mut raised_by): (Contexts, Contexts),
    ) -> Result<(Contexts, Contexts), String> {
        for name in names {
            let (sign, context) = name.split_at_checked(1).unwrap_or_default();
            let bit = self
                .contexts
                .get(context)
                .ok_or_else(|| format!("'{context}' is no context: define it above"))?;
            match sign {
                "-" => lowered_by |= 1 << bit,
                "+" => raised_by |= 1 << bit,
                _ => return Err(format!("'{name}' lowers or raises: begin with - or +")),
            }
        }
        Ok((lowered_by, raised_by))
    }

    fn phrase(&mut self, head: &Head, text: &str) -> Result<(), String> {
        let mut elements: Vec<Element> = Vec::new();
        let mut gap = 0;
        for token in text.split_whitespace() {
            if let Some(count) = token.strip_prefix('_') {
                gap = count
                    .parse::<u8>()
                    .ok()
                    .filter(|gap| *gap <= GAP_WORDS_MAX)
                    .ok_or_else(|| format!("'{token}' is no gap: write _0 to _{GAP_WORDS_MAX}"))?;
                continue;
            }
            let (token, optional) = match token.strip_suffix('?') {
                Some(token) => (token, true),
                None => (token, false),
            };
            let mut words = Vec::new();
            self.alternatives(token, &mut words)?;
            elements.push(Element::new(words, gap, optional));
            gap = 0;
        }
        let (Some(first), Some(last)) = (elements.first(), elements.last()) else {
            return Err("a phrase has words".to_owned());
        };
        if first.optional || last.optional || first.gap != 0 || gap != 0 {
            return Err("a phrase begins and ends with a word that must be there".to_owned());
        }
        let rule =
            u16::try_from(self.lexicon.rules.len()).map_err(|_| "there are too many rules".to_owned())?;
        for word in &first.words {
            self.lexicon.words[usize::from(*word)].starts.push(rule);
        }
        self.lexicon.rules.push(Rule {
            id: Arc::clone(&head.id),
            finds: head.finds,
            lowered_by: head.lowered_by,
            raised_by: head.raised_by,
            elements,
        });
        Ok(())
    }

    fn alternatives(&mut self, token: &str, into: &mut Vec<u16>) -> Result<(), String> {
        for one in token.split('|') {
            match one.strip_prefix('@') {
                Some(class) => into.extend(
                    self.classes
                        .get(class)
                        .ok_or_else(|| format!("'@{class}' is no class: define it above"))?,
                ),
                None => self.words_of(one, into)?,
            }
        }
        Ok(())
    }

    /// The numbers of a word and, with `~`, of its regular forms.
    fn words_of(&mut self, word: &str, into: &mut Vec<u16>) -> Result<(), String> {
        let forms = match word.strip_suffix('~') {
            Some(stem) => forms_of(stem),
            None => vec![word.to_owned()],
        };
        for form in forms {
            if form.is_empty() {
                return Err("an alternative is a word: 'a|b'".to_owned());
            }
            let new =
                u16::try_from(self.lexicon.words.len()).map_err(|_| "there are too many words".to_owned())?;
            let number = self.lexicon.trie.insert(&form, new)?;
            if number == new {
                self.lexicon.words.push(super::Word::default());
            }
            into.push(number);
        }
        Ok(())
    }
}

fn severity(name: Option<&str>) -> Result<Severity, String> {
    [Severity::Low, Severity::Medium, Severity::High]
        .into_iter()
        .find(|one| Some(one.name()) == name)
        .ok_or_else(|| "a rule of harm has a severity: low, medium or high".to_owned())
}

/// Plural, third person, past and participle, as far as they are regular; a form that does not exist does no harm.
fn forms_of(stem: &str) -> Vec<String> {
    let mut forms = vec![stem.to_owned(), format!("{stem}s")];
    if let Some(short) = stem.strip_suffix('e') {
        forms.push(format!("{stem}d"));
        forms.push(format!("{short}ing"));
    } else if let Some(short) = stem.strip_suffix('y') {
        forms.extend([
            format!("{short}ies"),
            format!("{short}ied"),
            format!("{stem}ed"),
            format!("{stem}ing"),
        ]);
    } else {
        forms.extend([format!("{stem}es"), format!("{stem}ed"), format!("{stem}ing")]);
        if let Some(last) = stem.chars().last() {
            forms.push(format!("{stem}{last}ed"));
            forms.push(format!("{stem}{last}ing"));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &'static str, expected: &str) {
        let found = match read(&[("test.txt", text)]) {
            Ok(lexicon) => format!("{} rules", lexicon.rules.len()),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_fault_names_its_line() {
        check("class a = x y\nrule r violence low\n  @a _2 b? c~\n", "1 rules");
        check("# nothing\n\n", "0 rules");
        check(
            "  a b",
            "test.txt:1: a phrase stands under its rule: begin with 'rule ID CATEGORY SEVERITY'",
        );
        check(
            "rule r violence\n",
            "test.txt:1: a rule of harm has a severity: low, medium or high",
        );
        check(
            "rule r theft low\n",
            "test.txt:1: 'theft' is no category or detection",
        );
        check(
            "rule r hate low -game\n",
            "test.txt:1: 'game' is no context: define it above",
        );
        check(
            "rule r hate low\n  @a\n",
            "test.txt:2: '@a' is no class: define it above",
        );
        check(
            "rule r hate low\n  a? b\n",
            "test.txt:2: a phrase begins and ends with a word that must be there",
        );
        check(
            "rule r hate low\n  a _9 b\n",
            "test.txt:2: '_9' is no gap: write _0 to _6",
        );
        check(
            "rule r hate low\n  don't\n",
            "test.txt:2: 'don't' is not a word: write letters a-z and digits",
        );
        check(
            "words a\n",
            "test.txt:1: a line begins with class, context, default or rule, or with a space",
        );
    }

    #[test]
    fn regular_forms_are_made() {
        assert_eq!(
            forms_of("stab").join(" "),
            "stab stabs stabes stabed stabing stabbed stabbing"
        );
        assert_eq!(forms_of("rape").join(" "), "rape rapes raped raping");
        assert_eq!(
            forms_of("bully").join(" "),
            "bully bullys bullies bullied bullyed bullying"
        );
    }
}
