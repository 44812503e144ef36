//! Which slot a request gets, and which tokens go into the next batch.

use super::logprobs::Ledger;
use super::{Entry, Limits, Slot, Token, Work};

/// Prompt tokens of one slot in a batch whose probabilities are told: each takes the logits of a whole vocabulary.
const TOLD_PROMPT_TOKENS_MAX: usize = 32;

/// Fills the batch. Whoever is being answered comes first with one token each; prompts share what is left, the
/// earliest request first.
pub(super) fn plan(slots: &[Slot], limits: &Limits, batch: &mut Vec<Entry>) {
    batch.clear();
    let mut prompts: Vec<(usize, &Slot, &Work)> = Vec::new();
    for (index, slot) in slots.iter().enumerate() {
        let Some(work) = &slot.work else { continue };
        if slot.cached.len() + 1 == work.tokens.len() {
            feed(index, slot, work, 1, batch);
        } else {
            prompts.push((index, slot, work));
        }
    }
    let mut room = limits.batch_tokens_max - batch.len();
    if !batch.is_empty() {
        room = room.min(limits.interleaved_prompt_tokens_max);
    }
    prompts.sort_unstable_by_key(|(_, _, work)| work.admitted_at);
    for (index, slot, work) in prompts {
        room -= feed(index, slot, work, room, batch);
    }
}

/// Adds at most `tokens_max` of the tokens that the slot has still to feed, and says how many.
fn feed(index: usize, slot: &Slot, work: &Work, tokens_max: usize, batch: &mut Vec<Entry>) -> usize {
    let begin = slot.cached.len();
    let tells_prompt = work.ledger.as_ref().is_some_and(Ledger::tells_prompt);
    let tokens_max = if tells_prompt {
        tokens_max.min(TOLD_PROMPT_TOKENS_MAX)
    } else {
        tokens_max
    };
    let end = work.tokens.len().min(begin + tokens_max);
    batch.extend((begin..end).map(|position| Entry {
        token: work.tokens[position],
        position,
        slot: index,
        wants_logits: tells_prompt || position + 1 == work.tokens.len(),
    }));
    end - begin
}

/// The idle slot with the longest reusable prefix; among equals the one that has been idle longest.
pub(super) fn best_slot(slots: &[Slot], prompt: &[Token]) -> Option<usize> {
    let idle = slots.iter().enumerate().filter(|(_, slot)| slot.work.is_none());
    let rank = |slot: &Slot| {
        (
            std::cmp::Reverse(reusable(&slot.cached, prompt)),
            slot.released_at,
        )
    };
    idle.min_by_key(|(_, slot)| rank(slot)).map(|(index, _)| index)
}

/// How many cached tokens begin the prompt; never all of it, since the last token has to be fed to get its logits.
pub(super) fn reusable(cached: &[Token], prompt: &[Token]) -> usize {
    let common = cached
        .iter()
        .zip(prompt)
        .take_while(|(have, want)| have == want)
        .count();
    common.min(prompt.len().saturating_sub(1))
}
