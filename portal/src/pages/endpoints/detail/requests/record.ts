// A record of the ledger, as the route of recent requests tells it.

export interface RecentRequest {
  id: string
  time: string
  operation: string
  model: string
  credential: string
  status: number
  outcome: string
  usage: Record<string, number>
  totalTokens: number
  /** Exact, and therefore text. */
  cost: string
  currency: string
  durationMs?: number | null
  timeToFirstTokenMs?: number | null
}

const CREDENTIALS: Record<string, string> = {
  primary: 'Primary key',
  secondary: 'Secondary key',
  'content-safety': 'Content filter',
}

/** Who asked: a key, or a principal by its id. */
export function credentialOf(credential: string): string {
  return CREDENTIALS[credential] ?? credential
}

const OUTCOMES: Record<string, string> = {
  complete: 'Answered',
  'client-left': 'Client left',
  'backend-failed': 'Backend failed',
  'content-filter': 'Content filter',
}

/** How it ended. */
export function outcomeOf(outcome: string): string {
  return OUTCOMES[outcome] ?? outcome
}

/** Tokens that went in, and how many of them were known already. */
export function promptOf(usage: Record<string, number>): { all: number; cached: number } {
  const cached = usage.cached_prompt_tokens ?? 0
  return { all: (usage.prompt_tokens ?? 0) + cached, cached }
}

/** Tokens that came out, and how many of them were thoughts. */
export function completionOf(usage: Record<string, number>): { all: number; reasoning: number } {
  const reasoning = usage.reasoning_tokens ?? 0
  return { all: (usage.completion_tokens ?? 0) + reasoning, reasoning }
}
