use std::task::{Context, Poll, Waker};

use super::*;
use crate::mailbox::{Letter, Receiver, mailbox};

/// A model that counts: after token `n` it says `n + 1`, and 100 ends its turn. It keeps a cache like a real one
/// and panics when the scheduler feeds it a position that does not follow.
#[derive(Default)]
struct Counting {
    caches: Vec<Vec<Token>>,
    logits: Vec<Vec<f32>>,
    batches: Vec<Vec<Entry>>,
    fails: bool,
}

const END: i32 = 100;

impl Decoder for Counting {
    fn decode(&mut self, batch: &[Entry]) -> Result<(), DecodeError> {
        if self.fails {
            return Err(DecodeError("out of order".to_owned()));
        }
        self.logits.clear();
        for entry in batch {
            let cache = &mut self.caches[entry.slot];
            assert_eq!(cache.len(), entry.position, "slot {} has a hole", entry.slot);
            cache.push(entry.token);
            let mut logits = vec![0.0; 101];
            logits[(entry.token.0 + 1).min(END) as usize] = 1.0;
            self.logits.push(logits);
        }
        self.batches.push(batch.to_vec());
        Ok(())
    }

    fn logits(&self, row: usize) -> &[f32] {
        &self.logits[row]
    }

    fn keep(&mut self, slot: usize, tokens: usize) -> usize {
        self.caches[slot].truncate(tokens);
        tokens
    }

    fn piece(&self, token: Token, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(format!("{} ", token.0).as_bytes());
    }

    fn ends(&self, token: Token) -> bool {
        token.0 == END
    }
}

struct World {
    scheduler: Scheduler,
    model: Counting,
    now: Duration,
}

impl World {
    fn with_slots(slots: usize) -> Self {
        let limits = Limits {
            batch_tokens_max: 8,
            interleaved_prompt_tokens_max: 3,
            delivery_interval: Duration::ZERO,
        };
        let model = Counting {
            caches: vec![Vec::new(); slots],
            ..Counting::default()
        };
        Self {
            scheduler: Scheduler::new(slots, limits),
            model,
            now: Duration::ZERO,
        }
    }

    fn ask(&mut self, prompt: impl IntoIterator<Item = i32>) -> Receiver {
        self.ask_for(prompt, 1000, &[])
    }

    fn ask_for(
        &mut self,
        prompt: impl IntoIterator<Item = i32>,
        tokens_max: u32,
        stops: &[&str],
    ) -> Receiver {
        let (sender, receiver) = mailbox();
        let job = Job {
            prompt: prompt.into_iter().map(Token).collect(),
            sampling: SamplingParameters {
                temperature: 0.0,
                top_p: 1.0,
                min_p: 0.0,
                top_k: 0,
                frequency_penalty: 0.0,
                presence_penalty: 0.0,
                bias: Vec::new(),
                seed: 0,
            },
            stops: stops.iter().map(|stop| (*stop).to_owned()).collect(),
            completion_tokens_max: tokens_max,
            constraint: None,
            told: None,
            mailbox: sender,
        };
        self.scheduler.admit(job, &mut self.model);
        receiver
    }

    fn step(&mut self) {
        self.now += Duration::from_millis(1);
        self.scheduler.step(&mut self.model, self.now);
    }

    fn run(&mut self) {
        while self.scheduler.busy() > 0 {
            self.step();
        }
    }

    /// The last batch as `slot:token`, with `!` where logits were asked for.
    fn last_batch(&self) -> String {
        let batch = self.model.batches.last().map(Vec::as_slice).unwrap_or_default();
        let show = |entry: &Entry| {
            format!(
                "{}:{}{}",
                entry.slot,
                entry.token.0,
                if entry.wants_logits { "!" } else { "" }
            )
        };
        batch.iter().map(show).collect::<Vec<_>>().join(" ")
    }
}

fn read(receiver: &mut Receiver) -> Letter {
    match receiver.poll_letter(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(letter) => letter,
        Poll::Pending => Letter::default(),
    }
}

fn finished(receiver: &mut Receiver) -> (String, FinishReason, Usage) {
    let letter = read(receiver);
    match letter.outcome {
        Some(Outcome::Finished { reason, usage }) => (letter.text, reason, usage),
        other => panic!("expected the end, found {other:?} after {:?}", letter.text),
    }
}

#[test]
fn a_request_runs_until_the_model_ends_its_turn() {
    let mut world = World::with_slots(1);
    let mut client = world.ask([96, 97]);
    world.run();
    let (text, reason, usage) = finished(&mut client);
    assert_eq!((text.as_str(), reason), ("98 99 ", FinishReason::Stop));
    assert_eq!(
        usage,
        Usage {
            prompt_tokens: 2,
            cached_tokens: 0,
            completion_tokens: 2
        }
    );
}

#[test]
fn a_completion_of_nothing_counts_one_token() {
    let mut world = World::with_slots(1);
    let mut client = world.ask([99]);
    world.run();
    let (text, _, usage) = finished(&mut client);
    assert_eq!((text.as_str(), usage.completion_tokens), ("", 1));
}

#[test]
fn max_tokens_is_exact() {
    let mut world = World::with_slots(1);
    let mut client = world.ask_for([1], 3, &[]);
    world.run();
    let (text, reason, usage) = finished(&mut client);
    assert_eq!(
        (text.as_str(), reason, usage.completion_tokens),
        ("2 3 4 ", FinishReason::Length, 3)
    );
}

#[test]
fn a_stop_string_ends_the_completion_and_its_tokens_are_counted() {
    let mut world = World::with_slots(1);
    let mut client = world.ask_for([1], 50, &["4 5"]);
    world.run();
    let (text, reason, usage) = finished(&mut client);
    assert_eq!(
        (text.as_str(), reason, usage.completion_tokens),
        ("2 3 ", FinishReason::Stop, 4)
    );
}

#[test]
fn what_was_held_back_for_a_stop_string_comes_with_the_end() {
    let mut world = World::with_slots(1);
    let mut client = world.ask_for([1], 2, &["3 4"]);
    world.run();
    assert_eq!(finished(&mut client).0, "2 3 ");
}

#[test]
fn a_long_prompt_is_fed_in_chunks_between_the_tokens_of_others() {
    let mut world = World::with_slots(2);
    let _first = world.ask([1, 2]);
    world.step();
    let _second = world.ask(10..=17);
    world.step();
    assert_eq!(world.last_batch(), "0:3! 1:10 1:11 1:12");
    world.step();
    assert_eq!(world.last_batch(), "0:4! 1:13 1:14 1:15");
    world.step();
    assert_eq!(world.last_batch(), "0:5! 1:16 1:17!");
    world.step();
    assert_eq!(world.last_batch(), "0:6! 1:18!");
}

#[test]
fn a_prompt_alone_may_fill_the_batch() {
    let mut world = World::with_slots(2);
    let _client = world.ask(10..=19);
    world.step();
    assert_eq!(world.last_batch(), "0:10 0:11 0:12 0:13 0:14 0:15 0:16 0:17");
    world.step();
    assert_eq!(world.last_batch(), "0:18 0:19!");
}

#[test]
fn prompts_share_the_batch_in_the_order_they_came() {
    let mut world = World::with_slots(3);
    let _first = world.ask(10..=15);
    let _second = world.ask(20..=25);
    world.step();
    assert_eq!(world.last_batch(), "0:10 0:11 0:12 0:13 0:14 0:15! 1:20 1:21");
}

#[test]
fn a_conversation_that_goes_on_finds_its_own_slot() {
    let mut world = World::with_slots(2);
    let mut first = world.ask_for([1, 2, 3], 2, &[]);
    let mut other = world.ask_for([50, 51], 2, &[]);
    world.run();
    assert_eq!(finished(&mut first).2.cached_tokens, 0);
    assert_eq!(finished(&mut other).2.cached_tokens, 0);

    // The last sampled token was never fed, so 1, 2, 3 and 4 are cached.
    let mut again = world.ask_for([1, 2, 3, 4, 5, 70], 1, &[]);
    world.run();
    assert_eq!(
        finished(&mut again).2,
        Usage {
            prompt_tokens: 6,
            cached_tokens: 4,
            completion_tokens: 1
        }
    );
    assert_eq!(world.last_batch(), "0:5 0:70!");
}

#[test]
fn the_same_prompt_again_still_feeds_its_last_token() {
    let mut world = World::with_slots(1);
    for expected in [0, 2] {
        let mut client = world.ask_for([1, 2, 3], 1, &[]);
        world.run();
        let (text, _, usage) = finished(&mut client);
        assert_eq!((text.as_str(), usage.cached_tokens), ("4 ", expected));
    }
}

#[test]
fn a_stranger_takes_the_slot_that_was_idle_longest() {
    let mut world = World::with_slots(2);
    let _first = world.ask_for([1, 2], 2, &[]);
    let _second = world.ask_for([11, 12], 1, &[]);
    world.run();
    let _stranger = world.ask_for([70, 71], 1, &[]);
    world.step();
    assert_eq!(world.last_batch(), "1:70 1:71!", "slot 1 finished first");
}

#[test]
fn a_client_that_hangs_up_frees_its_slot_before_the_next_step() {
    let mut world = World::with_slots(1);
    let client = world.ask([1]);
    world.step();
    drop(client);
    let steps = world.model.batches.len();
    world.step();
    assert_eq!(world.scheduler.busy(), 0);
    assert_eq!(
        world.model.batches.len(),
        steps,
        "nothing was computed for nobody"
    );
}

#[test]
fn a_failed_step_ends_its_requests_and_the_slots_start_over() {
    let mut world = World::with_slots(2);
    let mut client = world.ask([1, 2]);
    world.step();
    world.model.fails = true;
    world.step();
    let letter = read(&mut client);
    assert_eq!(letter.text, "3 ", "what was generated is not lost");
    assert!(matches!(letter.outcome, Some(Outcome::Failed { .. })));

    world.model.fails = false;
    let mut again = world.ask_for([1, 2], 1, &[]);
    world.run();
    assert_eq!(finished(&mut again).2.cached_tokens, 0);
}

#[test]
fn deliveries_keep_their_distance() {
    let mut world = World::with_slots(1);
    world.scheduler.limits.delivery_interval = Duration::from_millis(3);
    let mut client = world.ask_for([1], 8, &[]);
    let wakes = std::sync::Arc::new(Wakes::default());
    let waker = Waker::from(std::sync::Arc::clone(&wakes));
    let mut context = Context::from_waker(&waker);
    while world.scheduler.busy() > 0 {
        let _ = client.poll_letter(&mut context);
        world.step();
    }
    // Tokens 1, 4 and 7, and the end.
    assert_eq!(wakes.0.load(std::sync::atomic::Ordering::Relaxed), 4);
}

#[derive(Default)]
struct Wakes(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Wakes {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}
