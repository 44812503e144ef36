//! The hazards of Llama Guard: the message that lists them, and the codes that come back.

use super::defused;
use crate::policy::{Category, Detection, Direction, Severity};
use crate::verdict::{Reported, Subject};
use std::sync::Arc;

/// The usual hazards: their codes, their names, and what they are here.
fn hazards() -> [(&'static str, &'static str, Option<Subject>); 14] {
    let harm = |category, severity| Some(Subject::Category(category, severity));
    [
        ("S1", "Violent Crimes", harm(Category::Violence, Severity::Medium)),
        ("S2", "Non-Violent Crimes", None),
        ("S3", "Sex Crimes", harm(Category::Sexual, Severity::High)),
        ("S4", "Child Exploitation", harm(Category::Sexual, Severity::High)),
        ("S5", "Defamation", None),
        ("S6", "Specialized Advice", None),
        ("S7", "Privacy", None),
        (
            "S8",
            "Intellectual Property",
            Some(Subject::Detection(Detection::ProtectedMaterialText)),
        ),
        (
            "S9",
            "Indiscriminate Weapons",
            harm(Category::Violence, Severity::High),
        ),
        ("S10", "Hate", harm(Category::Hate, Severity::Medium)),
        ("S11", "Self-Harm", harm(Category::SelfHarm, Severity::Medium)),
        ("S12", "Sexual Content", harm(Category::Sexual, Severity::Medium)),
        ("S13", "Elections", None),
        // A user who talks an interpreter into something.
        (
            "S14",
            "Code Interpreter Abuse",
            Some(Subject::Detection(Detection::Jailbreak)),
        ),
    ]
}

/// The content of the one user message to send: it asks about the text as the last one of a conversation.
pub(super) fn hazard_prompt(direction: Direction, text: &str) -> String {
    let judged = match direction {
        Direction::Prompt => "User",
        Direction::Completion => "Agent",
    };
    let mut prompt = format!(
        "Task: Check if there is unsafe content in '{judged}' messages in conversation according our safety policy with \
         the below categories.\n\n<BEGIN UNSAFE CONTENT CATEGORIES>\n"
    );
    for (code, name, _) in hazards() {
        prompt.push_str(&format!("{code}: {name}.\n"));
    }
    prompt.push_str(&format!(
        "<END UNSAFE CONTENT CATEGORIES>\n\n<BEGIN CONVERSATION>\n\n{judged}: {}\n\n<END CONVERSATION>\n\n\
         Provide your safety assessment for ONLY THE LAST {judged} message in the above conversation:\n - First line must \
         read 'safe' or 'unsafe'.\n - If unsafe, a second line must include a comma-separated list of violated categories.",
        defused(text)
    ));
    prompt
}

/// Somebody who says `unsafe` and names nothing that is known has said nothing that a policy could weigh.
pub(super) fn read_hazards(mapped: &[Reported], answer: &str) -> Option<Vec<Reported>> {
    let mut lines = answer.lines().map(str::trim).filter(|line| !line.is_empty());
    match lines.next()? {
        line if line.eq_ignore_ascii_case("safe") => return Some(Vec::new()),
        line if line.eq_ignore_ascii_case("unsafe") => {}
        _ => return None,
    }
    let mut reported: Vec<Reported> = Vec::new();
    for code in lines.next().unwrap_or_default().split(',').map(str::trim) {
        if reported.iter().any(|known| known.rule.eq_ignore_ascii_case(code)) {
            continue;
        }
        let own = mapped.iter().find(|one| one.rule.eq_ignore_ascii_case(code));
        let usual = || {
            let (code, _, subject) = hazards()
                .into_iter()
                .find(|(known, ..)| known.eq_ignore_ascii_case(code))?;
            let rule: Arc<str> = code.into();
            Some(Reported {
                subject: subject.unwrap_or_else(|| Subject::Hazard(Arc::clone(&rule))),
                rule,
            })
        };
        reported.extend(own.cloned().or_else(usual));
    }
    (!reported.is_empty()).then_some(reported)
}
