//! The engine: one thread that owns the decoder, and what other threads may see of it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::adapter::Adapter;
use crate::llama::{DecoderShape, LlamaDecoder, Model};
use crate::queue::Queue;
use crate::scheduler::{Job, Limits, Scheduler};

/// The context of a slot when nobody says: longer ones cost memory that few conversations use.
const CONTEXT_TOKENS_DEFAULT_MAX: u32 = 8192;

/// Tokens in a batch. More would not compute a prompt faster on a processor.
const BATCH_TOKENS_MAX: u32 = 512;

/// Prompt tokens in a batch while somebody is being answered.
const INTERLEAVED_PROMPT_TOKENS_MAX: usize = 128;

/// Shortest time between two deliveries to one client: 250 a second are smooth to every eye, and below that rate
/// each token is delivered alone.
const DELIVERY_INTERVAL: Duration = Duration::from_millis(4);

/// What the engine is started with.
#[derive(Debug, Clone)]
pub(crate) struct EngineSettings {
    pub(crate) model_file: PathBuf,
    pub(crate) slots: u32,
    /// Context of each slot; `None` is the model's own, within reason.
    pub(crate) context_tokens: Option<u32>,
    pub(crate) threads: u32,
    pub(crate) queue_length_max: usize,
    pub(crate) adapter: Option<Adapter>,
}

/// What the connections and the engine thread share.
pub(crate) struct Engine {
    pub(crate) queue: Queue<Job>,
    ready: OnceLock<Ready>,
    busy: AtomicUsize,
    cancelled: Arc<AtomicBool>,
}

/// What is known once the model is loaded.
pub(crate) struct Ready {
    pub(crate) model: Arc<Model>,
    /// Context of each slot.
    pub(crate) context_tokens: u32,
}

impl Engine {
    pub(crate) fn new(queue_length_max: usize) -> Self {
        Self {
            queue: Queue::bounded(queue_length_max),
            ready: OnceLock::new(),
            busy: AtomicUsize::new(0),
            cancelled: Arc::new(AtomicBool::new(false)),
        }
    }

    /// `None` until the model is loaded.
    pub(crate) fn ready(&self) -> Option<&Ready> {
        self.ready.get()
    }

    /// Slots that work now.
    pub(crate) fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// Takes no more requests and gives up a load that goes on. [`Engine::run`] returns when those that wait or run
    /// are answered or abandoned.
    pub(crate) fn close(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.queue.close();
    }

    /// Loads the model and serves the queue until it is closed. Runs on a thread of its own.
    pub(crate) fn run(&self, settings: &EngineSettings) -> anyhow::Result<()> {
        let began = tokio::time::Instant::now();
        let cancelled = Arc::clone(&self.cancelled);
        let model = Model::load(&settings.model_file, settings.adapter.as_ref(), cancelled)?;
        let model = Arc::new(model);
        let context_tokens = context_tokens(settings, &model);
        let shape = DecoderShape {
            slots: settings.slots,
            context_tokens,
            batch_tokens_max: BATCH_TOKENS_MAX,
            threads: settings.threads,
        };
        let mut decoder = model.decoder(shape)?;
        decoder.warm_up()?;
        let limits = Limits {
            batch_tokens_max: BATCH_TOKENS_MAX as usize,
            interleaved_prompt_tokens_max: INTERLEAVED_PROMPT_TOKENS_MAX,
            delivery_interval: DELIVERY_INTERVAL,
        };
        let scheduler = Scheduler::new(settings.slots as usize, limits);
        let load_ms = began.elapsed().as_millis() as u64;
        tracing::info!(
            load_ms,
            context = context_tokens,
            slots = settings.slots,
            "the model is loaded"
        );
        // Only this thread sets it, once.
        let _ = self.ready.set(Ready {
            model: Arc::clone(&model),
            context_tokens,
        });
        self.serve(scheduler, &mut decoder);
        Ok(())
    }

    fn serve(&self, mut scheduler: Scheduler, decoder: &mut LlamaDecoder<'_>) {
        let began = tokio::time::Instant::now();
        loop {
            while scheduler.has_room()
                && let Some(job) = self.queue.pop()
            {
                scheduler.admit(job, decoder);
            }
            self.busy.store(scheduler.busy(), Ordering::Relaxed);
            if scheduler.busy() > 0 {
                scheduler.step(decoder, began.elapsed());
                continue;
            }
            match self.queue.wait() {
                Some(job) => scheduler.admit(job, decoder),
                None => return,
            }
        }
    }
}

fn context_tokens(settings: &EngineSettings, model: &Model) -> u32 {
    let trained = model.trained_context_tokens();
    let context = settings
        .context_tokens
        .unwrap_or(trained.min(CONTEXT_TOKENS_DEFAULT_MAX));
    if context > trained {
        tracing::warn!(
            context,
            trained,
            "the context is longer than the model was trained on; answers may degrade"
        );
    }
    context
}
